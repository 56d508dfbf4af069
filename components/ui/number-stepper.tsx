"use client";

import { Minus, Plus } from "lucide-react";
import { useState } from "react";
import { controlStyle } from "#components/ui/control-style";
import { useFieldControl } from "#components/ui/field";
import { classNames } from "#lib/client/class-names";

export type NumberStepperProps = {
  name?: string;
  value?: number;
  defaultValue?: number;
  onValueChange?: (value: number) => void;
  min?: number;
  max?: number;
  step?: number;
  /** What is counted, after the box: "nodes", "GiB". */
  unit?: string;
  /** Only outside a Field. */
  "aria-label"?: string;
  className?: string;
};

/** A whole number with a button on either side; typing works as well. Values outside min..max are left to the form to refuse in words. */
export function NumberStepper({
  name,
  value,
  defaultValue = 0,
  onValueChange,
  min = 0,
  max,
  step = 1,
  unit,
  className,
  ...rest
}: NumberStepperProps) {
  const field = useFieldControl();
  const [text, setText] = useState(String(value ?? defaultValue));
  // A controlled value wins over what was typed, unless both say the same number ("" is not yet one).
  const shown = value !== undefined && text !== "" && Number(text) !== value ? String(value) : text;
  const current = Number(shown) || 0;

  function set(next: string) {
    setText(next);
    if (next !== "" && Number.isFinite(Number(next))) onValueChange?.(Number(next));
  }

  function move(by: number) {
    const next = Math.min(max ?? Number.POSITIVE_INFINITY, Math.max(min, current + by));
    set(String(next));
  }

  const side =
    "flex h-8 w-8 shrink-0 items-center justify-center border border-control bg-surface text-muted hover:bg-hover hover:text-ink aria-disabled:border-line aria-disabled:text-faint [&_svg]:size-3.5";
  return (
    <span className={classNames("inline-flex items-center gap-2.5", className)}>
      <span className="inline-flex">
        <button
          type="button"
          tabIndex={-1}
          aria-label={`One ${step === 1 ? "less" : "step less"}`}
          aria-disabled={current <= min || undefined}
          onClick={() => move(-step)}
          className={classNames(side, "rounded-l-md")}
        >
          <Minus aria-hidden="true" />
        </button>
        <input
          {...field}
          {...rest}
          type="number"
          inputMode="numeric"
          name={name}
          value={shown}
          min={min}
          max={max}
          step={step}
          onChange={(event) => set(event.target.value)}
          className={classNames(
            controlStyle,
            "-mx-px h-8 w-16 rounded-none text-center [-moz-appearance:textfield] focus-visible:z-10 [&::-webkit-inner-spin-button]:appearance-none",
          )}
        />
        <button
          type="button"
          tabIndex={-1}
          aria-label={`One ${step === 1 ? "more" : "step more"}`}
          aria-disabled={(max !== undefined && current >= max) || undefined}
          onClick={() => move(step)}
          className={classNames(side, "rounded-r-md")}
        >
          <Plus aria-hidden="true" />
        </button>
      </span>
      {unit && <span className="text-muted text-sm">{unit}</span>}
    </span>
  );
}
