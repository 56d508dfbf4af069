import { formatSpan } from "#lib/client/format";
import type { BucketGrid, BucketSeries, Told } from "#lib/domain/telemetry/buckets";
import { presentFor } from "#lib/domain/telemetry/fresh";

/** One moment of a chart: `at` in milliseconds since the epoch, and a value per series; null is a gap. */
export type ChartRow = { at: number } & Record<string, number | null>;

export type ChartSummary = {
  /** The newest value that reaches into the present, or null: it is not known any more. */
  latest: number | null;
  /** Of the rows that have a value, each weighing the same. */
  mean: number | null;
  min: number | null;
  max: number | null;
};

/** The distance between two rows, in milliseconds. */
export function stepOf(rows: readonly ChartRow[]): number {
  return (rows[1]?.at ?? 0) - (rows[0]?.at ?? 0) || 1;
}

/** The columns of a series' least and greatest values. */
export const boundsOf = (id: string) => ({ low: `${id}_low`, high: `${id}_high` });

/** A row for each bucket of a grid: of each series its mean, and least and greatest; null is a gap. */
export function rowsOf(
  grid: BucketGrid,
  series: readonly (readonly [id: string, of: BucketSeries | undefined])[],
): ChartRow[] {
  return Array.from({ length: grid.count }, (_, index) => {
    const row: ChartRow = { at: grid.fromMs + index * grid.stepMs };
    for (const [id, of] of series) {
      const { low, high } = boundsOf(id);
      row[id] = of?.avg[index] ?? null;
      row[low] = of?.min[index] ?? null;
      row[high] = of?.max[index] ?? null;
    }
    return row;
  });
}

/** The rows that begin in a range. */
export function rowsIn(
  rows: readonly ChartRow[],
  { from, to }: { from: number; to: number },
): ChartRow[] {
  return rows.filter(({ at }) => at >= from && at <= to);
}

/** True where a row reaches into the present; `told` is null where all that is shown is over. */
const isPresent = (row: ChartRow | undefined, stepMs: number, told: Told | null) =>
  row !== undefined && told !== null && row.at + stepMs > told.nowMs - presentFor(told.scrapeMs);

/** What a figure of a stretch that is over is. */
export const meanDetail = "Mean of what is shown";

/**
 * What the figures beside a chart's series are, where they are not plainly the present: means of wide
 * rows, or of a stretch that is over.
 */
export function figuresOf(
  rows: readonly ChartRow[],
  told: Told | null,
): { of: "latest" | "mean"; words: string | null } {
  const step = stepOf(rows);
  if (!told || !isPresent(rows.at(-1), step, told)) return { of: "mean", words: meanDetail };
  return { of: "latest", words: presentDetail(step, told.scrapeMs) ?? null };
}

/** What a figure of the present is, where its bucket is wider than what is plainly the present. */
export function presentDetail(stepMs: number, scrapeMs: number): string | undefined {
  return stepMs > presentFor(scrapeMs) ? `Mean of up to the last ${formatSpan(stepMs)}` : undefined;
}

/** Latest, mean, least and greatest of one series over the rows; see `presentOf`. */
export function summarizeRows(
  rows: readonly ChartRow[],
  id: string,
  told: Told | null,
): ChartSummary {
  let min: number | null = null;
  let max: number | null = null;
  let [sum, known] = [0, 0];
  for (const row of rows) {
    const value = row[id] ?? null;
    if (value === null) continue;
    min = min === null ? value : Math.min(min, value);
    max = max === null ? value : Math.max(max, value);
    sum += value;
    known += 1;
  }
  const newest = rows.findLast((row) => (row[id] ?? null) !== null);
  return {
    ...{ min, max },
    latest: isPresent(newest, stepOf(rows), told) ? (newest?.[id] ?? null) : null,
    mean: known === 0 ? null : sum / known,
  };
}

/**
 * What a chart shows in a sentence, for those who do not see it. At most four series are told one
 * by one; the table behind the chart has them all.
 */
