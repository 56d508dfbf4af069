import type { Id } from "#lib/domain/id";
import type { BucketGrid } from "#lib/domain/telemetry/buckets";
import type { HeldStretch } from "#lib/domain/telemetry/held-buckets";

/** What is asked of a store of telemetry about many nodes together. */
export type MeansAsked = {
  /** By our allocations. No sample of any other moment of a node may come into the answer. */
  nodes: readonly { nodeId: Id<"node">; held: readonly HeldStretch[] }[];
  grid: BucketGrid;
  nowMs: number;
};

export type MeansRead = {
  /**
   * Mean utilization of all GPUs of the nodes while they were held, by bucket, each sample as heavy as
   * another; null where none is known.
   */
  mean: (number | null)[];
  /** What share of the nodes' time was more than is asked for at once, and is in no mean: 0 is none. */
  leftOut: number;
};

export type GpuMeans = {
  /** How the store is called, where a page names it. */
  name: string;
  /** Throws only `HistoryError`. */
  read: (asked: MeansAsked) => Promise<MeansRead>;
};
