"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Textarea } from "#components/ui/textarea";
import { textOf } from "#lib/client/form-values";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { AddSshKeyInput } from "#lib/schemas/account";

type Props = {
  title: string;
  description: string;
  nameHint: string;
  disabledReason?: string | null;
  reasonPlacement?: "tooltip" | "beside";
  add: (input: AddSshKeyInput) => Promise<Result<unknown, Refusal>>;
};

/** Asks for a public key and what to call it: of a person or of a project. */
export function AddKey({
  title,
  description,
  nameHint,
  disabledReason,
  reasonPlacement,
  add,
}: Props) {
  const button = (
    <Button size="sm" disabledReason={disabledReason} reasonPlacement={reasonPlacement}>
      Add a key
    </Button>
  );
  if (disabledReason) return button;
  return (
    <FormDialog
      trigger={button}
      title={title}
      description={description}
      submitLabel="Add key"
      pendingLabel="Adding…"
      send={(form) => add({ name: textOf(form, "name"), publicKey: textOf(form, "publicKey") })}
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")} hint={nameHint}>
            <Input name="name" maxLength={60} autoComplete="off" />
          </Field>
          <Field
            label="Public key"
            required
            error={errorOf("publicKey")}
            hint={
              <>
                The line in <code className="font-mono">~/.ssh/id_ed25519.pub</code>. None yet? Run{" "}
                <code className="font-mono">ssh-keygen -t ed25519</code> first.
              </>
            }
          >
            <Textarea mono name="publicKey" rows={4} spellCheck={false} autoComplete="off" />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
