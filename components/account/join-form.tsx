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
  join: (input: JoinInput) => Promise<Result<{ tenantSlug: string }, Refusal>>;
};

/** Makes an account for the address that was invited, signs in to it, and leads to the tenant. */
export function JoinForm({ token, email, join }: Props) {
  const submission = useSubmission();
  // The link works once: when only the sign-in after it was refused, that alone is tried again.
  const [joined, setJoined] = useState<{ tenantSlug: string }>();
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
            const done = joined
              ? ok(joined)
              : await join({ token, name: textOf(form, "name"), password });
            if (!done.ok) return done;
            setJoined(done.value);
            const signedIn = await signIn(email, password);
            return signedIn.ok ? done : signedIn;
          },
          ({ tenantSlug }) => window.location.assign(`/${tenantSlug}`),
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
        Join
      </Button>
    </form>
  );
}
