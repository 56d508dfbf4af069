"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "#lib/client/class-names";

export type CheckboxProps = Omit<ComponentProps<"input">, "type" | "children"> & {
  label: ReactNode;
  hint?: ReactNode;
  /** Keeps the label for screen readers only: rows of a table. */
  labelHidden?: boolean;
};

/** A box to tick, its label always part of the target. */
export function Checkbox({ label, hint, labelHidden, className, ...rest }: CheckboxProps) {
  const id = useId();
  return (
    <label className={classNames("flex min-w-0 items-start gap-2.5 text-sm", className)}>
      <span className="relative mt-0.5 flex size-4 shrink-0">
        <input
          {...rest}
          type="checkbox"
          aria-describedby={hint ? `${id}-hint` : rest["aria-describedby"]}
          className="peer size-4 appearance-none rounded-sm border border-control bg-field checked:border-ink checked:bg-ink hover:border-muted disabled:border-line"
        />
        <svg
          viewBox="0 0 16 16"
          fill="none"
          aria-hidden="true"
          className="pointer-events-none absolute inset-0 hidden text-on-ink peer-checked:block"
        >
          <path d="m4 8.5 2.5 2.5L12 5.5" stroke="currentColor" strokeWidth="1.75" />
        </svg>
      </span>
      <span className={labelHidden ? "sr-only" : "min-w-0"}>
        <span className="text-ink">{label}</span>
        {hint && (
          <span id={`${id}-hint`} className="block text-muted text-xs">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}
