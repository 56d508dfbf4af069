"use client";

import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { controlStyle } from "#components/ui/control-style";
import { useFieldControl } from "#components/ui/field";
import { classNames } from "#lib/client/class-names";

export type SelectOption = {
  value: string;
  label: string;
  /** Said after the label; the option cannot be chosen. */
  disabledReason?: string | null;
};

export type SelectProps = Omit<ComponentProps<"select">, "children"> & {
  options: readonly SelectOption[];
  /** The first, empty choice: "Choose an image". */
  placeholder?: string;
};

/** The browser's own select, drawn as our controls: right on every phone and by every keyboard. */
export function Select({ options, placeholder, className, ...rest }: SelectProps) {
  const field = useFieldControl();
  return (
    <span className={classNames("relative block", className)}>
      <select {...field} {...rest} className={classNames(controlStyle, "h-8 appearance-none pr-8")}>
        {placeholder !== undefined && <option value="">{placeholder}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={Boolean(option.disabledReason)}>
            {option.disabledReason ? `${option.label} (${option.disabledReason})` : option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 right-2.5 size-3.5 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
