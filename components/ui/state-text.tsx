import type { ReactNode } from "react";
import { RelativeTime } from "#components/ui/relative-time";
import { classNames } from "#lib/client/class-names";

/**
 * What a state means to the reader, whatever it is a state of: `ok`, `motion` (something works on
 * it), `attention` (someone should look), `critical` (broken), `neutral` (at rest, or not known).
 */
export type StateKind = "ok" | "motion" | "attention" | "critical" | "neutral";

export const stateColors = {
  ok: "text-ok",
  motion: "text-motion",
  attention: "text-attention",
  critical: "text-critical",
  neutral: "text-neutral",
} as const satisfies Record<StateKind, string>;

const shapes = {
  ok: <circle cx="5" cy="5" r="4" fill="currentColor" />,
  motion: (
    <>
      <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" />
      <path d="M5 1.5a3.5 3.5 0 0 1 0 7z" fill="currentColor" />
    </>
  ),
  attention: <path d="M5 .8 9.6 9H.4z" fill="currentColor" />,
  critical: <path d="M5 .2 9.8 5 5 9.8.2 5z" fill="currentColor" />,
  neutral: <circle cx="5" cy="5" r="3.25" fill="none" stroke="currentColor" strokeWidth="1.5" />,
} as const satisfies Record<StateKind, ReactNode>;

/** The shape that goes with a state's colour, for readers who do not see the colour. */
export function StateGlyph({ kind, className }: { kind: StateKind; className?: string }) {
  return (
    <svg
      viewBox="0 0 10 10"
      aria-hidden="true"
      className={classNames("size-2.5 shrink-0", stateColors[kind], className)}
    >
      {shapes[kind]}
    </svg>
  );
}

export type StateTextProps = {
  kind: StateKind;
  /** The state in a word or two; always shown. */
  word: string;
  /** ISO instant since when it is so; reads "for 3 min". */
  since?: string | null;
  /** Where it stands: step `n` of `of`. */
  step?: { n: number; of: number } | null;
  /** What happens next, or why it is so. */
  detail?: ReactNode;
  className?: string;
};

/** State + since + step n of m + what next: the one way a state is told. */
export function StateText({ kind, word, since, step, detail, className }: StateTextProps) {
  return (
    <div className={classNames("min-w-0", className)}>
      <div className="flex flex-wrap items-baseline gap-x-1.5">
        <span className="inline-flex items-baseline gap-x-1.5">
          <StateGlyph kind={kind} className="self-center" />
          <span className={classNames("font-medium", stateColors[kind])}>{word}</span>
        </span>
        {since && (
          <span className="text-faint text-xs">
            <RelativeTime at={since} form="for" />
          </span>
        )}
        {step && (
          <span className="text-faint text-xs">
            step {step.n} of {step.of}
          </span>
        )}
      </div>
      {detail && <div className="mt-0.5 break-words text-muted text-xs">{detail}</div>}
    </div>
  );
}

/** A state in a line of text or a table cell: glyph and word, no more. */
export function StateBadge({
  kind,
  word,
  className,
}: Pick<StateTextProps, "kind" | "word" | "className">) {
  return (
    <span className={classNames("inline-flex items-center gap-1.5 whitespace-nowrap", className)}>
      <StateGlyph kind={kind} />
      <span className={stateColors[kind]}>{word}</span>
    </span>
  );
}
