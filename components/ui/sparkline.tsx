import { classNames } from "#lib/client/class-names";

export type SparklineProps = {
  /** Equal steps of time; null is a gap. */
  values: readonly (number | null)[];
  /** What it says in words: "GPU utilisation, last hour: 92 %, lowest 40 %". */
  label: string;
  min?: number;
  max?: number;
  className?: string;
};

/** A line the size of a word. Gaps stay gaps. */
export function Sparkline({ values, label, min, max, className }: SparklineProps) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return <span className="text-faint text-xs">unknown</span>;
  const low = min ?? Math.min(...known);
  const high = max ?? Math.max(...known);
  const path = linePath(values, low, high === low ? low + 1 : high);
  return (
    <svg
      viewBox="0 0 96 24"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className={classNames("h-6 w-24 text-chart-1", className)}
    >
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

function linePath(values: readonly (number | null)[], low: number, high: number): string {
  const stepX = 96 / Math.max(1, values.length - 1);
  let drawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        drawing = false;
        return "";
      }
      const x = (index * stepX).toFixed(1);
      const y = (22 - ((value - low) / (high - low)) * 20).toFixed(1);
      // A lone sample between gaps is drawn as a dot: a line of no length with a round cap.
      const command = drawing ? `L${x} ${y}` : `M${x} ${y}h0`;
      drawing = true;
      return command;
    })
    .join("");
}
