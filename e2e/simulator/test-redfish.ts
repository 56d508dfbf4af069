import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";

export type RedfishAnswer = {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what it reads
  body: any;
};

export type TestRedfish = {
  get(path: string, headers?: Record<string, string>): Promise<RedfishAnswer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<RedfishAnswer>;
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<RedfishAnswer>;
  delete(path: string, headers?: Record<string, string>): Promise<RedfishAnswer>;
};

/**
 * A bare HTTPS client for one controller, trusting nothing but its certificate. It logs in with
 * Basic unless a request brings headers of its own. It waits for an answer as long as a busy machine
 * may take, or as long as it is told.
 */
export function testRedfish(
  controller: {
    controllerAddress: string;
    username: string;
    password: string;
    certificate: { pem: string };
  },
  patienceMs = 120_000,
): TestRedfish {
  const { username, password, certificate } = controller;
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const agent = new Agent({ keepAlive: false });
  const send = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { authorization: basic },
  ) =>
    new Promise<RedfishAnswer>((resolve, reject) => {
      const outgoing = request(
        `https://${controller.controllerAddress}${path}`,
        {
          method,
          agent,
          ca: certificate.pem,
          headers: {
            ...headers,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          signal: AbortSignal.timeout(patienceMs),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text,
              body: parse(text),
            });
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    get: (path, headers) => send("GET", path, undefined, headers),
    post: (path, body, headers) => send("POST", path, body, headers),
    patch: (path, body, headers) => send("PATCH", path, body, headers),
    delete: (path, headers) => send("DELETE", path, undefined, headers),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
