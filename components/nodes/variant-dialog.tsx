"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { DifferenceList } from "#components/nodes/difference-list";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Textarea } from "#components/ui/textarea";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Difference } from "#lib/domain/node/node-type";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Seen = Pick<Difference, "field" | "expected" | "found" | "words">;

export type AcceptVariant = (input: {
  nodeId: Id<"node">;
  differences: Pick<Difference, "field" | "words">[];
  reason: string;
}) => Promise<Result<unknown, Refusal>>;

/** Takes what differs from the node type as it is, for one node and with a reason. */
export function VariantDialog({
  node,
  differences,
  readOnly,
  accept,
}: {
  node: { id: Id<"node">; name: string };
  differences: readonly Seen[];
  readOnly: string | null;
  accept: AcceptVariant;
}) {
  return (
    <FormDialog
      trigger={
        <Button size="sm" disabledReason={readOnly}>
          Accept as a variant
        </Button>
      }
      title={`Accept ${node.name} as a variant`}
      description="These differences keep this node back no longer, for as long as both sides stay what they are. A failed node is verified again at once."
      submitLabel="Accept"
      pendingLabel="Saving…"
      send={(form) =>
        accept({
          nodeId: node.id,
          differences: differences.map(({ field, words }) => ({ field, words })),
          reason: textOf(form, "reason"),
        })
      }
    >
      {(errorOf) => (
        <>
          <DifferenceList differences={differences} />
          <Field
            label="Reason"
            required
            error={errorOf("reason")}
            hint="Kept with the node and in the audit log."
          >
            <Textarea name="reason" rows={2} maxLength={500} />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
