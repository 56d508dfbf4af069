import type { BucketSeries } from "#lib/domain/telemetry/buckets";

/**
 * How far a counter moved over a bucketed series, or `null` when fewer than two buckets have
 * samples: one look says nothing about movement. It is counted from the least reading of the first on,
 * unless the next tells of a restart, which may have been in the first.
 *
 * A counter only grows, so a bucket whose least reading lies below what was read before holds a
 * restart from zero (driver reload, reboot). If its greatest reading lies below too, the restart
 * came before its first sample; otherwise it came among its samples. Movement across a gap counts,
 * for the counter kept counting while nobody looked. What was counted between the last reading and
 * a restart is lost, so the answer is never too large.
 */
export function seriesIncrease(series: BucketSeries): number | null {
  let before: number | null = null;
  let first = 0;
  let increase: number | null = null;
  for (const [index, min] of series.min.entries()) {
    const max = series.max[index] ?? null;
    if (min === null || max === null) continue;
    if (before === null) {
      [first, before] = [min, max];
      continue;
    }
    increase ??= min >= before ? before - first : 0;
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
  return increase;
}
