"use client";

import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { whyRefused } from "#lib/client/ask";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = { name: string; remove: () => Promise<Result<unknown, Refusal>> };

/** Lets someone in again who lost their phone and their recovery codes. */
export function RemoveFactorDialog({ name, remove }: Props) {
  return (
    <ConfirmDialog
      trigger={
        <Button size="sm" aria-label={`Remove the second factor of ${name}`}>
          Remove second factor
        </Button>
      }
      title={`Remove the second factor of ${name}?`}
      description="For someone who lost it. Make sure it is really they who ask."
      consequences={[
        { verb: "Ends", text: "all their sessions." },
        { verb: "Leaves", text: "their account to whoever has their password." },
      ]}
      confirmLabel="Remove second factor"
      pendingLabel="Removing…"
      onConfirm={() => whyRefused(remove)}
    />
  );
}
