import { classNames } from "#lib/client/class-names";

export type HeatCell = {
  id: string;
  /** Short: "0", "1". */
  label: string;
  /** Null is unknown, and drawn as a hatch, never as zero. */
  value: number | null;
  /** The value as it reads: "97 %". */
  text: string;
};

export type HeatStripProps = {
  /** What is measured: "GPU utilisation". */
  label: string;
  cells: readonly HeatCell[];
  /** The value of a full cell. */
  max: number;
  className?: string;
};

/** A column per GPU, filled to its value: eight GPUs at a glance. The words are in each cell's title and label. */
export function HeatStrip({ label, cells, max, className }: HeatStripProps) {
  return (
    <ul aria-label={label} className={classNames("flex gap-1", className)}>
      {cells.map((cell) => (
        <li key={cell.id} className="flex w-7 flex-col items-center gap-0.5">
          <svg viewBox="0 0 28 28" aria-hidden="true" className="h-7 w-full rounded-sm bg-line/60">
            {cell.value === null ? (
              <path
                d="M0 28 28 0M-7 21 21-7M7 35 35 7"
                stroke="currentColor"
                className="text-control"
              />
            ) : (
              <rect
                y={28 - fill(cell.value, max)}
                width="28"
                height={fill(cell.value, max)}
                className="fill-chart-1"
              />
            )}
          </svg>
          <span className="text-2xs text-faint leading-3">
            {cell.label}
            <span className="sr-only">: {cell.text}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function fill(value: number, max: number): number {
  return Math.round(28 * Math.min(1, Math.max(0, value / max)));
}
