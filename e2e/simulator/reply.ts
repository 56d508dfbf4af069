import type { ServerResponse } from "node:http";
import { errorBody, type RedfishError } from "./redfish-message.ts";

/** What a Redfish service answers a request with. */
export type Reply = {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
};

/** An error as an answer. */
export function failure(error: RedfishError): Reply {
  const { retryAfterSeconds } = error;
  return {
    status: error.status,
    body: errorBody(error),
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
  };
}

/** Sends an answer with the headers that Redfish asks for. `text` replaces the body's own text. */
export function sendReply(response: ServerResponse, reply: Reply, text = bodyText(reply)): void {
  response.writeHead(reply.status, {
    "odata-version": "4.0",
    "cache-control": "no-cache",
    ...(text === "" ? {} : { "content-type": "application/json;odata.metadata=minimal" }),
    ...reply.headers,
  });
  response.end(text);
}

export function bodyText(reply: Reply): string {
  return reply.body === undefined ? "" : JSON.stringify(reply.body);
}
