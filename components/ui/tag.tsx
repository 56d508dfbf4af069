import type { ReactNode } from "react";
import { classNames } from "#lib/client/class-names";

/** A short fact beside a name: a role, a version, a type. Not for states: those are StateBadge. */
export function Tag({
  children,
  mono,
  className,
}: {
  children: ReactNode;
  mono?: boolean;
  className?: string;
}) {
  return (
    <span
      className={classNames(
        "inline-flex items-center rounded-sm border border-line bg-sunken px-1.5 text-muted text-xs leading-[1.125rem] whitespace-nowrap",
        mono && "font-mono",
        className,
      )}
    >
      {children}
    </span>
  );
}
