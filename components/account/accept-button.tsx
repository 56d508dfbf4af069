"use client";

import { Button } from "#components/ui/button";
import { FormMessage } from "#components/ui/form-message";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  token: string;
  accept: (input: { token: string }) => Promise<Result<{ tenantSlug: string }, Refusal>>;
};

/** Accepts an invitation for the account that is signed in, and leads to the tenant. */
export function AcceptButton({ token, accept }: Props) {
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
            ({ tenantSlug }) => window.location.assign(`/${tenantSlug}`),
          )
        }
      >
        Join
      </Button>
    </>
  );
}
