import { classNames } from "#lib/client/class-names";

const colors = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `var(--chart-${n})`);
// Four solid lines, then four of each dash: a dash helps those who do not tell the colours apart, and
// blurs a noisy line, so that it comes only where it must.
const dashes = [undefined, "5 3", "2 3", "9 3 2 3"];
const strokes = [
  "text-chart-1",
  "text-chart-2",
  "text-chart-3",
  "text-chart-4",
  "text-chart-5",
  "text-chart-6",
  "text-chart-7",
  "text-chart-8",
];

/** Colour and dash of the series at an index; two series of one colour never share a dash. */
export function seriesLook(index: number): { color: string; dash: string | undefined } {
  return {
    color: colors[index % colors.length] ?? "currentColor",
    dash: dashes[Math.floor(index / 4) % dashes.length],
  };
}

/** The piece of line beside a series' name. */
export function SeriesSwatch({ index, className }: { index: number; className?: string }) {
  return (
    <svg
      viewBox="0 0 20 4"
      aria-hidden="true"
      className={classNames("h-1 w-5 shrink-0", strokes[index % strokes.length], className)}
    >
      <path
        d="M0 2h20"
        stroke="currentColor"
        strokeWidth="2"
        strokeDasharray={seriesLook(index).dash}
      />
    </svg>
  );
}
