"use client";

import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { EndHoldInput } from "#lib/schemas/hold";

/** Ends somebody's hold, for an operator who needs its nodes. */
export function TakeBackHold({
  hold,
  takeBack,
  disabledReason = null,
}: {
  hold: { id: Id<"hold">; heldBy: string; project: string };
  takeBack: (input: EndHoldInput) => Promise<Result<unknown, Refusal>>;
  disabledReason?: string | null;
}) {
  return (
    <ConfirmDialog
      trigger={
        <Button
          size="sm"
          disabledReason={disabledReason}
          aria-label={`Take back what is on hold for ${hold.heldBy}`}
        >
          Take back
        </Button>
      }
      title={`Take back what is on hold for ${hold.heldBy}?`}
      description="All nodes of this hold are free for everyone at once. It ends by itself in five minutes at most."
      consequences={[
        { verb: "Frees", text: "its nodes, and the quota that they took" },
        {
          verb: "Tells",
          text: `${hold.heldBy}, on the launch form, and the audit log of the tenant`,
        },
      ]}
      confirmLabel="Take back"
      pendingLabel="Taking back…"
      onConfirm={() => whyRefused(() => takeBack({ holdId: hold.id }))}
    />
  );
}
