import type { TelemetryMetric } from "#lib/domain/telemetry/charted";
import type { GpuSeries } from "#lib/domain/telemetry/gpu-series";
import type { InstanceSeries } from "#lib/domain/telemetry/instance";
import type { HistoryAsked } from "#lib/ports/history";

/** What is asked of a store of telemetry of GPUs. */
export type GpusAsked = HistoryAsked & { metrics: readonly TelemetryMetric[] };

export type GpuHistory = {
  /** How the store is called, where a page names it. */
  name: string;
  /**
   * Least, mean and greatest value per bucket of every GPU, in the order of their index, and of every
   * part that one is split into, and the moment of the newest sample if the store knows it. Throws only
   * `HistoryError`.
   */
  read: (asked: GpusAsked) => Promise<HistoryRead>;
};

export type HistoryRead = {
  gpus: GpuSeries[];
  instances: InstanceSeries[];
  /** By GPU, the clock event reasons that were told in each bucket; null where none were. */
  reasons: ReadonlyMap<number, (number | null)[]>;
  lastMs: number | null;
};
