import type { ReactNode } from "react";
import { Bar } from "#components/ui/bar";

export type StepProgressProps = {
  /** Steps done. */
  done: number;
  of: number;
  /** What is being done now. */
  label: string;
  detail?: ReactNode;
};

/** How far a change has come: "Step 3 of 8: powering on". */
export function StepProgress({ done, of, label, detail }: StepProgressProps) {
  const finished = done >= of;
  const text = finished ? `All ${of} steps done` : `Step ${done + 1} of ${of}: ${label}`;
  return (
    <div
      role="progressbar"
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={Math.min(done, of)}
      aria-valuetext={text}
      aria-label={label}
      className="min-w-0"
    >
      <div className="mb-1.5 flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span>{text}</span>
        {detail && <span className="text-muted text-xs">{detail}</span>}
      </div>
      <Bar parts={[{ share: of > 0 ? done / of : 0, kind: finished ? "ok" : "motion" }]} />
    </div>
  );
}
