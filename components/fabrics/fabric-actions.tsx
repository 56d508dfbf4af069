"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { LinkButton } from "#components/ui/link-button";
import { Textarea } from "#components/ui/textarea";
import { whyRefused } from "#lib/client/ask";
import { textOf } from "#lib/client/form-values";
import type { FabricKind } from "#lib/domain/fabric/fabric";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { RemoveFabricInput } from "#lib/schemas/fabric";

type Props = {
  fabric: { id: Id<"fabric">; name: string; kind: FabricKind };
  /** Names of the nodes of an NVLink domain. */
  members: readonly string[];
  setMembers: (input: {
    fabricId: Id<"fabric">;
    nodes: string;
  }) => Promise<Result<unknown, Refusal>>;
  remove: (input: RemoveFabricInput) => Promise<Result<unknown, Refusal>>;
};

/** What an operator can do with a fabric: say what is on it, and forget it. */
export function FabricActions({ fabric, members, setMembers, remove }: Props) {
  return (
    <>
      {fabric.kind === "infiniband" ? (
        <LinkButton href={`/fleet/fabrics/${fabric.id}/places`} variant="primary">
          Place ports
        </LinkButton>
      ) : (
        <FormDialog
          trigger={<Button variant="primary">Assign nodes</Button>}
          title={`Nodes of ${fabric.name}`}
          description="Those whose GPUs are joined across nodes. What is within one node its controller tells by itself."
          submitLabel="Save"
          pendingLabel="Saving…"
          send={(form) => setMembers({ fabricId: fabric.id, nodes: textOf(form, "nodes") })}
        >
          {(errorOf) => (
            <Field
              label="Nodes"
              optional
              error={errorOf("nodes")}
              hint="Names, one a line or with commas between them. Empty: none."
            >
              <Textarea
                mono
                name="nodes"
                rows={10}
                spellCheck={false}
                defaultValue={members.join("\n")}
              />
            </Field>
          )}
        </FormDialog>
      )}
      <ConfirmDialog
        trigger={<Button variant="danger-quiet">Remove</Button>}
        title={`Remove ${fabric.name}?`}
        consequences={[
          { verb: "Forgets", text: "where its ports are plugged in, and which nodes are on it." },
          { verb: "Keeps", text: "the fabric itself, its partitions and every node as they are." },
        ]}
        confirmLabel="Remove fabric"
        pendingLabel="Removing…"
        onConfirm={() => whyRefused(() => remove({ fabricId: fabric.id }))}
      />
    </>
  );
}
