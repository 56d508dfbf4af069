import type { ReactNode } from "react";
import { Bar } from "#components/ui/bar";
import { StateGlyph, type StateKind, stateColors } from "#components/ui/state-text";
import { formatCount } from "#lib/client/format";

export type MeterProps = {
  /** What is limited: "GPUs, H200". */
  label: string;
  used: number;
  /** Null: no limit is set. */
  limit: number | null;
  /** What this form would add. */
  requested?: number;
  unit?: string;
  /** How figures read; default: whole numbers. */
  format?: (value: number) => string;
  hint?: ReactNode;
};

/** Use against a limit, in words first: "24 of 64 used, 40 left". */
export function Meter({
  label,
  used,
  limit,
  requested = 0,
  unit,
  format = formatCount,
  hint,
}: MeterProps) {
  const after = used + requested;
  const verdict = verdictOf(after, limit, requested);
  const figures =
    limit === null
      ? `${format(used)}${unit ? ` ${unit}` : ""} used, no limit`
      : `${format(used)} of ${format(limit)}${unit ? ` ${unit}` : ""} used`;
  return (
    <div className="min-w-0">
      <div className="mb-1.5 flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span className="text-ink">{label}</span>
        <span className="text-muted text-xs">
          {figures}
          {requested > 0 && `, ${format(requested)} more asked for`}
        </span>
      </div>
      {limit !== null && limit > 0 && (
        <Bar
          parts={[
            { share: used / limit, kind: verdict?.kind ?? "quiet" },
            { share: requested / limit, kind: verdict?.kind ?? "quiet", hatched: true },
          ]}
        />
      )}
      <div className="mt-1 flex items-center justify-between gap-3 text-xs">
        <span className="text-faint">{hint}</span>
        {limit !== null && (
          <span className={verdict ? stateColors[verdict.kind] : "text-faint"}>
            {verdict && <StateGlyph kind={verdict.kind} className="mr-1 inline" />}
            {verdict?.text ?? `${format(limit - after)} left`}
          </span>
        )}
      </div>
    </div>
  );

  function verdictOf(
    total: number,
    most: number | null,
    asked: number,
  ): { kind: StateKind; text: string } | undefined {
    if (most === null) return undefined;
    if (total > most) return { kind: "critical", text: `${format(total - most)} over the limit` };
    if (total === most)
      return { kind: "attention", text: asked > 0 ? "uses all that is left" : "none left" };
    return undefined;
  }
}
