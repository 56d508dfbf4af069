import type { Database } from "#db/client";
import { noteNode } from "#db/queries/nodes";
import { announce } from "#db/queries/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { lockNode } from "#lib/commands/order-node";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { WithdrawVariantInput } from "#lib/schemas/node";

/** Takes back that a node may differ: its next comparison stops at what was accepted. */
export async function withdrawVariant(
  db: Database,
  grant: Grant<"node.enrol">,
  { nodeId }: WithdrawVariantInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const node = await lockNode(tx, nodeId);
    if (!node) return refuse({ kind: "not_found", resource: "node" });
    if (node.acceptedDifferences.length === 0) return ok(undefined);
    await noteNode(tx, node.id, { acceptedDifferences: [] });
    await recordAudit(tx, grant, {
      action: "node.withdraw_variant",
      object: { kind: "node", id: node.id, name: node.name },
      detail: { fields: node.acceptedDifferences.map(({ field }) => field) },
    });
    await announce(tx, `node:${node.id}`);
    return ok(undefined);
  });
}
