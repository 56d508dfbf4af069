"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { daysOf, type Member, type MemberEdit, termOptions } from "#components/members/member";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Select } from "#components/ui/select";
import { textOf } from "#lib/client/form-values";

type Props = { member: Member; setTerm: NonNullable<MemberEdit["setTerm"]> };

/** Says when a membership ends by itself. */
export function TermDialog({ member, setTerm }: Props) {
  const reason = member.manager
    ? `Their role is managed ${member.manager}.`
    : member.role === "owner"
      ? "An owner's membership does not end by itself."
      : null;
  return (
    <FormDialog
      trigger={
        <Button
          size="sm"
          disabledReason={reason}
          aria-label={`When the membership of ${member.name} ends`}
        >
          Ends
        </Button>
      }
      title={`When does ${member.name} stop being a member?`}
      description="From that moment every request of theirs is refused; until then nothing changes."
      submitLabel="Save"
      pendingLabel="Saving…"
      send={(form) => setTerm({ userId: member.userId, days: daysOf(textOf(form, "days")) })}
    >
      {(errorOf) => (
        <Field label="From now on" error={errorOf("days")}>
          <Select name="days" defaultValue="" options={termOptions} />
        </Field>
      )}
    </FormDialog>
  );
}
