import { StateGlyph } from "#components/ui/state-text";
import { metricLooks } from "#lib/client/map-look";
import type { MapMetric } from "#lib/schemas/gpu-map";

/** What the map's colours and signs mean. */
export function MapLegend({ metric }: { metric: MapMetric }) {
  const { scale, format } = metricLooks[metric];
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
      {scale ? (
        <span className="flex items-center gap-2">
          {format(scale.from)}
          <span
            aria-hidden="true"
            className="h-2.5 w-28 rounded-sm"
            style={{
              background: `linear-gradient(to right, var(--${scale.low}), var(--${scale.high}))`,
            }}
          />
          {format(scale.to)} and more
        </span>
      ) : (
        <>
          <span className="flex items-center gap-1.5">
            <span aria-hidden="true" className="size-2.5 bg-ok opacity-50" /> well
          </span>
          <span className="flex items-center gap-1.5">
            <StateGlyph kind="attention" /> warning
          </span>
          <span className="flex items-center gap-1.5">
            <StateGlyph kind="critical" /> critical
          </span>
        </>
      )}
      <span className="flex items-center gap-1.5">
        <span
          aria-hidden="true"
          className="size-2.5 border border-line"
          style={{
            background:
              "repeating-linear-gradient(135deg, transparent 0 2px, var(--faint) 2px 3px)",
          }}
        />
        unknown
      </span>
    </div>
  );
}
