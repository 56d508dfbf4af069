"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { textOf } from "#lib/client/form-values";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { SetCurrencyInput } from "#lib/schemas/profile";

type Props = {
  currency: string;
  save: (input: SetCurrencyInput) => Promise<Result<unknown, Refusal>>;
};

/** Says what prices are told in, before the first is. */
export function CurrencyDialog({ currency, save }: Props) {
  return (
    <FormDialog
      trigger={<Button>Currency</Button>}
      title="Currency"
      description="All prices are told in one. It can be changed until the first price is entered."
      submitLabel="Save"
      pendingLabel="Saving…"
      send={(form) => save({ code: textOf(form, "code").toUpperCase() })}
    >
      {(errorOf) => (
        <Field
          label="Code"
          required
          error={errorOf("code")}
          hint="Three letters by ISO 4217, as in EUR."
        >
          <Input mono name="code" maxLength={3} autoComplete="off" defaultValue={currency} />
        </Field>
      )}
    </FormDialog>
  );
}
