"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { secretOf, textOf } from "#lib/client/form-values";
import { signIn } from "#lib/client/sign-in";
import { useSubmission } from "#lib/client/use-submission";
import { shortestPassword } from "#lib/domain/access/password-rules";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result } from "#lib/domain/result";
import type { JoinInput } from "#lib/schemas/invitation";

type Props = {
  token: string;
  email: string;
  label: string;
  /** Where it leads. */
  to: string;
  join: (input: JoinInput) => Promise<Result<unknown, Refusal>>;
};

/** Makes an account for the address that was invited, signs in to it, and leads to what it opened. */
export function JoinForm({ token, email, label, to, join }: Props) {
  const submission = useSubmission();
  // The link works once: when only the sign-in after it was refused, that alone is tried again.
  const [joined, setJoined] = useState(false);
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const password = secretOf(form, "password");
        submission.send(
          async () => {
            const name = textOf(form, "name");
            const done = joined ? ok(undefined) : await join({ token, name, password });
            if (!done.ok) return done;
            setJoined(true);
            return signIn(email, password);
          },
          () => window.location.assign(to),
        );
      }}
    >
      <Field label="Email address">
        <Input name="email" type="email" value={email} readOnly autoComplete="username" />
      </Field>
      <Field label="Your name" required error={submission.errorOf("name")}>
        <Input name="name" autoComplete="name" maxLength={100} />
      </Field>
      <Field
        label="Password"
        required
        hint={`At least ${shortestPassword} characters. A few unrelated words do well.`}
        error={submission.errorOf("password")}
      >
        <Input name="password" type="password" autoComplete="new-password" maxLength={128} />
      </Field>
      <FormMessage message={submission.message} />
      <Button type="submit" variant="primary" pending={submission.pending} pendingLabel="Joining…">
        {label}
      </Button>
    </form>
  );
}
