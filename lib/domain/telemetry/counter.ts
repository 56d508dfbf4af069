import type { BucketSeries } from "#lib/domain/telemetry/buckets";

export type CounterRead = {
  /** How far it moved; `null` when fewer than two buckets have samples. */
  increase: number | null;
  /** The buckets in which it began anew, by number, in their order. */
  restarts: number[];
};

/**
 * What a bucketed series tells of a counter. One look says nothing about movement: it is counted from the
 * least reading of the first bucket on, unless the next tells of a restart, which may have been in the first.
 *
 * A counter only grows, so a bucket whose least reading lies below what was read before holds a
 * restart from zero (driver reload, reboot). If its greatest reading lies below too, the restart
 * came before its first sample; otherwise it came among its samples. One that the second tells of was in
 * the first, where nothing in it lies below that. Movement across a gap counts,
 * for the counter kept counting while nobody looked. What was counted between the last reading and
 * a restart is lost, so the answer is never too large. Nor are there more restarts in it than there were:
 * of two in buckets side by side the second may be missing, or stand a bucket late.
 */
export function readCounter(series: BucketSeries): CounterRead {
  let first: { index: number; min: number } | null = null;
  let before = 0;
  let increase: number | null = null;
  const restarts: number[] = [];
  for (const [index, min] of series.min.entries()) {
    const max = series.max[index] ?? null;
    if (min === null || max === null) continue;
    if (first === null) {
      first = { index, min };
      before = max;
      continue;
    }
    const isSecond = increase === null;
    increase ??= min >= before ? before - first.min : 0;
    if (min < before) restarts.push(isSecond && min >= first.min ? first.index : index);
    if (min >= before) {
      increase += max - before;
      before = max;
    } else if (max < before) {
      increase += max;
      before = max;
    } else {
      increase += max - before + min;
      before = min;
    }
  }
  return { increase, restarts };
}
