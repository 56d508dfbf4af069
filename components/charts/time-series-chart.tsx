"use client";

import { type ReactNode, useId, useMemo, useState } from "react";
import { ChartTable } from "#components/charts/chart-table";
import { SeriesSwatch } from "#components/charts/series-look";
import {
  type ChartSeries,
  TimeSeriesPlot,
  type TimeSeriesPlotProps,
} from "#components/charts/time-series-plot";
import { Button } from "#components/ui/button";
import {
  type ChartRow,
  chartSentence,
  figuresOf,
  rowsAsCsv,
  rowsIn,
  summarizeRows,
} from "#lib/client/chart-rows";
import { classNames } from "#lib/client/class-names";
import { saveFile } from "#lib/client/save-file";
import type { Told } from "#lib/domain/telemetry/buckets";

export type TimeSeriesChartProps = Omit<
  TimeSeriesPlotProps,
  "series" | "height" | "rows" | "sentence"
> & {
  title: string;
  /** The unit in words or signs, after the title. */
  unit: string;
  /** The unit of the rows, where they are shown in another. */
  rowsUnit?: string;
  description?: ReactNode;
  series: readonly ChartSeries[];
  /** Oldest first. */
  rows: readonly ChartRow[];
  /** When the rows were told, and how often is measured; null where none tells of the present. */
  told: Told | null;
  /** Of which node and of which time it is, for the name of the file that it is saved as. */
  node?: string;
  time?: string;
  height?: number;
  /** How old the data is. */
  age?: ReactNode;
  actions?: ReactNode;
};

/** A chart with its heading, a legend that switches series, a sentence for screen readers and the table behind it. */
export function TimeSeriesChart({
  title,
  unit,
  rowsUnit = unit,
  description,
  series,
  rows,
  told,
  node,
  time,
  height = 200,
  format,
  age,
  actions,
  ...plot
}: TimeSeriesChartProps) {
  const headingId = useId();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const colored = series.map((one, index) => ({ ...one, colorIndex: one.colorIndex ?? index }));
  const shown = colored.filter((one) => !hidden.has(one.id));
  const known = rows.some((row) => series.some((one) => (row[one.id] ?? null) !== null));

  const { from, to } = plot.range;
  const inRange = useMemo(() => rowsIn(rows, { from, to }), [rows, from, to]);
  const figures = figuresOf(inRange, told);

  function toggle(id: string) {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    setHidden(next);
  }

  return (
    <section
      aria-labelledby={headingId}
      className="min-w-0 rounded-lg border border-line bg-surface"
    >
      <header className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 px-4 pt-3">
        <div className="min-w-0">
          <h3 id={headingId} className="font-medium text-sm">
            {title} <span className="font-normal text-faint text-xs">{unit}</span>
          </h3>
          {description && <p className="text-muted text-xs">{description}</p>}
        </div>
        <div className="flex items-center gap-3 text-faint text-xs">
          {age}
          {actions}
          {known && (
            <Button
              size="sm"
              variant="ghost"
              aria-label={`${title} as CSV`}
              onClick={() =>
                saveFile(csvName(node, title, time), rowsAsCsv(colored, inRange, rowsUnit))
              }
            >
              CSV
            </Button>
          )}
        </div>
      </header>
      {known ? (
        <div className="mt-2 px-2" style={{ minHeight: height }}>
          <TimeSeriesPlot
            {...plot}
            series={shown}
            rows={rows}
            height={height}
            format={format}
            sentence={chartSentence(title, colored, inRange, format, told)}
          />
        </div>
      ) : (
        <p className="px-4 py-8 text-muted text-sm">
          Unknown: no samples in this window. They appear when the node's exporter answers.
        </p>
      )}
      {known && (
        <ul aria-label="Series" className="flex flex-wrap gap-x-1 gap-y-0.5 px-2.5 pt-2 pb-1">
          {colored.map((one) => {
            const pressed = !hidden.has(one.id);
            return (
              <li key={one.id}>
                <button
                  type="button"
                  aria-pressed={pressed}
                  onClick={() => toggle(one.id)}
                  className="flex h-6 items-center gap-1.5 rounded-sm px-1.5 text-xs transition-colors hover:bg-hover"
                >
                  <SeriesSwatch index={one.colorIndex} className={pressed ? "" : "opacity-30"} />
                  <span className={classNames(pressed ? "text-muted" : "text-faint line-through")}>
                    {one.label}
                  </span>
                  <span className={pressed ? "text-ink" : "text-faint"}>
                    {format(summarizeRows(inRange, one.id, told)[figures.of])}
                  </span>
                </button>
              </li>
            );
          })}
          {figures.words && (
            <li className="flex h-6 items-center px-1.5 text-faint text-xs">{figures.words}</li>
          )}
          {plot.limit && (
            <li className="flex h-6 items-center gap-1.5 px-1.5 text-muted text-xs">
              <span aria-hidden="true" className="w-5 border-critical border-t border-dashed" />
              {plot.limit.label} <span className="text-ink">{format(plot.limit.value)}</span>
            </li>
          )}
          {plot.envelope && (
            <li className="flex h-6 items-center gap-1.5 px-1.5 text-muted text-xs">
              <span aria-hidden="true" className="h-2 w-5 bg-neutral opacity-20" />
              Least to greatest of all
            </li>
          )}
          {plot.strips?.map(({ label, kind }) => (
            <li key={label} className="flex min-h-6 items-center gap-1.5 px-1.5 text-muted text-xs">
              <span
                aria-hidden="true"
                className={classNames(
                  "w-5 shrink-0",
                  kind === "attention" ? "h-1 bg-attention" : "h-0.5 bg-neutral",
                )}
              />
              {label}
            </li>
          ))}
        </ul>
      )}
      {known && (
        <ChartTable
          title={title}
          series={colored}
          rows={inRange}
          strips={plot.strips ?? []}
          format={format}
        />
      )}
    </section>
  );
}

/** `train-1-power-24h.csv`: of which node, what, and of which time. */
function csvName(...parts: (string | undefined)[]): string {
  const named = parts.filter((part) => part !== undefined).join(" ");
  return `${named
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/-$/, "")}.csv`;
}
