import type { HostSeries } from "#lib/domain/telemetry/host-metric";
import type { HistoryAsked } from "#lib/ports/history";

export type HostHistory = {
  /** How the store is called, where a page names it. */
  name: string;
  /**
   * Least, mean and greatest value per bucket of a node's host, and the moment of the newest sample if
   * the store knows it. What counters come to is told between two looks at them, both in the time that
   * is asked for; how many looks there are in a bucket is the store's. Throws only `HistoryError`.
   */
  read: (asked: HistoryAsked) => Promise<HostHistoryRead>;
};

export type HostHistoryRead = { metrics: HostSeries; lastMs: number | null };
