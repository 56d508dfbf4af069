"use client";

import { FormDialog } from "#components/forms/form-dialog";
import type { Member, MemberEdit } from "#components/members/member";
import { OneTimePassword } from "#components/members/one-time-password";
import { Button } from "#components/ui/button";

type Props = { member: Member; reset: NonNullable<MemberEdit["resetPassword"]> };

/** Gives someone who lost their password a new one-time password. */
export function ResetPasswordDialog({ member, reset }: Props) {
  return (
    <FormDialog
      trigger={
        <Button size="sm" aria-label={`Reset the password of ${member.name}`}>
          Reset password
        </Button>
      }
      title={`Reset the password of ${member.name}?`}
      description="Their present password stops working and all their sessions end. You get a one-time password to hand to them; make sure it is really they who ask."
      submitLabel="Reset password"
      pendingLabel="Resetting…"
      send={() => reset({ userId: member.userId })}
      result={({ oneTimePassword }) => (
        <OneTimePassword email={member.email} password={oneTimePassword} />
      )}
    >
      {() => null}
    </FormDialog>
  );
}
