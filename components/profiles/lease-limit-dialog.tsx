"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { optionalNumberOf } from "#lib/client/form-values";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  profile: { name: string; longestLeaseHours: number | null };
  save: (longestLeaseHours: number | null) => Promise<Result<unknown, Refusal>>;
};

/** Changes how long environments may keep nodes of a profile. */
export function LeaseLimitDialog({ profile, save }: Props) {
  return (
    <FormDialog
      trigger={
        <Button size="sm" aria-label={`Change the longest lease of ${profile.name}`}>
          Lease
        </Button>
      }
      title={`Longest lease of ${profile.name}`}
      description="Environments with nodes of it end by then, unless somebody extends them. What runs keeps the end it has."
      submitLabel="Save"
      pendingLabel="Saving…"
      send={(form) => save(optionalNumberOf(form, "longestLeaseHours"))}
    >
      {(errorOf) => (
        <Field
          label="Hours"
          optional
          hint="As in 168 for a week. Empty: environments may stay until somebody releases them."
          error={errorOf("longestLeaseHours")}
        >
          <Input
            type="number"
            name="longestLeaseHours"
            min={1}
            max={8760}
            defaultValue={profile.longestLeaseHours ?? ""}
          />
        </Field>
      )}
    </FormDialog>
  );
}
