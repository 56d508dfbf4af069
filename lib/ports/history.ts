import type { Id } from "#lib/domain/id";
import type { BucketGrid } from "#lib/domain/telemetry/buckets";
import type { HeldStretch } from "#lib/domain/telemetry/held-buckets";

/** What is asked of a store of telemetry: one node, in the time in which one environment held it. */
export type HistoryAsked = {
  environmentId: Id<"environment">;
  nodeId: Id<"node">;
  /** By our allocations. No sample of any other moment may come into the answer. */
  held: readonly HeldStretch[];
  grid: BucketGrid;
  nowMs: number;
};

/** Why a store has no answer, in a sentence for people. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
}
