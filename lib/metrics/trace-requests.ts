import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { channel, methods } from "#lib/metrics/requests";
import { type createTracer, now } from "#lib/metrics/tracer";

/**
 * Has each request that this process answers be a trace, or a part of the one that its `traceparent`
 * names (w3.org/TR/trace-context): named by pattern of the route, with the request's id as log, audit
 * and error page have it. `leftOut` are routes that are no one's work. Gives a function that ends it.
 */
export function traceRequests(
  tracer: ReturnType<typeof createTracer>,
  routeOf: (method: string, target: string) => string,
  leftOut: readonly string[],
): () => void {
  const started = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const startMs = now();
    // Now: a framework may write its own into it later.
    const { url: target = "", method: said = "" } = request;
    const route = routeOf(said, target);
    if (leftOut.includes(route)) return;
    const { span, end } = tracer.enter(parentOf(request.headers.traceparent));
    response.once("close", () => {
      const method = methods.has(said) ? said : "_OTHER";
      const { statusCode: status } = response;
      const requestId = response.getHeader("x-request-id");
      const shown = span.attributes["http.route"] ?? route;
      Object.assign(span.attributes, {
        "http.request.method": method,
        "http.route": shown,
        "http.response.status_code": status,
        ...(typeof requestId === "string" ? { "ingot.request.id": requestId } : {}),
      });
      const error = status >= 500 ? String(status) : null;
      end({ name: `${method} ${shown}`, kind: "server", startMs, endMs: now(), error });
    });
  };
  subscribe(channel, started);
  return () => {
    unsubscribe(channel, started);
  };
}

/** Who asked, as a part of what; null where that is not said, or not in the form of version 00. */
export function parentOf(header: string | string[] | undefined) {
  const [, traceId = "", spanId = ""] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(String(header ?? "")) ?? [];
  const isNone = /^0*$/;
  return isNone.test(traceId) || isNone.test(spanId) ? null : { traceId, spanId };
}
