import { request } from "node:http";
import { type Boot, recordRequest } from "./boot-journal.ts";
import { pause } from "./timing.ts";

/** An answer with its body as text; `bytes` also counts what a download throws away. */
export type Answer = {
  status: number;
  bytes: number;
  text: string;
  contentType: string | undefined;
  /** What was to be kept of a body that is no text. */
  head: Buffer;
};

export type NodeRequest = {
  method?: "GET" | "HEAD" | "POST";
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** Reads the body to its end, and keeps no more of it than so many bytes, as `head`. */
  keepBytes?: number;
};

// Past this a text is no script, no seed and no answer to a report.
const largestTextBytes = 4 * 1024 * 1024;
const timeoutMs = 30_000;

/** The network as one booted system has it: requests leave from the node's own address. */
export class NodeNetwork {
  readonly #address: string;
  readonly #boot: Boot;
  readonly #userAgent: string;
  readonly #signal: AbortSignal;

  /** Requests are written down in `boot` and end when `signal` fires. */
  constructor(input: { address: string; boot: Boot; userAgent: string; signal: AbortSignal }) {
    this.#address = input.address;
    this.#boot = input.boot;
    this.#userAgent = input.userAgent;
    this.#signal = input.signal;
  }

  /**
   * Sends one request and reads the whole answer. Plain HTTP only, as iPXE's stock ROMs speak.
   * @throws Error when no complete answer came, or the signal's reason when the power was cut.
   */
  async send(input: NodeRequest): Promise<Answer> {
    const method = input.method ?? "GET";
    const at = new Date().toISOString();
    try {
      const answer = await this.#exchange(method, input);
      recordRequest(this.#boot, {
        at,
        method,
        url: input.url,
        status: answer.status,
        bytes: answer.bytes,
      });
      return answer;
    } catch (error) {
      recordRequest(this.#boot, { at, method, url: input.url, status: null, bytes: 0 });
      throw error;
    }
  }

  /**
   * Sends until there is an answer that another try would not change: anything below 500.
   * @returns The last answer, or what kept the last try from getting one.
   */
  async sendWithRetries(
    input: NodeRequest,
    retry: { tries: number; retryMs: number },
  ): Promise<Answer | Error> {
    let last: Answer | Error = new Error("not tried");
    for (let tried = 0; tried < retry.tries; tried++) {
      if (tried > 0) await pause(retry.retryMs, this.#signal);
      last = await this.send(input).catch(asError);
      this.#signal.throwIfAborted();
      if (!(last instanceof Error) && last.status < 500) return last;
    }
    return last;
  }

  #exchange(method: string, input: NodeRequest): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        input.url,
        {
          method,
          localAddress: this.#address,
          agent: false,
          signal: this.#signal,
          headers: {
            "user-agent": this.#userAgent,
            ...(input.body === undefined
              ? {}
              : { "content-length": Buffer.byteLength(input.body) }),
            ...input.headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          incoming.on("data", (chunk: Buffer) => {
            const before = bytes;
            bytes += chunk.length;
            if (input.keepBytes !== undefined) {
              if (before < input.keepBytes)
                chunks.push(chunk.subarray(0, input.keepBytes - before));
            } else if (bytes > largestTextBytes) {
              incoming.destroy(new Error("the answer is too long"));
            } else chunks.push(chunk);
          });
          incoming.on("error", reject);
          incoming.on("close", () => {
            if (!incoming.complete) reject(new Error("the answer was cut off"));
          });
          incoming.on("end", () => {
            const head = Buffer.concat(chunks);
            resolve({
              status: incoming.statusCode ?? 0,
              bytes,
              text: input.keepBytes === undefined ? head.toString("utf8") : "",
              contentType: incoming.headers["content-type"],
              head,
            });
          });
        },
      );
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error("no answer in 30 s")));
      outgoing.on("error", reject);
      outgoing.end(input.body);
    });
  }
}

/** "HTTP 404", or the error's own words. */
export function describeAnswer(answer: Answer | Error): string {
  return answer instanceof Error ? answer.message : `HTTP ${answer.status}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
