"use client";

import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { secretOf, textOf } from "#lib/client/form-values";
import { signIn } from "#lib/client/sign-in";
import { useSubmission } from "#lib/client/use-submission";
import { shortestPassword } from "#lib/domain/access/password-rules";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { CreateFirstOperatorInput } from "#lib/schemas/account";

type Props = {
  token: string;
  create: (input: CreateFirstOperatorInput) => Promise<Result<unknown, Refusal>>;
};

/** Makes the first operator and signs them in. */
export function SetupForm({ token, create }: Props) {
  const submission = useSubmission();
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const email = textOf(form, "email");
        const password = secretOf(form, "password");
        submission.send(
          async () => {
            const made = await create({ token, email, password, name: textOf(form, "name") });
            return made.ok ? signIn(email, password) : made;
          },
          () => window.location.assign("/fleet"),
        );
      }}
    >
      <Field label="Your name" required error={submission.errorOf("name")}>
        <Input name="name" autoComplete="name" autoFocus maxLength={100} />
      </Field>
      <Field label="Email address" required error={submission.errorOf("email")}>
        <Input name="email" type="email" autoComplete="username" maxLength={254} />
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
      <Button
        type="submit"
        variant="primary"
        pending={submission.pending}
        pendingLabel="Creating the account…"
      >
        Create the first operator
      </Button>
    </form>
  );
}
