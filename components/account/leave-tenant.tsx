"use client";

import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type Leave = (input: { tenantId: Id<"tenant"> }) => Promise<Result<unknown, Refusal>>;

type Props = {
  tenant: { tenantId: Id<"tenant">; name: string };
  disabledReason?: string | null;
  leave: Leave;
  /** Where to go then; who stays on the page sees what is left. */
  next?: string;
};

/** The way out of a tenant, which is asked once more. */
export function LeaveTenant({ tenant, disabledReason, leave, next }: Props) {
  const { tenantId, name } = tenant;
  const confirm = async () => {
    const why = await whyRefused(() => leave({ tenantId }));
    if (!why && next) window.location.assign(next);
    return why;
  };
  return (
    <ConfirmDialog
      trigger={
        <Button
          size="sm"
          variant="danger-quiet"
          aria-label={`Leave ${name}`}
          disabledReason={disabledReason}
        >
          Leave
        </Button>
      }
      title={`Leave ${name}?`}
      consequences={[
        { verb: "Takes", text: "the tenant and all its projects from you, at once." },
        {
          verb: "Keeps",
          text: "environments that you launched, with the SSH keys these accept, for those who stay.",
        },
      ]}
      confirmName={name}
      confirmLabel="Leave"
      pendingLabel="Leaving…"
      onConfirm={confirm}
    />
  );
}
