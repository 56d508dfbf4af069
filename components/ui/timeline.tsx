import type { ReactNode } from "react";
import { Countdown, RelativeTime } from "#components/ui/relative-time";
import { StateGlyph, type StateKind, stateColors } from "#components/ui/state-text";
import { classNames } from "#lib/client/class-names";
import { formatTook } from "#lib/client/format";

export type TimelineStepState =
  | "pending"
  | "active"
  | "waiting"
  | "done"
  | "skipped"
  | "failed"
  | "undoing"
  | "undone";

export type TimelineStep = {
  id: string;
  title: string;
  state: TimelineStepState;
  /** ISO instant. */
  startedAt?: string | null;
  endedAt?: string | null;
  /** How long it usually takes. */
  typicalMs?: number | null;
  /** From the second attempt on it is shown. */
  attempt?: number;
  /** What it waits for, or why it failed. */
  reason?: string | null;
  /** ISO instant of the next try. */
  nextTryAt?: string | null;
  detail?: ReactNode;
};

const looks = {
  pending: { kind: "neutral", word: "Not started" },
  active: { kind: "motion", word: "Running" },
  waiting: { kind: "motion", word: "Waiting" },
  done: { kind: "ok", word: "Done" },
  skipped: { kind: "neutral", word: "Skipped" },
  failed: { kind: "critical", word: "Failed" },
  undoing: { kind: "attention", word: "Taking back" },
  undone: { kind: "neutral", word: "Taken back" },
} as const satisfies Record<TimelineStepState, { kind: StateKind; word: string }>;

/** The steps of a change, from first to last: state, time taken beside the usual time, and what it waits for. */
export function Timeline({ label, steps }: { label: string; steps: readonly TimelineStep[] }) {
  return (
    <ol aria-label={label} className="text-sm">
      {steps.map((step, index) => (
        <li
          key={step.id}
          className="relative grid grid-cols-[1rem_minmax(0,1fr)] gap-x-3 pb-3 last:pb-0"
        >
          {index < steps.length - 1 && (
            <span
              aria-hidden="true"
              className="absolute top-5 bottom-[-3px] left-[7.5px] w-px bg-line"
            />
          )}
          <span className="flex h-5 items-center justify-center">
            <StateGlyph kind={looks[step.state].kind} />
          </span>
          <StepBody step={step} />
        </li>
      ))}
    </ol>
  );
}

function StepBody({ step }: { step: TimelineStep }) {
  const look = looks[step.state];
  const quiet = step.state === "pending" || step.state === "skipped";
  return (
    <div className="min-w-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className={classNames(quiet ? "text-muted" : "font-medium text-ink")}>
            {step.title}
          </span>
          <span className={classNames("text-xs", stateColors[look.kind])}>{look.word}</span>
          {(step.attempt ?? 1) > 1 && (
            <span className="text-faint text-xs">attempt {step.attempt}</span>
          )}
        </span>
        <span className="text-faint text-xs">
          <StepTime step={step} />
        </span>
      </div>
      {(step.reason || step.nextTryAt) && (
        <p
          className={classNames(
            "text-xs",
            step.state === "failed" ? "text-critical" : "text-muted",
          )}
        >
          {step.reason}
          {step.nextTryAt && (
            <>
              {step.reason && ", "}next try <Countdown until={step.nextTryAt} />
            </>
          )}
        </p>
      )}
      {step.detail && <div className="mt-1">{step.detail}</div>}
    </div>
  );
}

function StepTime({ step }: { step: TimelineStep }) {
  const typical = step.typicalMs ? formatTook(step.typicalMs) : null;
  if (step.startedAt && step.endedAt) {
    const took = formatTook(Date.parse(step.endedAt) - Date.parse(step.startedAt));
    return typical ? `${took}, usually ${typical}` : took;
  }
  if (step.startedAt) {
    return (
      <>
        <RelativeTime at={step.startedAt} form="for" />
        {typical && `, usually ${typical}`}
      </>
    );
  }
  return typical ? `usually ${typical}` : null;
}
