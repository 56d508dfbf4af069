import type { Database } from "#db/client";
import { noteNode } from "#db/queries/nodes";
import { announce, insertOperation, wakeWorkers } from "#db/queries/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { holdsOn, lockNode } from "#lib/commands/order-node";
import { whyNotOrder } from "#lib/domain/node/order";
import { isSameDifference } from "#lib/domain/node/variant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AcceptVariantInput } from "#lib/schemas/node";

/**
 * Takes differences of one node from its node type as they are: the next comparison passes over
 * them, for as long as both sides stay what they were. A node that had failed is verified again.
 * Refuses what the node does not differ in now.
 */
export async function acceptVariant(
  db: Database,
  grant: Grant<"node.enrol">,
  input: AcceptVariantInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const node = await lockNode(tx, input.nodeId);
    if (!node) return refuse({ kind: "not_found", resource: "node" });
    const accepted = node.differences.filter((difference) =>
      input.differences.some((read) => isSameDifference(read, difference)),
    );
    if (accepted.length < input.differences.length) {
      return refuse({
        kind: "not_now",
        reason: "The node differs in another way by now.",
        advice: "Read what this page says and accept that, or leave it.",
      });
    }
    const kept = node.acceptedDifferences.filter(
      (earlier) => !accepted.some((difference) => isSameDifference(earlier, difference)),
    );
    const at = new Date().toISOString();
    await noteNode(tx, node.id, {
      acceptedDifferences: [
        ...kept,
        ...accepted.map(({ field, expected, found, words }) => ({
          ...{ field, expected, found, words },
          ...{ reason: input.reason, by: grant.actorName, at },
        })),
      ],
    });
    await recordAudit(tx, grant, {
      action: "node.accept_variant",
      object: { kind: "node", id: node.id, name: node.name },
      detail: {
        reason: input.reason,
        differences: accepted.map(({ field, expected, found }) => ({ field, expected, found })),
      },
    });
    // What was in its way is gone: it is looked at again at once, where it may be.
    if (!whyNotOrder("verify", node, await holdsOn(tx, node.id))) {
      await insertOperation(tx, {
        kind: "node.enrol",
        nodeId: node.id,
        requestedBy: grant.actorId,
        requestedByName: grant.actorName,
      });
      await wakeWorkers(tx);
    }
    await announce(tx, `node:${node.id}`);
    return ok(undefined);
  });
}
