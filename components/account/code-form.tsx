"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { textOf } from "#lib/client/form-values";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  /** A path of our own, to go to when one is in. */
  next: string;
  /** False: recovery codes are all there is to type. */
  hasApp: boolean;
  /** Beside another way that comes first. */
  quiet: boolean;
  finish: (input: { code: string }) => Promise<Result<unknown, Refusal>>;
};

/** The second step of signing in: a code of the app, or a recovery code. */
export function CodeForm({ next, hasApp, quiet, finish }: Props) {
  const [recovers, setRecovers] = useState(!hasApp);
  const submission = useSubmission();
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const code = textOf(new FormData(event.currentTarget), "code");
        submission.send(
          () => finish({ code }),
          // A full load: nothing drawn for nobody is kept.
          () => window.location.assign(next),
        );
      }}
    >
      <Field
        key={String(recovers)}
        label={recovers ? "Recovery code" : "Code of your authenticator app"}
        required
        hint={recovers ? "Four groups of four. It works once." : "Six digits."}
        error={submission.errorOf("code")}
      >
        <Input
          name="code"
          mono
          inputMode={recovers ? "text" : "numeric"}
          autoComplete={recovers ? "off" : "one-time-code"}
          spellCheck={false}
          autoFocus={!quiet}
          maxLength={40}
        />
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
      {hasApp && (
        <Button
          variant="ghost"
          size="sm"
          className="self-center"
          onClick={() => {
            submission.clear();
            setRecovers(!recovers);
          }}
        >
          {recovers ? "Use the app's code" : "Use a recovery code"}
        </Button>
      )}
    </form>
  );
}
