"use client";

import type { ComponentProps } from "react";
import { controlStyle } from "#components/ui/control-style";
import { useFieldControl } from "#components/ui/field";
import { classNames } from "#lib/client/class-names";

export type TextareaProps = ComponentProps<"textarea"> & {
  /** For keys, scripts, JSON. */
  mono?: boolean;
};

/** Several lines of text. Inside a Field it takes label, hint and error from it. */
export function Textarea({ mono, className, rows = 4, ...rest }: TextareaProps) {
  const field = useFieldControl();
  return (
    <textarea
      {...field}
      {...rest}
      rows={rows}
      className={classNames(controlStyle, "py-1.5", mono && "font-mono sm:text-xs", className)}
    />
  );
}
