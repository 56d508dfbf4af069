import { randomUUID } from "node:crypto";
import { Counter, type Registry } from "prom-client";
import type { TraceSettings } from "#lib/config/env";
import type { Log } from "#lib/config/log";
import { setTracer } from "#lib/config/trace";
import { createSpanExporter, dropReasons, type SpanCounts } from "#lib/metrics/span-exporter";
import { createTracer } from "#lib/metrics/tracer";

/**
 * Has all that is traced in this process go to the receiver in the settings. Loaded only where there
 * is one.
 */
export function startTracing(settings: TraceSettings, program: string, log: Log) {
  const exporter = createSpanExporter({
    ...settings,
    resource: {
      "service.namespace": "ingot",
      "service.instance.id": randomUUID(),
      "process.pid": process.pid,
      ...settings.resource,
      "service.name": settings.serviceName ?? `ingot-${program}`,
      "ingot.program": program,
    },
    log,
  });
  const tracer = createTracer(exporter.add);
  setTracer(tracer);
  log.info({}, "traces are sent");
  return {
    tracer,
    counts: exporter.counts,
    stop: async () => {
      setTracer(undefined);
      await exporter.stop();
    },
  };
}

/** Counts what became of spans, beside a program's other figures. */
export function observeSpans(registry: Registry, counts: () => SpanCounts): void {
  const registers = [registry];
  new Counter({
    name: "ingot_spans_sent_total",
    help: "Spans that the receiver of traces has taken.",
    registers,
    collect() {
      this.reset();
      this.inc(counts().sent);
    },
  });
  new Counter({
    name: "ingot_spans_dropped_total",
    help: "Spans that were lost: too many waited, the receiver refused them, or it did not answer.",
    labelNames: ["reason"],
    registers,
    collect() {
      const { dropped } = counts();
      this.reset();
      for (const reason of dropReasons) this.inc({ reason }, dropped[reason]);
    },
  });
}
