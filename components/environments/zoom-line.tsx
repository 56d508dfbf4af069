import type { ReactNode } from "react";
import { Button } from "#components/ui/button";
import { formatLocal } from "#lib/client/format";
import type { Stretch } from "#lib/domain/telemetry/stretch";

/** Which stretch the charts are zoomed to, with the ways to move and back; and how one is chosen. */
export function ZoomLine({
  range,
  isZoomed,
  nowMs,
  onPan,
  end,
  children,
}: {
  range: Stretch;
  isZoomed: boolean;
  nowMs: number;
  onPan: (byMs: number) => void;
  end: () => void;
  /** What else is chosen beside it. */
  children?: ReactNode;
}) {
  const half = (range.to - range.from) / 2;
  const whyNotLater = isZoomed && range.to < nowMs ? null : "What is shown ends now.";
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-xs lg:col-span-2">
      <p role="status">
        {isZoomed
          ? `Zoomed to ${formatLocal(range.from, "seconds")} to ${endWords(range)}`
          : "Drag across a chart to zoom, with Shift to move through time."}
      </p>
      <Button size="sm" onClick={() => onPan(-half)}>
        Earlier
      </Button>
      <Button size="sm" disabledReason={whyNotLater} onClick={() => onPan(half)}>
        Later
      </Button>
      <Button
        size="sm"
        disabledReason={isZoomed ? null : "The whole window is what is shown."}
        onClick={end}
      >
        Show the whole window
      </Button>
      {children}
    </div>
  );
}

/** The end of a stretch; its day is told where it is another than that of the beginning. */
function endWords({ from, to }: Stretch): string {
  const [begin, end] = [formatLocal(from), formatLocal(to, "seconds")];
  return begin.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end;
}