export function chartSentence(
  title: string,
  series: readonly { id: string; label: string }[],
  rows: readonly ChartRow[],
  format: (value: number | null) => string,
  told: Told | null,
): string {
  const figures = figuresOf(rows, told);
  const sentences = series.slice(0, 4).map(({ id, label }) => {
    const summary = summarizeRows(rows, id, told);
    const { min, max } = summary;
    return min === null
      ? `${label}: no samples`
      : `${label}: ${figures.of} ${format(summary[figures.of])}, lowest ${format(min)}, highest ${format(max)}`;
  });
  const left = series.length - sentences.length;
  return `${title}. ${sentences.join(". ")}${left > 0 ? `. And ${left} more` : ""}.`;
}

/** True where a value has a gap on both sides: a line of one point, drawn as a dot. */
export function isLone(rows: readonly ChartRow[], id: string, index: number): boolean {
  const known = (at: number) => (rows[at]?.[id] ?? null) !== null;
  return known(index) && !known(index - 1) && !known(index + 1);
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const tickSteps = [
  15 * second,
  30 * second,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
];

/**
 * Round moments of the reader's clock between two instants (ms), at most about `most` of them.
 * `offsetAt` is the reader's distance from UTC at an instant (ms): each tick goes by its own, so that
 * days begin at the reader's midnight on both sides of a change to or from summer time. A time that
 * the clock leaves out is no tick, but for a midnight: then the day begins with the first moment after
 * it. One that it shows twice is two.
 */
export function timeTicks(
  from: number,
  to: number,
  most: number,
  offsetAt: (at: number) => number,
): number[] {
  const step =
    tickSteps.find((candidate) => (to - from) / candidate <= most) ??
    Math.ceil((to - from) / most / (24 * hour)) * 24 * hour;
  const ticks = new Set<number>();
  const last = to + Math.max(offsetAt(from), offsetAt(to));
  const first = from + Math.min(offsetAt(from), offsetAt(to));
  for (let local = Math.ceil(first / step) * step; local <= last; local += step) {
    for (const at of instantsOf(local, offsetAt, step >= 24 * hour)) {
      if (at >= from && at <= to) ticks.add(at);
    }
  }
  return [...ticks].sort((a, b) => a - b);
}

/** When a clock shows a time: once, twice where it is put back, never where it is put forward. */
function instantsOf(
  local: number,
  offsetAt: (at: number) => number,
  isDay: boolean,
): readonly number[] {
  // No two changes are nearer to each other than a day.
  const [before, after] = [offsetAt(local - 24 * hour), offsetAt(local + 24 * hour)];
  const shown = [...new Set([local - before, local - after])].filter(
    (at) => at + offsetAt(at) === local,
  );
  return shown.length === 0 && isDay ? [local - before] : shown;
}

/**
 * Round values from zero up to `max`, about four of them; `unit` is how much of the rows' unit makes
 * one that is shown (1024 for MiB shown as GiB). The last may lie above `max`.
 */
export function valueTicks(max: number, unit = 1): number[] {
  if (!(max > 0)) return [0, unit];
  const rough = max / unit / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let n = 0; (n - 1) * step * unit < max; n++) ticks.push(n * step * unit);
  return ticks;
}

/** A series, and the columns of its least and greatest values where the rows have them. */
export type Bounded = { id: string; label: string; bounds?: { low: string; high: string } };

/** The columns of a table of series: each mean, and beside it the least and greatest value. */
export function columnsOf(series: readonly Bounded[]): { id: string; label: string }[] {
  return series.flatMap(({ id, label, bounds }) => [
    { id, label },
    ...(bounds
      ? [
          { id: bounds.low, label: `${label}, low` },
          { id: bounds.high, label: `${label}, high` },
        ]
      : []),
  ]);
}

/**
 * The rows as CSV, the columns of each series, moments in UTC; what is not known is empty. The heading
 * names the unit of the rows, which a page may show in another.
 */
export function rowsAsCsv(
  series: readonly Bounded[],
  rows: readonly ChartRow[],
  unit: string,
): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const columns = columnsOf(series);
  const head = ["time", ...columns.map(({ label }) => quoted(`${label} (${unit})`))];
  const lines = rows.map((row) => [
    new Date(row.at).toISOString(),
    ...columns.map(({ id }) => row[id] ?? ""),
  ]);
  return `${[head, ...lines].map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}
