import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Counter, Histogram, type Registry } from "prom-client";

/** What Node says on `channel` when a server of this process has read a request's head. */
type Started = { request: IncomingMessage; response: ServerResponse; server: Server };

export const channel = "http.server.request.start";
/** A method of another name is counted as one, or names could be made without end. */
export const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Counts and times every request that a server of this process answers, from the outside, so that
 * no server needs to know. `routeOf` gives a pattern of few (`/fleet/nodes/[nodeId]`), never the
 * path itself; `isOurs` leaves servers out. A stream that a reader leaves counts as long as it was
 * open. Gives a function that ends it.
 */
export function observeRequests(
  registry: Registry,
  routeOf: (method: string, target: string) => string,
  isOurs: (server: Server) => boolean = () => true,
): () => void {
  const requests = new Counter({
    name: "ingot_http_requests_total",
    help: "Requests answered, by pattern of the route, method and status.",
    labelNames: ["route", "method", "status"],
    registers: [registry],
  });
  const durations = new Histogram({
    name: "ingot_http_request_duration_seconds",
    help: "From the head of a request to the end of its answer, by pattern of the route.",
    labelNames: ["route"],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const started = (message: unknown) => {
    const { request, response, server } = message as Started;
    if (!isOurs(server)) return;
    const beganMs = performance.now();
    // Now: a framework may write its own into it later.
    const target = request.url ?? "";
    const said = request.method ?? "";
    // "close" comes after an answer, and also where there will be none.
    response.once("close", () => {
      const route = routeOf(said, target);
      const method = methods.has(said) ? said : "other";
      requests.inc({ route, method, status: response.statusCode });
      durations.observe({ route }, (performance.now() - beganMs) / 1_000);
    });
  };
  subscribe(channel, started);
  return () => {
    unsubscribe(channel, started);
  };
}
