"use client";

import {
  type KeyboardEvent,
  type PointerEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { PlotReading } from "#components/charts/plot-reading";
import { seriesLook } from "#components/charts/series-look";
import { useThemeChanges, useWidth } from "#lib/client/canvas";
import { type ChartRow, stepOf } from "#lib/client/chart-rows";
import { type ChartStrip, holdsAt } from "#lib/client/clock-strips";
import { pointAt, useCrosshair } from "#lib/client/crosshair";
import { type ChartMark, drawChart, margin, momentAt, xOf } from "#lib/client/draw-chart";
import { formatLocal } from "#lib/client/format";

export type ChartSeries = {
  id: string;
  label: string;
  /** Keeps a series' colour when others come and go; default: its place in the list. */
  colorIndex?: number;
  /** The columns of the rows that hold the least and greatest value of each moment. */
  bounds?: { low: string; high: string };
  /** Those that the line is drawn between, where it is alone. */
  band?: { low: string; high: string };
};

export type ChartRange = { from: number; to: number };

export type TimeSeriesPlotProps = {
  series: readonly (ChartSeries & { colorIndex: number })[];
  /** Oldest first, at even distances. */
  rows: readonly ChartRow[];
  /** Milliseconds since the epoch. */
  range: ChartRange;
  /** The top of the axis, in the rows' unit; default: the greatest value. */
  yMax?: number;
  /** How much of the rows' unit makes one that is shown: 1024 for MiB shown as GiB. */
  yUnit?: number;
  /** A level that the lines are held against, and what it is. */
  limit?: { value: number; label: string };
  /** What happened in the range. */
  marks?: readonly ChartMark[];
  /** Stretches in which something holds, and what, drawn along the bottom. */
  strips?: readonly ChartStrip[];
  /** The columns of the least and greatest value of all series at each moment. */
  envelope?: { low: string; high: string };
  height: number;
  format: (value: number | null) => string;
  /** Charts of one id share their crosshair. */
  syncId: string;
  /** Called with the stretch that was chosen, or with null for the whole; left out, nothing zooms. */
  onZoom?: (range: ChartRange | null) => void;
  /** Called with how far to move through time, in milliseconds; left out, nothing moves. */
  onPan?: (byMs: number) => void;
  /** What the chart shows, in a sentence. */
  sentence: string;
};

/**
 * Lines over time, on a canvas. Pointing shows the values of a moment in all charts of the group;
 * dragging chooses a stretch, with Shift it moves through time. By keys: arrows point, with Shift they
 * choose, Enter zooms, Escape goes back, Page Up and Page Down move by half of what is shown.
 */
export function TimeSeriesPlot(props: TimeSeriesPlotProps) {
  const { series, rows, height, format, syncId, onZoom, onPan, sentence } = props;
  const { yMax, yUnit, limit, marks, strips, envelope } = props;
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const hintId = useId();
  const width = useWidth(host);
  const theme = useThemeChanges();
  const [chosen, setChosen] = useState<ChartRange | null>(null);
  const [hasFocus, setHasFocus] = useState(false);
  const [isOver, setIsOver] = useState(false);
  // Where a drag through time began, and how far it has come.
  const [pan, setPan] = useState<{ from: number; byMs: number } | null>(null);
  const movedMs = pan?.byMs ?? 0;
  const { from, to } = props.range;
  const range = useMemo(() => ({ from: from + movedMs, to: to + movedMs }), [from, to, movedMs]);
  const at = useCrosshair(syncId);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is drawn anew
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const drawn = series.map(({ id, colorIndex, band }) => {
      const { color, dash } = seriesLook(colorIndex);
      return { id, dash, color: color.replace(/^var\(--(.*)\)$/, "$1"), ...(band && { band }) };
    });
    const chart = {
      ...{ series: drawn, rows, range, yMax, yUnit, format },
      ...{ limit: limit?.value, marks: marks ?? [], strips: strips ?? [], envelope },
    };
    drawChart(canvas.current, chart, width, height);
  }, [
    series,
    rows,
    range,
    yMax,
    yUnit,
    limit,
    marks,
    strips,
    envelope,
    format,
    width,
    height,
    theme,
  ]);

  const row = at === null ? undefined : nearest(rows, at, range);
  const placeOf = (event: PointerEvent) =>
    momentAt(event.clientX - (host.current?.getBoundingClientRect().left ?? 0), props.range, width);

  function zoom(to: ChartRange | null) {
    setChosen(null);
    if (!onZoom || (to && to.to - to.from < stepOf(rows))) return;
    onZoom(to);
  }
  function endDrag(isDone: boolean) {
    if (isDone && chosen) zoom(inOrder(chosen));
    if (isDone && pan && pan.byMs !== 0) onPan?.(pan.byMs);
    setChosen(null);
    setPan(null);
  }
  function onKeyDown(event: KeyboardEvent) {
    // Alt and an arrow is the browser's way back.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const from = row?.at ?? range.to;
      const to = from + (event.key === "ArrowLeft" ? -1 : 1) * stepOf(rows);
      const next = Math.min(range.to, Math.max(range.from, to));
      if (event.shiftKey && onZoom) setChosen({ from: chosen?.from ?? from, to: next });
      else setChosen(null);
      pointAt(syncId, next);
    } else if (onPan && (event.key === "PageUp" || event.key === "PageDown")) {
      onPan(((event.key === "PageUp" ? -1 : 1) * (range.to - range.from)) / 2);
    } else if (event.key === "Enter" && chosen) zoom(inOrder(chosen));
    else if (event.key === "Escape") zoom(null);
    else return;
    event.preventDefault();
  }

  const shown = chosen && inOrder(chosen);
  return (
    <div
      ref={host}
      role="application"
      aria-roledescription="chart"
      aria-label={`${sentence.split(".")[0]}, by keys`}
      aria-describedby={hintId}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is walked through by keys
      tabIndex={0}
      className="relative touch-pan-y select-none rounded-sm"
      onKeyDown={onKeyDown}
      onFocus={() => setHasFocus(true)}
      onBlur={() => {
        setHasFocus(false);
        setChosen(null);
        pointAt(syncId, null);
      }}
      onPointerMove={(event) => {
        setIsOver(true);
        const moment = placeOf(event);
        if (pan) {
          setPan({ from: pan.from, byMs: pan.from - moment });
          return;
        }
        pointAt(syncId, nearest(rows, moment, range)?.at ?? null);
        if (chosen && event.buttons === 1) setChosen({ from: chosen.from, to: moment });
      }}
      onPointerLeave={() => {
        setIsOver(false);
        pointAt(syncId, null);
      }}
      onPointerDown={(event) => {
        if (!onZoom || event.button !== 0) return;
        // A drag that leaves the chart goes on, and ends wherever it is let go.
        event.currentTarget.setPointerCapture(event.pointerId);
        const moment = placeOf(event);
        if (event.shiftKey && onPan) setPan({ from: moment, byMs: 0 });
        else setChosen({ from: moment, to: moment });
      }}
      onPointerUp={() => endDrag(true)}
      // A finger that turns out to scroll the page.
      onPointerCancel={() => endDrag(false)}
    >
      <div role="img" aria-label={sentence}>
        <canvas ref={canvas} style={{ width: "100%", height }} />
      </div>
      <span id={hintId} className="sr-only">
        Arrow keys read the values of a moment
        {onZoom && ", with Shift they choose a stretch, Enter zooms to it and Escape goes back"}
        {onPan && ". Page Up shows what was earlier, Page Down what was later"}.
      </span>
      <span role="status" className="sr-only">
        {hasFocus && row
          ? `${formatLocal(row.at, "seconds")}: ${series.map(({ id, label }) => `${label} ${format(row[id] ?? null)}`).join(", ")}${holdsAt(
              strips,
              row.at,
            )
              .map(({ words }) => `, ${words}`)
              .join("")}`
          : ""}
      </span>
      {shown && width > 0 && (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute bg-accent opacity-15"
          style={{
            top: margin.top,
            bottom: margin.bottom,
            left: xOf(shown.from, range, width),
            width: xOf(shown.to, range, width) - xOf(shown.from, range, width),
          }}
        />
      )}
      {row && width > 0 && (
        <span
          aria-hidden="true"
          data-crosshair={row.at}
          className="pointer-events-none absolute w-px bg-control"
          style={{ top: margin.top, bottom: margin.bottom, left: xOf(row.at, range, width) }}
        />
      )}
      {row && width > 0 && (isOver || hasFocus) && (
        <PlotReading
          row={row}
          series={series}
          format={format}
          limit={limit}
          happened={(marks ?? []).filter(
            (mark) =>
              Math.abs(mark.at - row.at) <= Math.max(stepOf(rows), (range.to - range.from) / 150),
          )}
          envelope={envelope}
          holds={holdsAt(strips, row.at)}
          style={
            xOf(row.at, range, width) > width / 2
              ? { right: width - xOf(row.at, range, width) + 8 }
              : { left: xOf(row.at, range, width) + 8 }
          }
        />
      )}
    </div>
  );
}

const inOrder = ({ from, to }: ChartRange): ChartRange =>
  from <= to ? { from, to } : { from: to, to: from };

/** The row of a moment among those shown. */
function nearest(rows: readonly ChartRow[], at: number, range: ChartRange): ChartRow | undefined {
  const shown = rows.filter((row) => row.at >= range.from && row.at <= range.to);
  const index = Math.round((at - (shown[0]?.at ?? 0)) / stepOf(rows));
  return shown[Math.min(shown.length - 1, Math.max(0, index))];
}
