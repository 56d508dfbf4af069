import type { Transaction } from "#db/client";
import { supersedeOperations } from "#db/queries/environment-operations";
import { type EnvironmentRow, moveEnvironment } from "#db/queries/environments";
import { closeAllocations, type HeldNode, lockHeldNodes } from "#db/queries/held-nodes";
import { moveNode } from "#db/queries/nodes";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { type OrderedBy, orderOperation } from "#lib/commands/order-operation";
import type { Id } from "#lib/domain/id";
import { mayMove } from "#lib/domain/node/lifecycle";

/** What was given back, for the audit log. */
export type GivenBack = {
  operationId: Id<"operation">;
  detail: { from: string; nodes: string[]; gpusFreed: number; operationsSuperseded: number };
};

/**
 * Gives back every node of an environment whose row the caller holds, and which is not being released
 * yet: what is under way is superseded, the quota is free from this commit on, and every node goes to
 * be reclaimed and wiped. `why` is written to what it supersedes, `message` to the log.
 */
export async function giveBack(
  tx: Transaction,
  by: OrderedBy,
  environment: EnvironmentRow,
  order: { requestKey: string; why: string; message: (held: readonly HeldNode[]) => string },
): Promise<GivenBack> {
  const busyUntil = await supersedeOperations(tx, environment.id, order.why);
  const held = await lockHeldNodes(tx, environment.id);
  // A node that an operator has taken aside stays aside: it is wiped before anyone gets it.
  const reclaimed = held.filter((node) => mayMove(node.lifecycle, "releasing"));
  // First the nodes, then the allocations: holding a node is what lets a tenant change it.
  for (const node of reclaimed) {
    await moveNode(tx, node.nodeId, [node.lifecycle], "releasing");
  }
  await closeAllocations(
    tx,
    held.map((node) => node.id),
  );
  await moveEnvironment(tx, environment, reclaimed.length > 0 ? "releasing" : "released");
  if (reclaimed.length === 0) {
    await notifyOfEnvironment(tx, environment.id, (place) => [
      { kind: "environment.released", audience: "project", data: { ...place, reason: null } },
    ]);
  }
  const operationId = await orderOperation(tx, by, {
    kind: "environment.release",
    environmentId: environment.id,
    // A worker may still be in a call to the controller; it cannot be once its lease is over.
    nodes: reclaimed.map((node) => ({ ...node, notBefore: busyUntil.get(node.nodeId) })),
    requestKey: order.requestKey,
    message: order.message(held),
  });
  return {
    operationId,
    detail: {
      from: environment.state,
      nodes: held.map((node) => node.nodeName),
      gpusFreed: held.reduce((sum, node) => sum + node.gpus, 0),
      operationsSuperseded: busyUntil.size,
    },
  };
}
