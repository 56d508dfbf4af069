"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { StopAskingInput } from "#lib/schemas/hook";

type Props = {
  run: { id: Id<"hookRun">; name: string; environment: { name: string } };
  stop: (input: StopAskingInput) => Promise<Result<unknown, Refusal>>;
};

/** Has a provider asked no more to take back what it made, with the reason typed. */
export function StopAskingDialog({ run, stop }: Props) {
  const what = `${run.name} of ${run.environment.name}`;
  return (
    <FormDialog
      trigger={
        <Button size="sm" variant="danger-quiet" aria-label={`Stop asking ${what}`}>
          Stop asking
        </Button>
      }
      title={`Stop asking ${what}?`}
      description="What its provider made for the environment may be there still: the hook has failed, counts as left over, and can be run again alone. What waits for it goes on."
      submitLabel="Stop asking"
      pendingLabel="Stopping…"
      send={(form) => stop({ hookRunId: run.id, reason: textOf(form, "reason") })}
    >
      {(errorOf) => (
        <Field
          label="Why"
          required
          hint="Kept with the run and in the audit log."
          error={errorOf("reason")}
        >
          <Input name="reason" maxLength={300} autoComplete="off" />
        </Field>
      )}
    </FormDialog>
  );
}
