"use client";

import { useRef } from "react";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { notify } from "#components/ui/toaster";
import { secretOf } from "#lib/client/form-values";
import { formatQuantity } from "#lib/client/format";
import { useSubmission } from "#lib/client/use-submission";
import { shortestPassword } from "#lib/domain/access/password-rules";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ChangePasswordInput } from "#lib/schemas/account";

type Props = {
  /** Someone else made the present password. */
  isOneTime?: boolean;
  change: (input: ChangePasswordInput) => Promise<Result<{ endedSessions: number }, Refusal>>;
};

/** Replaces the present password by a new one. */
export function PasswordForm({ isOneTime = false, change }: Props) {
  const submission = useSubmission();
  const form = useRef<HTMLFormElement>(null);
  return (
    <form
      ref={form}
      className="flex max-w-sm flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const entered = new FormData(event.currentTarget);
        submission.send(
          () =>
            change({
              currentPassword: secretOf(entered, "currentPassword"),
              newPassword: secretOf(entered, "newPassword"),
            }),
          ({ endedSessions }) => {
            if (isOneTime) return window.location.assign("/");
            form.current?.reset();
            notify("Password changed", {
              kind: "ok",
              detail:
                endedSessions > 0
                  ? `${formatQuantity(endedSessions, "other session")} ended.`
                  : undefined,
            });
          },
        );
      }}
    >
      <Field
        label={isOneTime ? "One-time password" : "Present password"}
        required
        error={submission.errorOf("currentPassword")}
      >
        <Input
          name="currentPassword"
          type="password"
          autoComplete="current-password"
          autoFocus={isOneTime}
          maxLength={128}
        />
      </Field>
      <Field
        label="New password"
        required
        hint={`At least ${shortestPassword} characters. A few unrelated words do well.`}
        error={submission.errorOf("newPassword")}
      >
        <Input name="newPassword" type="password" autoComplete="new-password" maxLength={128} />
      </Field>
      <FormMessage message={submission.message} />
      <Button
        type="submit"
        variant={isOneTime ? "primary" : "secondary"}
        pending={submission.pending}
        pendingLabel="Changing…"
        className="self-start"
      >
        {isOneTime ? "Set my password" : "Change password"}
      </Button>
    </form>
  );
}
