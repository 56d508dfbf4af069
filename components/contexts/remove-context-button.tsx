"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { ask } from "#lib/client/ask";
import { formatQuantity } from "#lib/client/format";
import type { Id } from "#lib/domain/id";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ContextInput } from "#lib/schemas/context";

type Props = {
  context: {
    id: Id<"context">;
    name: string;
    attachments: readonly { kind: string; name: string }[];
    environments: readonly unknown[];
  };
  remove: (input: ContextInput) => Promise<Result<unknown, Refusal>>;
};

/** Removes a config context that is attached to nothing. */
export function RemoveContextButton({ context, remove }: Props) {
  const router = useRouter();
  const { id, name, attachments, environments } = context;
  const holders = attachments.map((each) => `${each.kind} ${each.name}`).join(", ");
  return (
    <ConfirmDialog
      trigger={
        <Button
          variant="danger-quiet"
          disabledReason={attachments.length > 0 ? `It is attached to ${holders}.` : null}
        >
          Remove
        </Button>
      }
      title={`Remove ${name}?`}
      consequences={[
        { verb: "Removes", text: "its variables, files and secrets, for good." },
        {
          verb: "Keeps",
          text:
            environments.length === 0
              ? "nothing: no environment has it."
              : `what ${formatQuantity(environments.length, "environment")} got of it, to their release.`,
        },
      ]}
      confirmName={name}
      confirmLabel="Remove context"
      pendingLabel="Removing…"
      onConfirm={async () => {
        const result = await ask(() => remove({ contextId: id }));
        if (!result.ok) return refusalMessage(result.refusal);
        router.push("/fleet/contexts" as Route);
        return undefined;
      }}
    />
  );
}
