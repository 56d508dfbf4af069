"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { OneTimePassword } from "#components/members/one-time-password";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { textOf } from "#lib/client/form-values";
import type { TenantRole } from "#lib/domain/access/role";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { AddMemberInput } from "#lib/schemas/tenant";

type Props = {
  add: (input: AddMemberInput) => Promise<Result<{ oneTimePassword: string }, Refusal>>;
  mayMakeOwners: boolean;
};

export const tenantRoleWords: Record<TenantRole, string> = {
  owner: "Everything, and makes and unmakes owners.",
  admin: "Members, projects, quota split, and every project.",
  member: "Works in the projects they are given.",
  viewer: "Sees the projects they are given.",
};

/** Makes an account for someone new, and makes them a member of a tenant. */
export function AddMemberDialog({ add, mayMakeOwners }: Props) {
  // The form is gone when the password is shown.
  const [email, setEmail] = useState("");
  return (
    <FormDialog
      trigger={<Button variant="primary">Add a member</Button>}
      title="Add a member"
      description="Makes an account for someone who has none. Who has one joins by an invitation alone: it goes to them, and nobody here can tell who made their account."
      submitLabel="Add member"
      pendingLabel="Adding…"
      send={(form) => {
        setEmail(textOf(form, "email"));
        return add({
          email: textOf(form, "email"),
          name: textOf(form, "name"),
          role: textOf(form, "role") as TenantRole,
        });
      }}
      result={({ oneTimePassword }) => <OneTimePassword email={email} password={oneTimePassword} />}
    >
      {(errorOf) => (
        <>
          <Field label="Email address" required error={errorOf("email")}>
            <Input name="email" type="email" maxLength={254} autoComplete="off" />
          </Field>
          <Field label="Name" required error={errorOf("name")}>
            <Input name="name" maxLength={100} autoComplete="off" />
          </Field>
          <RadioCards
            name="role"
            legend="Role in the tenant"
            columns={2}
            defaultValue="member"
            error={errorOf("role")}
            options={(["member", "viewer", "admin", "owner"] as const).map((role) => ({
              value: role,
              title: role.charAt(0).toUpperCase() + role.slice(1),
              description: tenantRoleWords[role],
              disabledReason:
                role === "owner" && !mayMakeOwners ? "Only an owner makes owners." : null,
            }))}
          />
        </>
      )}
    </FormDialog>
  );
}
