import type { Database } from "#db/client";
import { nodeTypes } from "#db/schema/nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateNodeTypeInput } from "#lib/schemas/node-type";

/** Says what hardware a kind of node is expected to have. */
export async function createNodeType(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: CreateNodeTypeInput,
): Promise<Result<{ nodeTypeId: Id<"nodeType"> }, RefusalOf<"name_taken">>> {
  const id = newId("nodeType");
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(nodeTypes)
      .values({ id, name: input.name, spec: input.spec })
      .onConflictDoNothing({ target: nodeTypes.name })
      .returning({ id: nodeTypes.id });
    if (made.length === 0) {
      return refuse({ kind: "name_taken", resource: "node type", name: input.name });
    }
    await recordAudit(tx, grant, {
      action: "node_type.create",
      object: { kind: "node_type", id, name: input.name },
      detail: { spec: input.spec },
    });
    return ok({ nodeTypeId: id });
  });
}
