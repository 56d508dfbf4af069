"use client";

import { type ReactNode, useId } from "react";
import { FieldGroup } from "#components/ui/field";
import { classNames } from "#lib/client/class-names";

export type RadioCard = {
  value: string;
  title: ReactNode;
  description?: ReactNode;
  /** At the end of the title's line: a price, how many are free. */
  meta?: ReactNode;
  /** Why it cannot be chosen. */
  disabledReason?: string | null;
};

export type RadioCardsProps = {
  name: string;
  legend: ReactNode;
  options: readonly RadioCard[];
  value?: string;
  defaultValue?: string;
  onValueChange?: (value: string) => void;
  columns?: 1 | 2 | 3;
  hint?: ReactNode;
  error?: string | null;
  required?: boolean;
};

const grids = { 1: "", 2: "sm:grid-cols-2", 3: "sm:grid-cols-2 xl:grid-cols-3" } as const;

/** One of a few, each with its consequences in view: the browser's radio buttons in cards. */
export function RadioCards({
  name,
  legend,
  options,
  value,
  defaultValue,
  onValueChange,
  columns = 1,
  hint,
  error,
  required,
}: RadioCardsProps) {
  const id = useId();
  return (
    <FieldGroup legend={legend} hint={hint} error={error}>
      <div className={classNames("grid gap-2", grids[columns])}>
        {options.map((option) => {
          const blocked = Boolean(option.disabledReason);
          const detailId = `${id}-${option.value}`;
          return (
            <label
              key={option.value}
              className={classNames(
                "flex min-w-0 items-start gap-2.5 rounded-md border border-line bg-surface px-3 py-2.5 transition-colors",
                "has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2",
                blocked
                  ? "cursor-not-allowed"
                  : "hover:border-control has-checked:border-accent has-checked:bg-accent/5",
              )}
            >
              <input
                type="radio"
                name={name}
                value={option.value}
                checked={value === undefined ? undefined : value === option.value}
                defaultChecked={value === undefined ? defaultValue === option.value : undefined}
                onChange={onValueChange && (() => onValueChange(option.value))}
                disabled={blocked}
                required={required}
                aria-describedby={option.description || blocked ? detailId : undefined}
                className="mt-0.5 size-4 shrink-0 appearance-none rounded-full border border-control bg-field checked:border-[5px] checked:border-accent focus-visible:outline-none disabled:border-line"
              />
              <span className="min-w-0 flex-1">
                <span className="flex flex-wrap items-baseline justify-between gap-x-3">
                  <span className={classNames("font-medium text-sm", blocked && "text-faint")}>
                    {option.title}
                  </span>
                  {option.meta && <span className="text-muted text-xs">{option.meta}</span>}
                </span>
                {(option.description || blocked) && (
                  <span id={detailId} className="mt-0.5 block text-muted text-xs">
                    {option.description}
                    {blocked && <span className="block text-faint">{option.disabledReason}</span>}
                  </span>
                )}
              </span>
            </label>
          );
        })}
      </div>
    </FieldGroup>
  );
}
