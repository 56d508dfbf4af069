import { Counter, Histogram, type Registry } from "prom-client";

/** Counts what a worker does. Labels are words of ours, few in number: no id, no name of anyone. */
export type Meter = {
  /** One attempt at a step, forward or back, and how it ended. */
  step: (of: { kind: string; step: string; outcome: string; seconds: number }) => void;
  /** An operation on a node has ended, so long after it was ordered. */
  operation: (of: { kind: string; state: string; seconds: number }) => void;
  scrapes: ScrapeMeter;
};

/** What became of scrapes, and the rows that came of them. */
export type ScrapeMeter = {
  due: () => void;
  /** Due while the one before was still under way, so not made. */
  late: () => void;
  done: (seconds: number) => void;
  failed: (seconds: number) => void;
  stored: (rows: number) => void;
};

/** A meter whose figures are read through a registry. */
export function createMeter(registry: Registry): Meter {
  const registers = [registry];
  const steps = new Counter({
    name: "ingot_steps_total",
    help: "Attempts at steps of operations, by kind, step and how the attempt ended.",
    labelNames: ["kind", "step", "outcome"],
    registers,
  });
  const stepSeconds = new Histogram({
    name: "ingot_step_attempt_duration_seconds",
    help: "How long one attempt at a step took.",
    labelNames: ["step"],
    buckets: [0.01, 0.1, 0.5, 1, 5, 15, 60, 300],
    registers,
  });
  const operationSeconds = new Histogram({
    name: "ingot_operation_duration_seconds",
    help: "From the order of an operation on a node to its end, by kind and how it ended.",
    labelNames: ["kind", "state"],
    buckets: [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 3_600, 14_400],
    registers,
  });
  const scrapes = new Counter({
    name: "ingot_scrapes_total",
    help: "Scrapes of exporters: due, and of those done, failed or late (the one before went on).",
    labelNames: ["outcome"],
    registers,
  });
  const scrapeSeconds = new Histogram({
    name: "ingot_scrape_duration_seconds",
    help: "How long exporters took to answer, or to fail.",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const rows = new Counter({
    name: "ingot_gpu_sample_rows_total",
    help: "Rows of GPU telemetry stored: one GPU, one scrape.",
    registers,
  });
  // Zero is a fact from the beginning, and lets the first increase be seen.
  for (const outcome of ["due", "done", "failed", "late"]) scrapes.inc({ outcome }, 0);
  return {
    step: ({ seconds, ...labels }) => {
      steps.inc(labels);
      stepSeconds.observe({ step: labels.step }, seconds);
    },
    operation: ({ seconds, ...labels }) => operationSeconds.observe(labels, Math.max(0, seconds)),
    scrapes: {
      due: () => scrapes.inc({ outcome: "due" }),
      late: () => scrapes.inc({ outcome: "late" }),
      done: (seconds) => {
        scrapes.inc({ outcome: "done" });
        scrapeSeconds.observe(seconds);
      },
      failed: (seconds) => {
        scrapes.inc({ outcome: "failed" });
        scrapeSeconds.observe(seconds);
      },
      stored: (count) => rows.inc(count),
    },
  };
}
