import { colorsOf, contextOf } from "#lib/client/canvas";
import { type ChartRow, isLone, rowsIn, timeTicks, valueTicks } from "#lib/client/chart-rows";
import type { ChartStrip } from "#lib/client/clock-strips";
import { formatLocal, localOffsetMs } from "#lib/client/format";

/** A line of a chart; `color` is a token, `band` the columns of its least and greatest values. */
export type DrawnSeries = {
  id: string;
  color: string;
  dash: string | undefined;
  band?: { low: string; high: string };
};

/** Something that happened at a moment. */
export type ChartMark = {
  at: number;
  kind: "critical" | "attention" | "neutral";
  words: string;
  /** Where something was over: a hollow sign. */
  isEnd?: true;
};

export type DrawnChart = {
  series: readonly DrawnSeries[];
  rows: readonly ChartRow[];
  /** Milliseconds since the epoch. */
  range: { from: number; to: number };
  /** The top of the axis, in the rows' unit; left out, the greatest value that is shown. */
  yMax?: number | undefined;
  /** How much of the rows' unit makes one that is shown: 1024 for MiB shown as GiB. */
  yUnit?: number | undefined;
  /** A level that the lines are held against. */
  limit?: number | undefined;
  marks: readonly ChartMark[];
  /** Stretches in which something holds, drawn along the bottom. */
  strips: readonly ChartStrip[];
  /** The columns of the least and greatest value of all lines at each moment. */
  envelope?: { low: string; high: string } | undefined;
  format: (value: number | null) => string;
};

/** Room around the lines, in CSS pixels. */
export const margin = { top: 8, right: 14, bottom: 20, left: 66 } as const;

/** Where a moment lies between the left and the right of the lines. */
export function xOf(at: number, { from, to }: DrawnChart["range"], width: number): number {
  return margin.left + ((at - from) / (to - from)) * (width - margin.left - margin.right);
}

/** The moment at a place; kept within the range. */
export function momentAt(x: number, { from, to }: DrawnChart["range"], width: number): number {
  const share = (x - margin.left) / Math.max(1, width - margin.left - margin.right);
  return from + Math.min(1, Math.max(0, share)) * (to - from);
}

const tokens = ["line", "faint", "critical", "attention", "neutral", "surface"] as const;

/** Draws a chart anew: axes, bands, lines, the limit, what happened and what holds. */
export function drawChart(
  canvas: HTMLCanvasElement,
  chart: DrawnChart,
  width: number,
  height: number,
): void {
  const context = contextOf(canvas, width, height);
  const host = canvas.parentElement;
  if (!context || !host) return;
  const { series, range, format, yUnit } = chart;
  const wanted = [...tokens, ...series.map(({ color }) => color)];
  const colors = colorsOf<string>(host, [...new Set(wanted)]);
  const color = (token: string) => colors[token] ?? "gray";
  const rows = rowsIn(chart.rows, range);
  const bottom = height - margin.bottom;
  const right = width - margin.right;

  const most = Math.max(greatest(chart, rows), chart.limit ?? 0);
  const ticks = valueTicks(chart.yMax ?? most, yUnit).filter(
    (tick) => chart.yMax === undefined || tick <= chart.yMax,
  );
  const top = chart.yMax ?? ticks.at(-1) ?? 1;
  const x = (at: number) => xOf(at, range, width);
  const y = (value: number) => bottom - (Math.min(value, top) / top) * (bottom - margin.top);

  context.font = `11px ${getComputedStyle(host).fontFamily}`;
  context.lineWidth = 1;
  context.strokeStyle = color("line");
  context.fillStyle = color("faint");
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.beginPath();
  for (const tick of ticks) {
    const level = Math.round(y(tick)) + 0.5;
    context.moveTo(margin.left, level);
    context.lineTo(right, level);
    context.fillText(format(tick), margin.left - 8, level);
  }
  context.stroke();
  const days = range.to - range.from > 36 * 3_600_000;
  const mostTicks = Math.max(2, Math.floor((right - margin.left) / 90));
  context.textAlign = "center";
  for (const at of timeTicks(range.from, range.to, mostTicks, localOffsetMs)) {
    const local = formatLocal(at);
    const text = days && beginsDay(at) ? local.slice(5, 10) : local.slice(11);
    const half = context.measureText(text).width / 2;
    if (x(at) + half > width || x(at) - half < margin.left - 30) continue;
    context.fillText(text, x(at), bottom + 11);
  }

  context.save();
  context.beginPath();
  context.rect(margin.left, 0, right - margin.left, height);
  context.clip();
  if (chart.envelope) fillBand(context, rows, chart.envelope, x, y, color("neutral"));
  // What should not be so over what is only kept, and twice as high.
  for (const kind of ["neutral", "attention"] as const) {
    const high = kind === "attention" ? 4 : 2;
    context.fillStyle = color(kind);
    for (const { from, to } of chart.strips.flatMap((one) =>
      one.kind === kind ? one.spans : [],
    )) {
      context.fillRect(x(from), bottom - high, Math.max(2, x(to) - x(from)), high);
    }
  }
  for (const { color: token, band } of series) {
    if (band) fillBand(context, rows, band, x, y, color(token));
  }
  for (const one of series) strokeLine(context, rows, one, x, y, color(one.color));
  if (chart.limit !== undefined) {
    context.strokeStyle = color("critical");
    context.setLineDash([4, 4]);
    context.lineWidth = 1;
    const level = Math.round(y(chart.limit)) + 0.5;
    context.beginPath();
    context.moveTo(margin.left, level);
    context.lineTo(right, level);
    context.stroke();
    context.setLineDash([]);
  }
  for (const mark of chart.marks) {
    if (mark.at < range.from || mark.at > range.to) continue;
    const at = Math.round(x(mark.at)) + 0.5;
    context.strokeStyle = color(mark.kind);
    context.fillStyle = color(mark.kind);
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(at, margin.top);
    context.lineTo(at, bottom);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(at, margin.top + 5);
    context.lineTo(at - 4, margin.top - 3);
    context.lineTo(at + 4, margin.top - 3);
    context.closePath();
    if (mark.isEnd) context.stroke();
    else context.fill();
  }
  context.restore();
  canvas.dataset.drawn = String(series.length);
}

