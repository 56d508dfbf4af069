import { AsyncLocalStorage } from "node:async_hooks";
import { createHash, randomBytes } from "node:crypto";
import type { FinishedSpan, OperationPlace, SpanAttributes, Tracer } from "#lib/config/trace";
import type { Span } from "#lib/metrics/otlp";

/** A span that has begun. */
export type OpenSpan = {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  attributes: SpanAttributes;
  /** How many parts were begun of the whole that it is of. */
  whole: { parts: number };
  hasEnded: boolean;
};

/** A page that is open for hours, or a fault that repeats, makes no trace without end. */
const mostParts = 500;

/** Makes spans of what is done, and knows at each point which one is under way. */
export function createTracer(add: (span: Span) => void): Tracer & {
  /** Begins a whole of its own, here and in all that comes of it: a request. Gives what ends it. */
  enter: (parent: { traceId: string; spanId: string } | null) => {
    span: OpenSpan;
    end: (done: Pick<Span, "name" | "kind" | "startMs" | "endMs" | "error">) => void;
  };
} {
  const underWay = new AsyncLocalStorage<OpenSpan>();

  function active(): OpenSpan | undefined {
    const span = underWay.getStore();
    return span?.hasEnded ? undefined : span;
  }

  /** A part of what is under way; undefined where nothing is, or it has too many already. */
  function part(): OpenSpan | undefined {
    const parent = active();
    if (!parent) return undefined;
    const { traceId, spanId, whole } = parent;
    if (++whole.parts > mostParts) return undefined;
    return { ...opened(traceId, spanId), whole };
  }

  return {
    async run({ name, attributes, of }, work) {
      const span = of ? opened(traceOf(of), spanOf(of.id)) : part();
      if (!span) return work();
      Object.assign(span.attributes, attributes);
      const startMs = now();
      let error: string | null = null;
      try {
        return await underWay.run(span, work);
      } catch (thrown) {
        error = errorOf(thrown);
        throw thrown;
      } finally {
        span.hasEnded = true;
        add({ ...span, name, kind: "internal", startMs, endMs: now(), error });
      }
    },

    note(attributes) {
      const span = active();
      if (span) Object.assign(span.attributes, attributes);
    },

    add({ whole, error, ...finished }: FinishedSpan) {
      const span = whole
        ? {
            traceId: traceOf(whole),
            spanId: spanOf(whole.id),
            parentSpanId: whole.parentId && spanOf(whole.parentId),
          }
        : part();
      if (!span) return;
      const { traceId, spanId, parentSpanId } = span;
      add({ traceId, spanId, parentSpanId, ...finished, error: error ?? null });
    },

    enter(parent) {
      const traceId = parent?.traceId ?? randomBytes(16).toString("hex");
      const span = opened(traceId, parent?.spanId ?? null);
      underWay.enterWith(span);
      return {
        span,
        end(done) {
          span.hasEnded = true;
          add({ ...span, ...done });
        },
      };
    },
  };
}

/** Its name. Next leads to another page by throwing, and marks that; it is no error. */
function errorOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error)) return "thrown";
  return "digest" in thrown && String(thrown.digest).startsWith("NEXT_") ? null : thrown.name;
}

function opened(traceId: string, parentSpanId: string | null): OpenSpan {
  const spanId = randomBytes(8).toString("hex");
  const whole = { parts: 0 };
  return { traceId, spanId, parentSpanId, attributes: {}, whole, hasEnded: false };
}

/** Milliseconds since 1970, finer than `Date.now` tells them. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

function traceOf({ id, parentId }: OperationPlace): string {
  return digest("trace", parentId ?? id).slice(0, 32);
}

function spanOf(operationId: string): string {
  return digest("span", operationId).slice(0, 16);
}

function digest(what: string, id: string): string {
  return createHash("sha256").update(`${what} ${id}`).digest("hex");
}
