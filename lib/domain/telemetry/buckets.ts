import { presentFor, usualScrapeMs } from "#lib/domain/telemetry/fresh";
import { type TelemetryWindow, windowSpecs, windowStepMs } from "#lib/domain/telemetry/window";

/** A row of equal buckets: bucket `i` holds `fromMs + i * stepMs` up to, not including, the next. */
export type BucketGrid = { fromMs: number; stepMs: number; count: number };

/**
 * Least, mean and greatest value per bucket, one entry per bucket of a grid. `null` is a bucket
 * without a sample: unknown, and never zero, never the value before it.
 */
export type BucketSeries = {
  min: (number | null)[];
  avg: (number | null)[];
  max: (number | null)[];
};

/** What a bucket that has samples says. */
export type Bucket = { index: number; min: number; avg: number; max: number };

/**
 * The buckets of a window that ends now. Edges are multiples of the step since the epoch, so two
 * answers a moment apart share their closed buckets; the last bucket is the one still filling. None is
 * narrower than what exporters are asked in.
 */
export function bucketGrid(
  window: TelemetryWindow,
  nowMs: number,
  scrapeMs: number = usualScrapeMs,
): BucketGrid {
  const { spanMs } = windowSpecs[window];
  const stepMs = windowStepMs(window, scrapeMs);
  const toMs = (Math.floor(nowMs / stepMs) + 1) * stepMs;
  return { fromMs: toMs - spanMs, stepMs, count: spanMs / stepMs };
}

/** The buckets of a grid from the one on that holds a moment; all of them when it lies before. */
export function gridTail(grid: BucketGrid, sinceMs: number): BucketGrid {
  const gone = Math.floor((sinceMs - grid.fromMs) / grid.stepMs);
  const first = Math.min(Math.max(gone, 0), grid.count - 1);
  return { ...grid, fromMs: grid.fromMs + first * grid.stepMs, count: grid.count - first };
}

/** The moment after the last bucket. */
export function gridEndMs(grid: BucketGrid): number {
  return grid.fromMs + grid.count * grid.stepMs;
}

/** A series in which nothing is known yet. */
export function emptySeries(grid: BucketGrid): BucketSeries {
  const nothing = () => new Array<number | null>(grid.count).fill(null);
  return { min: nothing(), avg: nothing(), max: nothing() };
}

/** Lays the buckets that have samples onto their grid; those outside it are dropped. */
export function seriesOf(grid: BucketGrid, buckets: Iterable<Bucket>): BucketSeries {
  const series = emptySeries(grid);
  for (const { index, min, avg, max } of buckets) {
    if (index < 0 || index >= grid.count) continue;
    series.min[index] = min;
    series.avg[index] = avg;
    series.max[index] = max;
  }
  return series;
}

/**
 * Least, mean and greatest of the samples of each bucket, in the order of the buckets. This is the
 * definition; the database computes the same where the samples are.
 */
export function bucketsOf(
  grid: BucketGrid,
  samples: Iterable<{ atMs: number; value: number }>,
): Bucket[] {
  const sums = new Map<number, { min: number; sum: number; max: number; count: number }>();
  for (const { atMs, value } of samples) {
    const index = Math.floor((atMs - grid.fromMs) / grid.stepMs);
    if (index < 0 || index >= grid.count) continue;
    const bucket = sums.get(index);
    if (!bucket) {
      sums.set(index, { min: value, sum: value, max: value, count: 1 });
      continue;
    }
    bucket.min = Math.min(bucket.min, value);
    bucket.max = Math.max(bucket.max, value);
    bucket.sum += value;
    bucket.count += 1;
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([index, { min, sum, max, count }]) => ({ index, min, avg: sum / count, max }));
}

export type SeriesSummary = {
  min: number;
  /** Mean over the time in which there were samples: every bucket weighs the same. */
  mean: number;
  max: number;
};

/** When something was told, by the clock of who told it, and how often it is measured. */
export type Told = { nowMs: number; scrapeMs: number };

/**
 * The mean of the newest bucket that has samples, of those that reach into the present; null when none of
 * them has: what was told before says nothing of now, as of a GPU that has been split in between. A wide
 * bucket is told with its width: its mean may hold what is long over.
 */
export function presentOf(
  series: BucketSeries,
  grid: BucketGrid,
  { nowMs, scrapeMs }: Told,
): number | null {
  const { fromMs, stepMs } = grid;
  const index = series.avg.findLastIndex((value) => value !== null);
  if (index < 0 || fromMs + (index + 1) * stepMs <= nowMs - presentFor(scrapeMs)) return null;
  return series.avg[index] ?? null;
}

/** The first bucket of a grid that begins no earlier than a moment. */
export function firstFrom(grid: BucketGrid, fromMs: number): number {
  return Math.max(0, Math.ceil((fromMs - grid.fromMs) / grid.stepMs));
}

/** The series from a bucket on in three numbers, or `null` when it has no sample there at all. */
export function summarize(series: BucketSeries, first = 0): SeriesSummary | null {
  let [least, greatest, sum, known] = [Infinity, -Infinity, 0, 0];
  for (const [index, avg] of series.avg.entries()) {
    const min = series.min[index] ?? null;
    const max = series.max[index] ?? null;
    if (index < first || avg === null || min === null || max === null) continue;
    least = Math.min(least, min);
    greatest = Math.max(greatest, max);
    sum += avg;
    known += 1;
  }
  return known === 0 ? null : { min: least, mean: sum / known, max: greatest };
}
