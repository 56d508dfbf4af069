import { and, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
import { nodeTypes } from "#db/schema/nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeNodeTypeInput } from "#lib/schemas/node-type";

/**
 * Changes what a node type expects. Nodes keep the differences found when they were last looked at;
 * the new expectation counts from their next discovery on.
 */
export async function changeNodeType(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: ChangeNodeTypeInput,
): Promise<Result<void, RefusalOf<"not_found" | "name_taken">>> {
  return withGrant(db, grant, async (tx) => {
    const [before] = await tx
      .select()
      .from(nodeTypes)
      .where(eq(nodeTypes.id, input.nodeTypeId))
      .for("no key update");
    if (!before) return refuse({ kind: "not_found", resource: "node type" });
    const [namesake] = await tx
      .select({ id: nodeTypes.id })
      .from(nodeTypes)
      .where(and(eq(nodeTypes.name, input.name), ne(nodeTypes.id, input.nodeTypeId)));
    if (namesake) return refuse({ kind: "name_taken", resource: "node type", name: input.name });
    await tx
      .update(nodeTypes)
      .set({ name: input.name, spec: input.spec })
      .where(eq(nodeTypes.id, input.nodeTypeId));
    await recordAudit(tx, grant, {
      action: "node_type.change",
      object: { kind: "node_type", id: input.nodeTypeId, name: input.name },
      detail: { before: { name: before.name, spec: before.spec }, after: input.spec },
    });
    return ok(undefined);
  });
}
