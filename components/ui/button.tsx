"use client";

import type { VariantProps } from "class-variance-authority";
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { buttonStyle } from "#components/ui/button-style";
import { Tooltip } from "#components/ui/tooltip";
import { classNames } from "#lib/client/class-names";

// No `disabled`: a button that cannot be pressed says why.
export type ButtonProps = Omit<ComponentProps<"button">, "disabled"> &
  VariantProps<typeof buttonStyle> & {
    icon?: ReactNode;
    /** Work started by this button is under way; it keeps the focus and takes no second press. */
    pending?: boolean;
    /** What is being done, in place of the label: "Releasing…". */
    pendingLabel?: string;
    /** Why it cannot be pressed now, and what would change that. Null or empty: it can. */
    disabledReason?: string | null;
    /** Where the reason stands: on hover, focus and press (default), or always beside the button. */
    reasonPlacement?: "tooltip" | "beside";
  };

/** A button. Disabled only with a reason, which a pointer, a keyboard and a screen reader all get. */
export function Button({
  variant,
  size,
  icon,
  pending = false,
  pendingLabel,
  disabledReason,
  reasonPlacement = "tooltip",
  className,
  children,
  type = "button",
  onClick,
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const [reasonOpen, setReasonOpen] = useState(false);
  const blocked = Boolean(disabledReason);

  const button = (
    <button
      {...rest}
      type={type}
      className={classNames(buttonStyle({ variant, size }), className)}
      aria-disabled={blocked || pending || undefined}
      aria-busy={pending || undefined}
      aria-describedby={
        [rest["aria-describedby"], blocked && reasonId].filter(Boolean).join(" ") || undefined
      }
      onClick={(event) => {
        if (blocked || pending) {
          // aria-disabled does not stop a submit by itself.
          event.preventDefault();
          if (blocked) setReasonOpen(true);
          return;
        }
        onClick?.(event);
      }}
    >
      {pending ? <PendingMark /> : icon}
      {pending && pendingLabel ? pendingLabel : children}
    </button>
  );

  const reason = blocked && (
    <span id={reasonId} className={reasonPlacement === "beside" ? "text-muted text-xs" : "sr-only"}>
      {disabledReason}
    </span>
  );

  // The tree is the same whether blocked or not: a button that is blocked while it has the focus
  // must stay the same element, or the focus is lost.
  if (reasonPlacement === "beside") {
    return (
      <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
        {button}
        {reason}
      </span>
    );
  }
  return (
    <>
      <Tooltip content={disabledReason} open={blocked && reasonOpen} onOpenChange={setReasonOpen}>
        {button}
      </Tooltip>
      {reason}
    </>
  );
}

/** The mark of work under way; always beside words that say which. */
export function PendingMark() {
  return (
    <svg viewBox="0 0 16 16" fill="none" aria-hidden="true" className="size-3.5 animate-spin">
      <circle cx="8" cy="8" r="6" stroke="currentColor" strokeWidth="2" opacity=".25" />
      <path d="M14 8a6 6 0 0 0-6-6" stroke="currentColor" strokeWidth="2" />
    </svg>
  );
}
