import type { ReactNode } from "react";
import { StateGlyph, type StateKind, stateColors } from "#components/ui/state-text";
import { classNames } from "#lib/client/class-names";

export type CalloutProps = {
  kind: StateKind;
  /** What is so. */
  title: ReactNode;
  /** Why, and what to do. */
  children?: ReactNode;
  action?: ReactNode;
  /** "alert" for what appears after an act and must be heard; none for what the page came with. */
  role?: "alert" | "status";
  className?: string;
};

const frames = {
  ok: "border-l-ok",
  motion: "border-l-motion",
  attention: "border-l-attention",
  critical: "border-l-critical",
  neutral: "border-l-neutral",
} as const satisfies Record<StateKind, string>;

/** Something the reader should know before going on: what is so, then what to do. */
export function Callout({ kind, title, children, action, role, className }: CalloutProps) {
  return (
    <div
      role={role}
      className={classNames(
        "flex flex-wrap items-start justify-between gap-x-6 gap-y-2 rounded-md border border-line border-l-2 bg-surface px-3.5 py-2.5 text-sm",
        frames[kind],
        className,
      )}
    >
      <div className="flex min-w-0 max-w-prose gap-2.5">
        <StateGlyph kind={kind} className="mt-[5px]" />
        <div className="min-w-0">
          <p
            className={classNames(
              "font-medium",
              kind === "neutral" ? "text-ink" : stateColors[kind],
            )}
          >
            {title}
          </p>
          {children && <div className="mt-0.5 text-muted">{children}</div>}
        </div>
      </div>
      {action}
    </div>
  );
}
