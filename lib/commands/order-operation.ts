import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { announceWork, insertOperations, logLine } from "#db/queries/operations";
import { startEndHooks } from "#db/queries/settlement";
import { operations } from "#db/schema/operations";
import { rollBack } from "#lib/commands/roll-back";
import { type ActorId, type Id, newId } from "#lib/domain/id";
import { nodeOperationFor, type OperationOnNodes } from "#lib/domain/operation/operation";

/** For whom an operation is ordered: a person by their grant, or nobody, when a lease is over. */
export type OrderedBy = {
  tenantId: Id<"tenant">;
  projectId: Id<"project">;
  actorId: ActorId | null;
  actorName: string;
};

export type OrderedNode = {
  nodeId: Id<"node">;
  nodeName: string;
  /** The allocation's. */
  id: Id<"allocation">;
  /** Not to be begun before; absent: at once. */
  notBefore?: Date;
};

/**
 * Orders an environment's operation: one row for the whole and one for each node, which workers
 * carry out, with the first line of its log; workers and open pages are told at commit. With no
 * node to work on the operation has succeeded as it is written.
 *
 * Rolls the transaction back when an operator's operation is on one of the nodes.
 */
export async function orderOperation(
  tx: Transaction,
  by: OrderedBy,
  order: {
    kind: OperationOnNodes;
    environmentId: Id<"environment">;
    nodes: readonly OrderedNode[];
    requestKey: string;
    /** What was asked for, in words. */
    message: string;
  },
): Promise<Id<"operation">> {
  const common = {
    tenantId: by.tenantId,
    projectId: by.projectId,
    environmentId: order.environmentId,
    requestedBy: by.actorId,
    requestedByName: by.actorName,
  };
  const parentId = newId("operation");
  const whole = { ...common, id: parentId, kind: order.kind, requestKey: order.requestKey };
  const parts = order.nodes.map((node) => ({
    ...common,
    id: newId("operation"),
    kind: nodeOperationFor[order.kind],
    parentId,
    nodeId: node.nodeId,
    allocationId: node.id,
    runAfter: node.notBefore,
  }));
  await insertOperations(tx, [whole, ...parts]).catch((error: unknown) => {
    if (!isNodeBusy(error)) throw error;
    const names = order.nodes.map((node) => node.nodeName).join(", ");
    return rollBack({
      kind: "not_now",
      // Which of several is nobody's to tell: the database hides rows that are not the tenant's.
      reason: `An operator is working on ${order.nodes.length > 1 ? "one of " : ""}${names} at the moment.`,
      advice: "Try again in a few minutes.",
    });
  });
  const { tenantId, environmentId } = common;
  await logLine(
    tx,
    { id: parentId, tenantId, environmentId, nodeId: null, step: null },
    { message: order.message },
  );
  if (order.nodes.length === 0) {
    await tx
      .update(operations)
      .set({ state: "succeeded", finishedAt: sql`now()` })
      .where(eq(operations.id, parentId));
    await startEndHooks(tx, {
      id: parentId,
      environmentId: order.environmentId,
      kind: order.kind,
      state: "succeeded",
    });
  }
  await announceWork(tx, `environment:${order.environmentId}`);
  return parentId;
}

/** Postgres 23505 on the index that allows one live operation per node; drizzle wraps it as the cause. */
function isNodeBusy(error: unknown): boolean {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  return (
    typeof cause === "object" &&
    cause !== null &&
    "constraint" in cause &&
    cause.constraint === "operations_one_live_per_node"
  );
}
