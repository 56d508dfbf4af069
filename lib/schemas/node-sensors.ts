import { z } from "zod";
import { sensorMetrics } from "#lib/domain/telemetry/sensor-metric";
import type { telemetryWindows } from "#lib/domain/telemetry/window";
import { bucketSeries, scrapeMs, telemetryEvent, telemetryGrid } from "#lib/schemas/telemetry";

/** The windows that sensors are shown in: they are read once a minute, and kept for a week. */
export const sensorWindows = [
  "6h",
  "24h",
  "7d",
] as const satisfies readonly (typeof telemetryWindows)[number][];
export type SensorWindow = (typeof sensorWindows)[number];

export const nodeSensorsQuery = z.object({ window: z.enum(sensorWindows).default("6h") });

/**
 * What a controller has measured, and how the last looks at it went. Every series has one entry per
 * bucket; `null` is a bucket without a sample. A metric that is not a key had none.
 */
export const nodeSensors = z.object({
  window: z.enum(sensorWindows),
  /** The server's clock when it answered. */
  nowMs: z.number(),
  scrapeMs,
  grid: telemetryGrid,
  metrics: z.partialRecord(z.enum(sensorMetrics), bucketSeries),
  /** What happened to the node in the window, oldest first. */
  events: z.array(telemetryEvent),
  /** When the sensors and the logs were last read; null when that was never. */
  sensorsAt: z.string().nullable(),
  logsAt: z.string().nullable(),
  /** Why the controller is not read now, in a sentence; null while it is. */
  whyNot: z.string().nullable(),
});
export type NodeSensors = z.infer<typeof nodeSensors>;
