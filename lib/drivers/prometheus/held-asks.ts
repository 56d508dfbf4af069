import type { HeldBuckets } from "#lib/domain/telemetry/held-buckets";
import type { PromApi, PromSeries } from "#lib/drivers/prometheus/api";
import { endsQuery } from "#lib/drivers/prometheus/queries";
import type { HistoryAsked } from "#lib/ports/history";

/** The last moment of a part's first bucket. */
export const endOf = (part: HeldBuckets) => part.fromMs + part.widthMs - 1;

/**
 * In answers over a time at steps under a minute VictoriaMetrics writes the value of before into the
 * newest half minute, and in 1.79 cannot be told not to (`-search.latencyOffset`); clocks may differ
 * by as much again. Asked for one moment it says what it has.
 */
const unsettled = { stepMs: 60_000, ageMs: 60_000 };

/** How an engine that knows no tenant is asked for what an allocation covers, and for nothing else. */
export function heldAsks(api: PromApi) {
  return {
    /**
     * Whether its ranges leave their beginning out. Asked with each reading: an engine that was replaced
     * must not show what is another tenant's.
     */
    async leavesOutStart(nowMs: number): Promise<boolean> {
      const [series] = await api.instant(endsQuery, Math.floor(nowMs / 1_000) * 1_000);
      return series?.points[0]?.[1] === 1;
    },

    /**
     * A range selector of the engine reaches back from a moment, and takes in its later end; where it
     * also takes in the earlier one it is a millisecond shorter, so that neither lies outside the bucket.
     */
    async part(
      part: HeldBuckets,
      { leavesOutStart, nowMs }: { leavesOutStart: boolean; nowMs: number },
      query: (rangeMs: number) => string,
    ): Promise<PromSeries[]> {
      const rangeMs = leavesOutStart ? part.widthMs : part.widthMs - 1;
      if (rangeMs < 1) return [];
      const { stepMs, count } = part;
      const fromMs = endOf(part);
      const settled =
        leavesOutStart && stepMs < unsettled.stepMs
          ? Math.floor((nowMs - unsettled.ageMs - fromMs) / stepMs) + 1
          : count;
      const whole = Math.min(Math.max(settled, 0), count);
      const alone = Array.from({ length: count }, (_, bucket) => bucket).slice(
        whole > 1 ? whole : 0,
      );
      const toMs = fromMs + (whole - 1) * stepMs;
      const answers = await Promise.all([
        whole > 1 ? api.range(query(rangeMs), { fromMs, toMs, stepMs }) : [],
        ...alone.map((bucket) => api.instant(query(rangeMs), fromMs + bucket * stepMs)),
      ]);
      return answers.flat();
    },

    /** The moment of the newest sample while it is not older than the engine looks back, else null. */
    async newest(
      query: string,
      { held, nowMs }: Pick<HistoryAsked, "held" | "nowMs">,
    ): Promise<number | null> {
      const latest = held.toSorted((a, b) => b.fromMs - a.fromMs)[0];
      if (!latest) return null;
      const atMs = Math.min(nowMs, (latest.untilMs ?? Infinity) - 1);
      const [series] = await api.instant(query, atMs);
      const seconds = series?.points[0]?.[1] ?? Number.NaN;
      const ms = Math.round(seconds * 1_000);
      // What the engine looks back to may lie before the allocation.
      return ms >= latest.fromMs && ms <= atMs ? ms : null;
    },
  };
}
