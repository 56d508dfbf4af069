"use client";

import { Button } from "#components/ui/button";
import { FormMessage } from "#components/ui/form-message";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  token: string;
  label: string;
  /** Where it leads. */
  to: string;
  accept: (input: { token: string }) => Promise<Result<unknown, Refusal>>;
};

/** Accepts an invitation for the account that is signed in, and leads to what it opened. */
export function AcceptButton({ token, label, to, accept }: Props) {
  const submission = useSubmission();
  return (
    <>
      <FormMessage message={submission.message} />
      <Button
        variant="primary"
        pending={submission.pending}
        pendingLabel="Joining…"
        onClick={() =>
          submission.send(
            () => accept({ token }),
            () => window.location.assign(to),
          )
        }
      >
        {label}
      </Button>
    </>
  );
}
