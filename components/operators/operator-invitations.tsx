"use client";

import { FormDialog } from "#components/forms/form-dialog";
import {
  InvitationLink,
  type Pending,
  type PendingEdit,
  PendingInvitations,
} from "#components/members/pending-invitations";
import { operatorWords } from "#components/operators/operator-words";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { textOf } from "#lib/client/form-values";
import { type OperatorRole, operatorRoles } from "#lib/domain/access/role";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { InviteOperatorInput } from "#lib/schemas/invitation";

type Invite = (input: InviteOperatorInput) => Promise<Result<{ path: string }, Refusal>>;

type Props = {
  invitations: (Pending & { role: OperatorRole })[];
  origin: string;
  /** Absent for those who may only look. */
  edit?: PendingEdit & { invite: Invite };
};

/** Who was invited to run or watch the fleet and has not come yet. */
export function OperatorInvitations({ invitations, origin, edit }: Props) {
  return (
    <PendingInvitations
      invitations={invitations}
      roleOf={({ role }) => operatorWords[role].title}
      origin={origin}
      about="An invitation is a link that makes its holder an operator, once."
      invite={edit && <InviteOperatorDialog origin={origin} invite={edit.invite} />}
      edit={edit}
    />
  );
}

/** Invites someone by a link that is shown once. */
function InviteOperatorDialog({ origin, invite }: { origin: string; invite: Invite }) {
  return (
    <FormDialog
      trigger={<Button variant="primary">Invite an operator</Button>}
      title="Invite an operator"
      description="They accept with the account that they have, or make one. Operators reach every tenant's hardware, and get no one's environments or keys."
      submitLabel="Make the link"
      pendingLabel="Making…"
      send={(form) =>
        invite({ email: textOf(form, "email"), role: textOf(form, "role") as OperatorRole })
      }
      result={({ path }) => <InvitationLink link={origin + path} />}
    >
      {(errorOf) => (
        <>
          <Field label="Email address" required error={errorOf("email")}>
            <Input name="email" type="email" maxLength={254} autoComplete="off" />
          </Field>
          <RadioCards
            name="role"
            legend="Role in the fleet"
            columns={2}
            defaultValue="fleet_viewer"
            error={errorOf("role")}
            options={operatorRoles.map((role) => ({ value: role, ...operatorWords[role] }))}
          />
        </>
      )}
    </FormDialog>
  );
}
