"use client";

import { Field } from "#components/ui/field";
import { Select } from "#components/ui/select";
import { leasesWithin, leaseWords } from "#lib/domain/environment/lease";

type Props = {
  label: string;
  hint: string;
  /** The longest lease that may be chosen, in hours; null for any, and for none. */
  longest: number | null;
  value: number | null;
  onValueChange: (hours: number | null) => void;
  error?: string;
};

/** Chooses how long an environment may stay. */
export function LeaseField({ label, hint, longest, value, onValueChange, error }: Props) {
  const options = leasesWithin(longest).map((hours) => ({
    value: String(hours),
    label: leaseWords(hours),
  }));
  const noEnd = { value: "", label: "No end, until it is released" };
  return (
    <Field label={label} hint={hint} error={error}>
      <Select
        value={value === null ? "" : String(value)}
        onChange={(event) =>
          onValueChange(event.target.value === "" ? null : Number(event.target.value))
        }
        options={longest === null ? [noEnd, ...options] : options}
      />
    </Field>
  );
}
