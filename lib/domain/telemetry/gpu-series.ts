import type { BucketSeries } from "#lib/domain/telemetry/buckets";
import type { TelemetryMetric } from "#lib/domain/telemetry/charted";

/** One GPU's buckets; a metric without a single sample in the grid is not a key. */
export type GpuSeries = { gpu: number; metrics: Partial<Record<TelemetryMetric, BucketSeries>> };
