import type { Rolled } from "#db/queries/rollups";
import { type TelemetryMetric, telemetryMetrics } from "#lib/domain/telemetry/charted";

/** Where the samples of GPUs are, and where they are rolled up. */
export const rolledGpus: Rolled<TelemetryMetric> = {
  ...{ samples: "gpu_samples", rollups: "gpu_rollups" },
  ...{ keys: ["gpu"], metrics: telemetryMetrics, bits: ["clock_reasons"] },
};
