"use client";

import type { ComponentProps } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { textOf } from "#lib/client/form-values";
import { makePasskey } from "#lib/client/passkey";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

type Made = Extract<Awaited<ReturnType<typeof makePasskey>>, { ok: true }>["value"];

export type PasskeyActs = {
  beginPasskey: Parameters<typeof makePasskey>[0];
  addPasskey: (input: {
    name: string;
    response: Made;
  }) => Promise<Result<{ recoveryCodes: string[] | null }, Refusal>>;
};

type Props = PasskeyActs & {
  /** Why there are none at this address. */
  disabledReason: string | null;
  variant?: ComponentProps<typeof Button>["variant"];
  /** Gets the recovery codes, which are made with the first second factor. */
  done: (recoveryCodes: string[] | null) => void;
};

/** Adds a passkey: a name for it, then whatever the browser asks. */
export function AddPasskey({ beginPasskey, addPasskey, disabledReason, variant, done }: Props) {
  return (
    <FormDialog
      trigger={
        <Button variant={disabledReason ? undefined : variant} disabledReason={disabledReason}>
          Add a passkey
        </Button>
      }
      title="Add a passkey"
      description="Your browser asks for your finger, your face or a PIN, and keeps the key on this device, in your password manager, or on a security key."
      submitLabel="Go on"
      pendingLabel="Waiting for your browser…"
      size="sm"
      send={async (form) => {
        const name = textOf(form, "name").trim();
        if (!name) return refuse({ kind: "invalid_input", fields: { name: "Enter a name." } });
        const made = await makePasskey(beginPasskey);
        if (!made.ok) return made;
        const added = await addPasskey({ name, response: made.value });
        if (!added.ok) return added;
        done(added.value.recoveryCodes);
        return ok(undefined);
      }}
    >
      {(errorOf) => (
        <Field
          label="Name"
          required
          hint="To know it by, as in: work laptop."
          error={errorOf("name")}
        >
          <Input name="name" maxLength={60} autoComplete="off" autoFocus />
        </Field>
      )}
    </FormDialog>
  );
}
