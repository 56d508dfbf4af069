import type { ChartRange } from "#components/charts/time-series-plot";
import { Button } from "#components/ui/button";
import { formatLocal } from "#lib/client/format";

/** Which stretch the charts are zoomed to, with the way back; nothing while they show the whole. */
export function ZoomLine({ range, end }: { range: ChartRange | null; end: () => void }) {
  if (!range) return null;
  return (
    <p className="flex items-center gap-3 text-muted text-xs lg:col-span-2">
      Zoomed to {formatLocal(range.from, "seconds")} to {formatLocal(range.to, "seconds").slice(11)}
      <Button size="sm" onClick={end}>
        Show the whole window
      </Button>
    </p>
  );
}
