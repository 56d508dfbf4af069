import type { ReactNode } from "react";
import { classNames } from "#lib/client/class-names";

export type EmptyStateProps = {
  /** What is not there yet: "No nodes yet". */
  title: string;
  /** What it would be good for, and the one thing to do next. */
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
};

/** An empty list that teaches one next action. */
export function EmptyState({ title, children, action, className }: EmptyStateProps) {
  return (
    <div className={classNames("flex flex-col items-start gap-3 px-4 py-8 sm:px-6", className)}>
      <div className="max-w-prose">
        <p className="font-medium text-base text-ink">{title}</p>
        {children && <div className="mt-1 text-muted text-sm">{children}</div>}
      </div>
      {action}
    </div>
  );
}