/** True where the reader's day begins, which is after midnight where the clock leaves that out. */
const beginsDay = (at: number) => new Date(at).getDate() !== new Date(at - 60_000).getDate();

type Place = (value: number) => number;

function strokeLine(
  context: CanvasRenderingContext2D,
  rows: readonly ChartRow[],
  { id, dash }: DrawnSeries,
  x: Place,
  y: Place,
  color: string,
): void {
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = 1.5;
  context.setLineDash(dash?.split(" ").map(Number) ?? []);
  context.beginPath();
  let drawing = false;
  for (const row of rows) {
    const value = row[id] ?? null;
    // What is not known is a gap, and never a line from what was known before.
    if (value === null) drawing = false;
    else if (drawing) context.lineTo(x(row.at), y(value));
    else {
      context.moveTo(x(row.at), y(value));
      drawing = true;
    }
  }
  context.stroke();
  context.setLineDash([]);
  for (const [index, row] of rows.entries()) {
    const value = row[id] ?? null;
    if (value === null || !isLone(rows, id, index)) continue;
    context.beginPath();
    context.arc(x(row.at), y(value), 1.5, 0, 2 * Math.PI);
    context.fill();
  }
}

function fillBand(
  context: CanvasRenderingContext2D,
  rows: readonly ChartRow[],
  band: { low: string; high: string },
  x: Place,
  y: Place,
  color: string,
): void {
  context.fillStyle = color;
  context.globalAlpha = 0.16;
  for (let from = 0; from < rows.length; from++) {
    let to = from;
    while (to < rows.length && (rows[to]?.[band.high] ?? null) !== null) to++;
    if (to === from) continue;
    const piece = rows.slice(from, to);
    context.beginPath();
    for (const row of piece) context.lineTo(x(row.at), y(row[band.high] ?? 0));
    for (const row of piece.toReversed()) context.lineTo(x(row.at), y(row[band.low] ?? 0));
    context.fill();
    from = to;
  }
  context.globalAlpha = 1;
}

function greatest(
  { series, envelope }: Pick<DrawnChart, "series" | "envelope">,
  rows: readonly ChartRow[],
): number {
  const columns = series.flatMap(({ id, band }) => (band ? [id, band.high] : [id]));
  if (envelope) columns.push(envelope.high);
  let most = 0;
  for (const row of rows) for (const column of columns) most = Math.max(most, row[column] ?? 0);
  return most;
}
