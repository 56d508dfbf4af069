"use client";

import { createContext, type ReactNode, useContext, useId } from "react";
import { classNames } from "#lib/client/class-names";

type FieldContext = { id: string; describedBy?: string; invalid: boolean; required: boolean };

const Context = createContext<FieldContext | null>(null);

export type FieldProps = {
  label: ReactNode;
  /** What to enter and why; stays visible. */
  hint?: ReactNode;
  /** What is wrong with what was entered, and what to do. */
  error?: string | null;
  required?: boolean;
  /** Says "optional" after the label. */
  optional?: boolean;
  /** Beside the label, at the end of its line: a link, a count. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
};

/** A labelled control: wires label, hint and error to the one Input, Select, … inside it. */
export function Field({
  label,
  hint,
  error,
  required = false,
  optional,
  aside,
  className,
  children,
}: FieldProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [error && errorId, hint && hintId].filter(Boolean).join(" ") || undefined;
  return (
    <Context value={{ id, describedBy, invalid: Boolean(error), required }}>
      <div className={classNames("flex min-w-0 flex-col gap-1.5", className)}>
        <div className="flex items-baseline justify-between gap-3">
          <label htmlFor={id} className="font-medium text-ink text-sm">
            {label}
            {optional && <span className="font-normal text-faint text-xs"> optional</span>}
          </label>
          {aside && <span className="text-faint text-xs">{aside}</span>}
        </div>
        {children}
        {error && (
          <p id={errorId} className="flex gap-1.5 text-critical text-xs">
            <span aria-hidden="true">◆</span>
            {error}
          </p>
        )}
        {hint && (
          <p id={hintId} className="text-muted text-xs">
            {hint}
          </p>
        )}
      </div>
    </Context>
  );
}

/** What a control inside a Field puts on its element; empty outside one. */
export function useFieldControl() {
  const field = useContext(Context);
  if (!field) return {};
  return {
    id: field.id,
    "aria-describedby": field.describedBy,
    "aria-invalid": field.invalid || undefined,
    required: field.required || undefined,
  };
}

export type FieldGroupProps = {
  legend: ReactNode;
  hint?: ReactNode;
  error?: string | null;
  children: ReactNode;
  className?: string;
};

/** Several controls that answer one question: a fieldset with its legend. */
export function FieldGroup({ legend, hint, error, children, className }: FieldGroupProps) {
  const id = useId();
  const describedBy = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <fieldset
      aria-describedby={describedBy || undefined}
      className={classNames("flex min-w-0 flex-col gap-2", className)}
    >
      <legend className="mb-1.5 font-medium text-ink text-sm">{legend}</legend>
      {children}
      {error && (
        <p id={`${id}-error`} className="flex gap-1.5 text-critical text-xs">
          <span aria-hidden="true">◆</span>
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-xs">
          {hint}
        </p>
      )}
    </fieldset>
  );
}
