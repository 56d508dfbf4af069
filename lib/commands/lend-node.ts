import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { type Lendable, listLendable } from "#db/queries/lendable";
import { moveNode } from "#db/queries/nodes";
import { insertOperation } from "#db/queries/operations";
import { nodes } from "#db/schema/nodes";
import type { Grant } from "#lib/access/authorize";
import { lockNode } from "#lib/commands/order-node";
import type { Id } from "#lib/domain/id";
import { whyNotLend } from "#lib/domain/node/lend";
import type { Rehearsal } from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * The node, held until the transaction ends, and those of the places of a dry run that such a node can
 * stand at. Refused for a node that no tenant would be given or that is of no place's type.
 */
export async function findLent<Place extends { nodeType: string }>(
  tx: Transaction,
  nodeId: Id<"node">,
  places: readonly Place[],
): Promise<Result<{ node: Lendable; places: Place[] }, RefusalOf<"not_found" | "not_now">>> {
  // First the lock: whoever is quicker has moved it by the time that it is looked at.
  await lockNode(tx, nodeId);
  const [node] = await listLendable(tx, eq(nodes.id, nodeId));
  if (!node) return refuse({ kind: "not_found", resource: "node" });
  const reason = whyNotLend(
    node,
    places.map((place) => place.nodeType),
  );
  if (reason) {
    return refuse({
      kind: "not_now",
      reason,
      advice: "Lend another node, or wait until it is free.",
    });
  }
  return ok({ node, places: places.filter((place) => place.nodeType === node.nodeType) });
}

/** Orders what boots a node that was found for a dry run, and wipes it at the end: it is nobody else's from now on. */
export async function lendNode(
  tx: Transaction,
  grant: Grant<"node.operate">,
  node: Lendable,
  rehearsal: Rehearsal,
): Promise<Id<"operation">> {
  const operationId = await insertOperation(tx, {
    kind: "node.rehearse",
    nodeId: node.id,
    input: { rehearsal },
    requestedBy: grant.actorId,
    requestedByName: grant.actorName,
  });
  await moveNode(tx, node.id, ["available"], "reserved");
  return operationId;
}
