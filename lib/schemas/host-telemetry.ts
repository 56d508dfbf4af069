import { z } from "zod";
import { hostMetrics } from "#lib/domain/telemetry/host-metric";
import { telemetryWindows } from "#lib/domain/telemetry/window";
import { idOf } from "#lib/schemas/id";
import {
  bucketSeries,
  scrapeMs,
  telemetryEvent,
  telemetryGrid,
  telemetryNode,
  telemetryStore,
} from "#lib/schemas/telemetry";

/**
 * What `GET /api/telemetry/{environment}/hosts` answers: the nodes of the environment, and the buckets of the host of one of them. Every
 * series has one entry per bucket; `null` is a bucket without a sample. A metric that is not a key had
 * none.
 */
export const hostTelemetry = z.object({
  window: z.enum(telemetryWindows),
  /** The server's clock when it answered. */
  nowMs: z.number(),
  scrapeMs,
  grid: telemetryGrid,
  store: telemetryStore,
  nodes: z.array(telemetryNode),
  /** The node that `metrics` speaks of; null when the environment has had none. */
  nodeId: idOf("node").nullable(),
  metrics: z.partialRecord(z.enum(hostMetrics), bucketSeries),
  /** What happened to that node in the window, oldest first. */
  events: z.array(telemetryEvent),
});
export type HostTelemetry = z.infer<typeof hostTelemetry>;

/** The newest buckets of such an answer, see `gpuTelemetryTail`. */
export const hostTelemetryTail = hostTelemetry.extend({ beforeMs: z.number().nullable() });
export type HostTelemetryTail = z.infer<typeof hostTelemetryTail>;
