import type { Id } from "#lib/domain/id";
import type { BucketGrid } from "#lib/domain/telemetry/buckets";
import type { TelemetryMetric } from "#lib/domain/telemetry/charted";
import type { GpuSeries } from "#lib/domain/telemetry/gpu-series";
import type { HeldStretch } from "#lib/domain/telemetry/held-buckets";
import type { InstanceSeries } from "#lib/domain/telemetry/instance";

/** What is asked of a store: one node, in the time in which one environment held it. */
export type HistoryAsked = {
  environmentId: Id<"environment">;
  nodeId: Id<"node">;
  /** By our allocations. No sample of any other moment may come into the answer. */
  held: readonly HeldStretch[];
  grid: BucketGrid;
  metrics: readonly TelemetryMetric[];
  nowMs: number;
};

export type GpuHistory = {
  /** How the store is called, where a page names it. */
  name: string;
  /**
   * Least, mean and greatest value per bucket of every GPU, in the order of their index, and of every
   * part that one is split into, and the moment of the newest sample if the store knows it. Throws only
   * `GpuHistoryError`.
   */
  read: (asked: HistoryAsked) => Promise<HistoryRead>;
};

export type HistoryRead = { gpus: GpuSeries[]; instances: InstanceSeries[]; lastMs: number | null };

/** Why a store has no answer, in a sentence for people. */
export class GpuHistoryError extends Error {
  override readonly name = "GpuHistoryError";
}
