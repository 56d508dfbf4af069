import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AllowList } from "#lib/drivers/redfish/allow-list";
import type { Limits } from "#lib/drivers/redfish/limits";
import { PinnedAgent } from "#lib/drivers/redfish/pinned-agent";
import { redact } from "#lib/drivers/redfish/redact";
import { type ControllerEndpoint, ControllerError, type Exchange } from "#lib/ports/controller";

export type Request = {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path with query on the controller, or an absolute address on it. */
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
};

export type Answer = {
  request: Request;
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as it is kept and may be shown: secrets masked, cut at a length. */
  evidence: string;
};

export type Transport = {
  /**
   * Sends one request and reads its answer, whatever its status. Throws `ControllerError` when no
   * whole answer came within the limits, or when it leads somewhere else.
   */
  send: (request: Request) => Promise<Answer>;
  /** Text that must not appear in any exchange from here on. */
  hide: (secret: string) => void;
  close: () => void;
};

/** HTTP to one controller: pinned, bounded in time, size and number, every exchange recorded. */
export function createTransport(input: {
  endpoint: ControllerEndpoint;
  allowList: AllowList;
  limits: Limits;
  record: (exchange: Exchange) => void;
  signal?: AbortSignal | undefined;
}): Transport {
  const { endpoint, limits } = input;
  const origin = `https://${endpoint.address}`;
  const secrets: string[] = [];
  const inTurn = limitConcurrency(limits.maxConcurrent);
  const agent = new PinnedAgent({
    endpoint,
    allowList: input.allowList,
    maxSockets: limits.maxConcurrent,
    handshakeTimeoutMs: limits.requestTimeoutMs,
  });

  async function send(request: Request): Promise<Answer> {
    const path = pathOn(origin, request.path);
    const answer = await inTurn(() => exchange({ ...request, path }));
    if (!isRedirect(answer.status)) return answer;
    const location = answer.headers.location ?? "";
    // Controllers disagree about trailing slashes. Any other redirect could take the credential
    // to another place, and no Redfish service needs one.
    if (request.method !== "GET" || !isTrailingSlashOnly(origin, path, location)) {
      throw new ControllerError("rejected", `${path} redirects to ${JSON.stringify(location)}`, {
        retryable: false,
      });
    }
    return inTurn(() => exchange({ ...request, path: pathOn(origin, location) }));
  }

  async function exchange(request: Request): Promise<Answer> {
    const at = new Date();
    const startedMs = performance.now();
    let answer: Answer | null = null;
    let error: ControllerError | null = null;
    try {
      answer = await sendOnce(request);
      return answer;
    } catch (cause) {
      error = asControllerError(cause);
      throw error;
    } finally {
      input.record({
        at,
        method: request.method,
        path: redact(request.path, secrets),
        status: answer?.status ?? null,
        durationMs: Math.round(performance.now() - startedMs),
        requestBody:
          request.body === undefined ? null : redact(JSON.stringify(request.body), secrets),
        responseBody: answer?.evidence ?? null,
        error: error === null ? null : redact(error.message, secrets),
      });
    }
  }

  async function sendOnce(request: Request, isRepeat = false): Promise<Answer> {
    const deadline = AbortSignal.timeout(limits.requestTimeoutMs);
    const signal = input.signal ? AbortSignal.any([deadline, input.signal]) : deadline;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const url = new URL(request.path, origin);
    let reusedSocket = false;
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const outgoing = httpsRequest({
          agent,
          signal,
          host: url.hostname,
          port: url.port || 443,
          method: request.method,
          path: request.path,
          headers: {
            host: endpoint.address,
            accept: "application/json",
            // Compression makes some controllers weaken their ETags, and hides an answer's size.
            "accept-encoding": "identity",
            "odata-version": "4.0",
            ...(body !== undefined && {
              "content-type": "application/json",
              "content-length": String(Buffer.byteLength(body)),
            }),
            ...request.headers,
          },
        });
        outgoing.once("response", resolve);
        outgoing.once("error", (error) => {
          reusedSocket = outgoing.reusedSocket;
          reject(error);
        });
        outgoing.end(body);
      });
      const text = await readWhole(response, limits.maxAnswerBytes);
      return {
        request,
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        evidence: redact(text, secrets),
      };
    } catch (cause) {
      if (deadline.aborted) {
        throw new ControllerError(
          "timeout",
          `no whole answer to ${request.method} ${request.path} within ${limits.requestTimeoutMs} ms`,
          { retryable: true, cause },
        );
      }
      // A controller may close an idle connection at the moment it is used again. Only a read may
      // be repeated without asking: of a write it is not known whether it arrived.
      if (reusedSocket && !isRepeat && request.method === "GET" && isReset(cause)) {
        return sendOnce(request, true);
      }
      throw cause;
    }
  }

  return {
    send,
    hide: (secret) => secrets.push(secret),
    close: () => agent.destroy(),
  };
}

async function readWhole(response: IncomingMessage, maxBytes: number): Promise<string> {
  const encoding = response.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    response.destroy();
    throw new ControllerError("malformed", `the answer came as ${encoding}, which was not asked`, {
      retryable: false,
    });
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      response.destroy();
      throw new ControllerError("too_large", `the answer is longer than ${maxBytes} bytes`, {
        retryable: false,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The path of an address on this controller. Throws `malformed` when it is on another. */
function pathOn(origin: string, address: string): string {
  const url = URL.canParse(address, origin) ? new URL(address, origin) : null;
  if (url?.origin !== new URL(origin).origin || url.username !== "" || url.password !== "") {
    throw new ControllerError("malformed", `${JSON.stringify(address)} is not on the controller`, {
      retryable: false,
    });
  }
  return url.pathname + url.search;
}

function isTrailingSlashOnly(origin: string, path: string, location: string): boolean {
  if (!URL.canParse(location, origin)) return false;
  const to = new URL(location, origin);
  const from = new URL(path, origin);
  const bare = (url: URL) => url.pathname.replace(/\/$/, "");
  return (
    to.origin === from.origin &&
    to.pathname !== from.pathname &&
    bare(to) === bare(from) &&
    to.search === from.search
  );
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function isReset(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ECONNRESET";
}

function asControllerError(cause: unknown): ControllerError {
  if (cause instanceof ControllerError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ControllerError("unreachable", `no answer: ${message}`, { retryable: true, cause });
}

/** Runs at most `max` tasks at once, the others in the order they came. */
function limitConcurrency(max: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= max) await new Promise<void>((start) => waiting.push(start));
    else running++;
    try {
      return await task();
    } finally {
      // The place is handed on, so that nobody who comes later can take it.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
