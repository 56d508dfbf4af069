import type { SpanAttributes } from "#lib/config/trace";

// OTLP/HTTP in JSON (opentelemetry.io/docs/specs/otlp, 1.x): the JSON mapping of the Protobuf messages,
// with names in lowerCamelCase, enums as numbers, 64-bit numbers as text and ids in hexadecimal.

export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  kind: "internal" | "server" | "client";
  startMs: number;
  endMs: number;
  attributes: SpanAttributes;
  error: string | null;
};

/** opentelemetry.proto.trace.v1.Span.SpanKind */
const kinds = { internal: 1, server: 2, client: 3 } as const;
/** opentelemetry.proto.trace.v1.Status.StatusCode.STATUS_CODE_ERROR */
const statusError = 2;

/** An ExportTraceServiceRequest of one resource. */
export function exportRequest(resource: SpanAttributes, spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: [{ scope: { name: "ingot" }, spans: spans.map(spanMessage) }],
      },
    ],
  });
}

function spanMessage(span: Span) {
  const { traceId, spanId, parentSpanId, name, kind, startMs, endMs, attributes, error } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId ? { parentSpanId } : {}),
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(Math.max(startMs, endMs)),
    attributes: keyValues(error === null ? attributes : { ...attributes, "error.type": error }),
    ...(error === null ? {} : { status: { code: statusError } }),
  };
}

/** Milliseconds since 1970, with what they have after the point, as nanoseconds. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return `${whole}${String(Math.floor((ms - whole) * 1e6)).padStart(6, "0")}`;
}

function keyValues(attributes: SpanAttributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean) {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
