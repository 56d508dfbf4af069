import type { CSSProperties } from "react";
import { SeriesSwatch } from "#components/charts/series-look";
import { StateGlyph } from "#components/ui/state-text";
import type { ChartRow } from "#lib/client/chart-rows";
import { classNames } from "#lib/client/class-names";
import type { ChartMark } from "#lib/client/draw-chart";
import { formatLocal } from "#lib/client/format";

/** The values of one moment, beside the crosshair; the same is said to those who do not see it. */
export function PlotReading({
  row,
  series,
  format,
  limit,
  happened,
  envelope,
  holds,
  style,
}: {
  row: ChartRow;
  series: readonly { id: string; label: string; colorIndex: number }[];
  format: (value: number | null) => string;
  limit: { value: number; label: string } | undefined;
  happened: readonly ChartMark[];
  envelope: { low: string; high: string } | undefined;
  holds: readonly { kind: "attention" | "neutral"; words: string }[];
  style: CSSProperties;
}) {
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute top-2 z-10 max-w-64 rounded-md bg-raised px-2.5 py-2 text-xs shadow-raised"
      style={style}
    >
      <div className="mb-1 text-faint">{formatLocal(row.at, "seconds")}</div>
      <ul>
        {series.map((one) => (
          <li key={one.id} className="flex items-center gap-2">
            <SeriesSwatch index={one.colorIndex} />
            <span className="min-w-0 flex-1 text-muted">{one.label}</span>
            <span className="pl-3 text-ink">{format(row[one.id] ?? null)}</span>
          </li>
        ))}
      </ul>
      {limit && (
        <p className="mt-1 text-muted">
          {limit.label} {format(limit.value)}
        </p>
      )}
      {envelope && (
        <p className="mt-1 text-muted">
          All, {format(row[envelope.low] ?? null)} to {format(row[envelope.high] ?? null)}
        </p>
      )}
      {holds.map(({ kind, words }) => (
        <p
          key={words}
          className={classNames("mt-1", kind === "attention" ? "text-attention" : "text-muted")}
        >
          {words}
        </p>
      ))}
      {happened.slice(0, 4).map((mark) => (
        <p key={`${mark.at} ${mark.words}`} className="mt-1 flex items-center gap-1.5 text-ink">
          <StateGlyph kind={mark.kind} />
          {mark.words}
        </p>
      ))}
    </div>
  );
}
