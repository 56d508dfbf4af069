"use client";

import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { SeriesSwatch, seriesLook } from "#components/charts/series-look";
import { type ChartRow, isLone, timeTicks, valueTicks } from "#lib/client/chart-rows";
import { formatLocal } from "#lib/client/format";

export type ChartSeries = {
  id: string;
  label: string;
  /** Keeps a series' colour when others come and go; default: its place in the list. */
  colorIndex?: number;
  /** The columns of the rows that hold the least and greatest value of each moment. */
  band?: { low: string; high: string };
};

export type TimeSeriesPlotProps = {
  series: readonly (ChartSeries & { colorIndex: number })[];
  rows: readonly ChartRow[];
  /** Milliseconds since the epoch. */
  range: { from: number; to: number };
  /** The top of the axis, in the rows' unit; default: the greatest value. */
  yMax?: number;
  /** How much of the rows' unit makes one that is shown: 1024 for MiB shown as GiB. */
  yUnit?: number;
  height: number;
  format: (value: number | null) => string;
  /** Charts of one id share their crosshair. */
  syncId?: string;
};

const axisText = { fill: "var(--faint)", fontSize: 11 } as const;

/** Lines over time. Draws what it is given and decides nothing; the only file that knows recharts. */
export default function TimeSeriesChart({
  series,
  rows,
  range,
  yMax,
  yUnit,
  height,
  format,
  syncId,
}: TimeSeriesPlotProps) {
  const offsetMs = -new Date(range.to).getTimezoneOffset() * 60_000;
  const ticks = valueTicks(yMax ?? greatest(series, rows), yUnit);
  const days = range.to - range.from > 36 * 3_600_000;
  return (
    <ResponsiveContainer width="100%" height={height}>
      <ComposedChart
        data={rows as ChartRow[]}
        syncId={syncId}
        syncMethod="value"
        accessibilityLayer={false}
        margin={{ top: 6, right: 18, bottom: 0, left: 0 }}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={[range.from, range.to]}
          allowDataOverflow
          ticks={timeTicks(range.from, range.to, 6, offsetMs)}
          tickFormatter={(at: number) => formatLocal(at).slice(days ? 5 : 11)}
          tick={axisText}
          tickLine={false}
          axisLine={{ stroke: "var(--line)" }}
          minTickGap={24}
        />
        <YAxis
          domain={[0, yMax ?? ticks.at(-1) ?? "auto"]}
          ticks={ticks.filter((tick) => yMax === undefined || tick <= yMax)}
          tickFormatter={(value: number) => format(value)}
          tick={axisText}
          tickLine={false}
          axisLine={false}
          interval={0}
          width={64}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: "var(--control)", strokeWidth: 1 }}
          content={({ active, label }) =>
            active && typeof label === "number" ? (
              <Reading at={label} series={series} rows={rows} format={format} />
            ) : null
          }
        />
        {series.map((one) => {
          const { band } = one;
          return (
            band && (
              <Area
                key={`${one.id} band`}
                dataKey={(row: ChartRow) => [row[band.low] ?? null, row[band.high] ?? null]}
                type="linear"
                stroke="none"
                fill={seriesLook(one.colorIndex).color}
                fillOpacity={0.14}
                connectNulls={false}
                isAnimationActive={false}
                activeDot={false}
                tooltipType="none"
              />
            )
          );
        })}
        {series.map((one) => {
          const { color, dash } = seriesLook(one.colorIndex);
          const hasLone = rows.some((_, index) => isLone(rows, one.id, index));
          return (
            <Line
              key={one.id}
              dataKey={one.id}
              name={one.label}
              type="linear"
              stroke={color}
              strokeWidth={1.5}
              strokeDasharray={dash}
              connectNulls={false}
              isAnimationActive={false}
              activeDot={{ r: 3, fill: color, stroke: "var(--surface)" }}
              dot={
                hasLone &&
                (({ index, cx, cy }) => (
                  <g key={index}>
                    {isLone(rows, one.id, index) && <circle cx={cx} cy={cy} r={1.5} fill={color} />}
                  </g>
                ))
              }
            />
          );
        })}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function greatest(series: TimeSeriesPlotProps["series"], rows: readonly ChartRow[]): number {
  const columns = series.flatMap((one) => (one.band ? [one.id, one.band.high] : [one.id]));
  let most = 0;
  for (const row of rows) for (const column of columns) most = Math.max(most, row[column] ?? 0);
  return most;
}

function Reading({
  at,
  series,
  rows,
  format,
}: { at: number } & Pick<TimeSeriesPlotProps, "series" | "rows" | "format">) {
  const row = rows.find((candidate) => candidate.at === at);
  return (
    <div className="rounded-md bg-raised px-2.5 py-2 text-xs shadow-raised">
      <div className="mb-1 text-faint">{formatLocal(at, "seconds")}</div>
      <ul>
        {series.map((one) => (
          <li key={one.id} className="flex items-center gap-2">
            <SeriesSwatch index={one.colorIndex} />
            <span className="min-w-0 flex-1 text-muted">{one.label}</span>
            <span className="pl-3 text-ink">{format(row?.[one.id] ?? null)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
