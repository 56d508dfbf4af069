import { z } from "zod";
import { telemetryMetrics } from "#lib/domain/telemetry/charted";
import { instanceMetrics } from "#lib/domain/telemetry/instance";
import { leastStretchMs, mostStretchMs } from "#lib/domain/telemetry/stretch";
import { telemetryWindows } from "#lib/domain/telemetry/window";
import { idOf } from "#lib/schemas/id";

/** A moment in an address: whole milliseconds since the epoch. */
const moment = z
  .string()
  .regex(/^\d{1,13}$/)
  .transform(Number);

/** What `GET /api/telemetry/{environment}` and that of its hosts are asked for. */
export const telemetryQuery = z
  .object({
    window: z.enum(telemetryWindows).default("15m"),
    /** The node that is wanted; the first by host name when left out. */
    node: idOf("node").optional(),
    /** A stretch of time instead of the window that ends now; both or neither. */
    from: moment.optional(),
    to: moment.optional(),
  })
  .refine(({ from, to }) => {
    if (from === undefined || to === undefined) return from === to;
    return to - from >= leastStretchMs && to - from <= mostStretchMs;
  });
export type TelemetryQuery = z.infer<typeof telemetryQuery>;

/** How often exporters are asked: what is older than some of that is not the present. */
export const scrapeMs = z.number();

const bucketValues = z.array(z.number().nullable());
export const bucketSeries = z.object({ min: bucketValues, avg: bucketValues, max: bucketValues });

/** The first bucket's first moment, and every bucket's width. */
export const telemetryGrid = z.object({
  fromMs: z.number(),
  stepMs: z.number().positive(),
  count: z.number().int(),
});

/** The operator's own store, where that answers; `error` says why it did not: then all is unknown. */
export const telemetryStore = z
  .object({ name: z.string(), error: z.string().nullable() })
  .nullable();

/** A node of the environment. */
export const telemetryNode = z.object({
  id: idOf("node"),
  hostname: z.string(),
  heldFromMs: z.number(),
  /** When the environment gave the node back; null while it holds it. */
  heldUntilMs: z.number().nullable(),
  /** The newest sample; null when there has been none. */
  lastMs: z.number().nullable(),
  /** Why nothing is known of the node now, and since when; null while something is. */
  outage: z.object({ reason: z.string(), sinceMs: z.number() }).nullable(),
});
export type TelemetryNodeView = z.infer<typeof telemetryNode>;

/** Something that happened to a node, by when it began, which may be before what is shown. */
export const telemetryEvent = z.object({
  atMs: z.number(),
  /** When it was over: at once for what has no duration; null while it holds. */
  untilMs: z.number().nullable(),
  kind: z.enum(["critical", "attention", "neutral"]),
  words: z.string(),
});
export type TelemetryEvent = z.infer<typeof telemetryEvent>;

/**
 * What it answers: the nodes of the environment, and the buckets of one of them. Every series has
 * one entry per bucket; `null` is a bucket without a sample. A metric that is not a key had none.
 */
export const gpuTelemetry = z.object({
  window: z.enum(telemetryWindows),
  /** The server's clock when it answered. */
  nowMs: z.number(),
  scrapeMs,
  grid: telemetryGrid,
  store: telemetryStore,
  nodes: z.array(telemetryNode),
  /** The node that `gpus` speaks of; null when the environment has had none. */
  nodeId: idOf("node").nullable(),
  gpus: z.array(
    z.object({
      gpu: z.number().int(),
      metrics: z.partialRecord(z.enum(telemetryMetrics), bucketSeries),
      /** The clock event reasons that were set in each bucket; left out when none were told. */
      clockReasons: bucketValues.optional(),
    }),
  ),
  /** The parts that its GPUs are split into (MIG), in the order of GPU and number. */
  instances: z.array(
    z.object({
      gpu: z.number().int(),
      instance: z.number().int(),
      /** NVIDIA's name of its size. */
      profile: z.string(),
      metrics: z.partialRecord(z.enum(instanceMetrics), bucketSeries),
    }),
  ),
  /** What happened to that node in the window, oldest first. */
  events: z.array(telemetryEvent),
});
export type GpuTelemetry = z.infer<typeof gpuTelemetry>;

/**
 * The newest buckets of such an answer, which take the place of those of an earlier one. `beforeMs` is
 * the newest sample before them: an earlier answer that does not know it has a hole.
 */
export const gpuTelemetryTail = gpuTelemetry.extend({ beforeMs: z.number().nullable() });
export type GpuTelemetryTail = z.infer<typeof gpuTelemetryTail>;
