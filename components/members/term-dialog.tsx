"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { daysOf, type Member, type MemberEdit, termOptions } from "#components/members/member";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { RelativeTime } from "#components/ui/relative-time";
import { Select } from "#components/ui/select";
import { textOf } from "#lib/client/form-values";
import { refuse } from "#lib/domain/result";

type Props = { member: Member; setTerm: NonNullable<MemberEdit["setTerm"]> };

/** No answer yet: what is so is not changed by pressing Save. */
const unchosen = "?";

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
      description={
        <>
          {member.until ? (
            <>
              Now it ends <RelativeTime at={member.until} />.{" "}
            </>
          ) : (
            "Now it does not end. "
          )}
          From that moment every request of theirs is refused; until then nothing changes.
        </>
      }
      submitLabel="Save"
      pendingLabel="Saving…"
      send={async (form) => {
        const choice = textOf(form, "days");
        return choice === unchosen
          ? refuse({ kind: "invalid_input", fields: { days: "Choose how long." } })
          : setTerm({ userId: member.userId, days: daysOf(choice) });
      }}
    >
      {(errorOf) => (
        <Field label="From now on" error={errorOf("days")}>
          <Select
            name="days"
            defaultValue={unchosen}
            options={[{ value: unchosen, label: "Choose how long" }, ...termOptions]}
          />
        </Field>
      )}
    </FormDialog>
  );
}
