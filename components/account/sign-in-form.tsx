"use client";

import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { secretOf, textOf } from "#lib/client/form-values";
import { signIn } from "#lib/client/sign-in";
import { useSubmission } from "#lib/client/use-submission";
import { ok } from "#lib/domain/result";

/** Email address and password. `next` is a path of our own; quiet beside other ways to sign in. */
export function SignInForm({ next, quiet = false }: { next: string; quiet?: boolean }) {
  const submission = useSubmission();
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        submission.send(
          async () => {
            const result = await signIn(textOf(form, "email"), secretOf(form, "password"));
            if (result.ok) return ok(next);
            return result.refusal.kind === "second_factor_due"
              ? ok(`/second-factor?next=${encodeURIComponent(next)}`)
              : result;
          },
          // A full load: nothing drawn for nobody is kept.
          (path) => window.location.assign(path),
        );
      }}
    >
      <Field label="Email address" required error={submission.errorOf("email")}>
        <Input
          name="email"
          type="email"
          autoComplete="username"
          autoFocus={!quiet}
          maxLength={254}
        />
      </Field>
      <Field label="Password" required error={submission.errorOf("password")}>
        <Input name="password" type="password" autoComplete="current-password" maxLength={128} />
      </Field>
      <FormMessage message={submission.message} />
      <Button
        type="submit"
        variant={quiet ? "secondary" : "primary"}
        pending={submission.pending}
        pendingLabel="Signing in…"
      >
        Sign in
      </Button>
    </form>
  );
}
