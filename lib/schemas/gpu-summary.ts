import { z } from "zod";
import { scrapeMs, telemetryStore } from "#lib/schemas/telemetry";

const count = z.number().int();

/** The GPUs that a project or a tenant holds, now: see `gpusNow`. */
export const gpusNow = z.object({
  /** The server's clock. */
  nowMs: z.number(),
  scrapeMs,
  nodes: count,
  gpus: count,
  busy: z.object({ gpus: count, of: count }),
  utilization: z.object({ mean: z.number().nullable(), of: count }),
  power: z.object({ watts: z.number().nullable(), of: count }),
  lastMs: z.number().nullable(),
});
export type GpusNow = z.infer<typeof gpusNow>;

/** Their mean utilization over the last day; null is a bucket of which nothing is known. */
export const gpusDay = z.object({
  grid: z.object({ fromMs: z.number(), stepMs: z.number().positive(), count }),
  mean: z.array(z.number().nullable()),
  /** What share of the time that nodes were held was more than a store elsewhere is asked for: in no mean. */
  leftOut: z.number().min(0).max(1),
  store: telemetryStore,
});
export type GpusDay = z.infer<typeof gpusDay>;

/** The GPUs of one node as its newest scrape tells, and the switches between them. */
export const nodeGpus = z.object({
  nowMs: z.number(),
  scrapeMs,
  /** Whether somebody holds the node: no other is asked. */
  held: z.boolean(),
  /** When they were told of; null when that was never, or before its present holder. */
  atMs: z.number().nullable(),
  gpus: z.array(
    z.object({
      gpu: count,
      utilization: z.number().nullable(),
      power: z.number().nullable(),
      temperature: z.number().nullable(),
      /** What holds its clocks back that should not; null where that is not told. */
      heldBack: z.array(z.string()).nullable(),
      /** What it is split into (MIG), by number; none where it is not. */
      parts: z.array(
        z.object({ instance: count, profile: z.string(), activity: z.number().nullable() }),
      ),
    }),
  ),
  /** When the switches were told of: a scrape may name GPUs alone. */
  switchesAtMs: z.number().nullable(),
  /** None where none were told of; throughput in MB/s, errors by the SXID of the last, 0 for none. */
  switches: z.array(
    z.object({
      nvswitch: count,
      temperature: z.number().nullable(),
      tx: z.number().nullable(),
      rx: z.number().nullable(),
      fatal: z.number().nullable(),
      nonFatal: z.number().nullable(),
      linkErrors: z.number().nullable(),
    }),
  ),
});
export type NodeGpus = z.infer<typeof nodeGpus>;
