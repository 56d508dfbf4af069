import type { Database } from "#db/client";
import { type Rolled, rollUp } from "#db/queries/rollups";
import { type TelemetryMetric, telemetryMetrics } from "#lib/domain/telemetry/charted";

/** Where the samples of GPUs are, and where they are rolled up. */
export const rolledGpus: Rolled<TelemetryMetric> = {
  ...{ samples: "gpu_samples", rollups: "gpu_rollups" },
  ...{ keys: ["gpu"], metrics: telemetryMetrics, bits: ["clock_reasons"] },
};

/** Rolls up what GPUs did, see `rollUp`. */
export const rollUpGpuSamples = (db: Database) => rollUp(db, rolledGpus);
