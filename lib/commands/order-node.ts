import { and, eq, inArray } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { isNodeHeld } from "#db/queries/held-nodes";
import type { NodeRow } from "#db/queries/nodes";
import { insertOperation, wakeWorkers } from "#db/queries/operations";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { orderWords } from "#lib/domain/inspection/order";
import { type NodeOrder, whyNotOrder } from "#lib/domain/node/order";
import { liveOperationStates } from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { OrderNodeInput } from "#lib/schemas/node";

const kinds = {
  verify: "node.enrol",
  sanitize: "node.sanitize",
  inspect: "node.inspect",
  rotate: "node.rotate_credential",
} as const satisfies Record<NodeOrder, string>;

/**
 * Queues a verification, a wipe or an inspection of a node that no tenant holds, or a new password
 * for the controller of any node.
 */
export async function orderNode(
  db: Database,
  grant: Grant<"node.operate">,
  input: OrderNodeInput,
): Promise<Result<{ operationId: Id<"operation"> }, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const node = await lockNode(tx, input.nodeId);
    if (!node) return refuse({ kind: "not_found", resource: "node" });
    const reason = whyNotOrder(input.order, node, await holdsOn(tx, node.id));
    if (reason) return refuse({ kind: "not_now", reason, advice: "" });
    const operationId = await insertOperation(tx, {
      kind: kinds[input.order],
      nodeId: node.id,
      ...(input.order === "inspect" && { input: { inspection: input.inspection } }),
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
    });
    await recordAudit(tx, grant, {
      // A verification is an enrolment done again, and not called one.
      action: input.order === "verify" ? "node.verify" : kinds[input.order],
      object: { kind: "node", id: node.id, name: node.name },
      ...(input.order === "inspect" && { detail: { ordered: orderWords(input.inspection) } }),
    });
    await wakeWorkers(tx);
    return ok({ operationId });
  });
}

/** Holds a node's row until the transaction ends. */
export async function lockNode(tx: Transaction, id: Id<"node">): Promise<NodeRow | undefined> {
  const [node] = await tx.select().from(nodes).where(eq(nodes.id, id)).for("no key update");
  return node;
}

/** Whether an operation is at work on the node or waits to be, and whether a tenant holds it. */
export async function holdsOn(
  tx: Transaction,
  nodeId: Id<"node">,
): Promise<{ isBusy: boolean; isHeld: boolean }> {
  const live = await tx
    .select({ id: operations.id })
    .from(operations)
    .where(and(eq(operations.nodeId, nodeId), inArray(operations.state, [...liveOperationStates])));
  return { isBusy: live.length > 0, isHeld: await isNodeHeld(tx, nodeId) };
}
