/** One moment of a chart: `at` in milliseconds since the epoch, and a value per series; null is a gap. */
export type ChartRow = { at: number } & Record<string, number | null>;

export type ChartSummary = {
  /** The newest value, or null when the last few rows have none: it is not known any more. */
  latest: number | null;
  min: number | null;
  max: number | null;
};

// The newest row may still be filling; further back a value is history, not the present.
const latestRows = 3;

/** Latest, least and greatest of one series over the rows. */
export function summarizeRows(rows: readonly ChartRow[], id: string): ChartSummary {
  let min: number | null = null;
  let max: number | null = null;
  for (const row of rows) {
    const value = row[id] ?? null;
    if (value === null) continue;
    min = min === null ? value : Math.min(min, value);
    max = max === null ? value : Math.max(max, value);
  }
  const latest = rows
    .slice(-latestRows)
    .reduce<number | null>((newest, row) => row[id] ?? newest, null);
  return { latest, min, max };
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
): string {
  const told = series.slice(0, 4).map(({ id, label }) => {
    const { latest, min, max } = summarizeRows(rows, id);
    return min === null
      ? `${label}: no samples`
      : `${label}: latest ${format(latest)}, lowest ${format(min)}, highest ${format(max)}`;
  });
  const left = series.length - told.length;
  return `${title}. ${told.join(". ")}${left > 0 ? `. And ${left} more` : ""}.`;
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

/**
 * The rows as CSV, a column a series, moments in UTC; what is not known is empty. The heading names
 * the unit of the rows, which a page may show in another.
 */
export function rowsAsCsv(
  series: readonly { id: string; label: string }[],
  rows: readonly ChartRow[],
  unit: string,
): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const head = ["time", ...series.map(({ label }) => quoted(`${label} (${unit})`))];
  const lines = rows.map((row) => [
    new Date(row.at).toISOString(),
    ...series.map(({ id }) => row[id] ?? ""),
  ]);
  return `${[head, ...lines].map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}
