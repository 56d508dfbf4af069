"use client";

import type { ComponentProps } from "react";
import { controlStyle } from "#components/ui/control-style";
import { useFieldControl } from "#components/ui/field";
import { classNames } from "#lib/client/class-names";

export type InputProps = ComponentProps<"input"> & {
  /** For ids, addresses, keys and commands. */
  mono?: boolean;
};

/** A line of text. Inside a Field it takes label, hint and error from it. */
export function Input({ mono, className, type = "text", ...rest }: InputProps) {
  const field = useFieldControl();
  return (
    <input
      {...field}
      {...rest}
      type={type}
      className={classNames(controlStyle, "h-8", mono && "font-mono", className)}
    />
  );
}
