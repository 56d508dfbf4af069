import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { startRuns } from "#db/queries/hook-runs";
import { announceWork, insertOperations, logLine, type NewOperation } from "#db/queries/operations";
import { startEndHooks } from "#db/queries/settlement";
import { operations } from "#db/schema/operations";
import { together } from "#db/together";
import { rollBack } from "#lib/commands/roll-back";
import { pointsWithoutNodes, type TemplateHook } from "#lib/domain/hook/hook";
import { type ActorId, type Id, newId } from "#lib/domain/id";
import {
  nodeOperationFor,
  type OperationInput,
  type OperationOnNodes,
} from "#lib/domain/operation/operation";

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
 * node to work on the operation has succeeded as it is written, but for one whose nodes are only taken
 * when hooks have said yes: the worker orders its parts then (`takeNodes`).
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
    /** Hooks that are asked before it has any node. */
    asksFirst?: readonly TemplateHook[];
    /** What it is told beside its kind. */
    input?: OperationInput;
  },
): Promise<Id<"operation">> {
  const { environmentId, nodes, asksFirst = [] } = order;
  const common = commonOf(by, environmentId);
  const parentId = newId("operation");
  const { kind, requestKey, input } = order;
  const whole = { ...common, id: parentId, kind, requestKey, ...(input ? { input } : {}) };
  const { tenantId } = common;
  await together(
    () => insertOrRollBack(tx, nodes, [whole, ...partsOf(by, { ...order, id: parentId }, nodes)]),
    () =>
      logLine(
        tx,
        { id: parentId, tenantId, environmentId, nodeId: null, step: null },
        { message: order.message },
      ),
    () => announceWork(tx, `environment:${environmentId}`),
  );
  if (asksFirst.length > 0) {
    await startRuns(tx, { environmentId, operationId: parentId, hooks: asksFirst, isGate: true });
  } else if (nodes.length === 0) {
    await tx
      .update(operations)
      .set({ state: "succeeded", finishedAt: sql`now()` })
      .where(eq(operations.id, parentId));
    await startEndHooks(tx, { id: parentId, environmentId }, pointsWithoutNodes(kind));
  }
  return parentId;
}

type Whole = { id: Id<"operation">; kind: OperationOnNodes; environmentId: Id<"environment"> };

/** Orders the parts of an operation that has none yet, on the nodes that were taken for it since. */
export async function orderParts(
  tx: Transaction,
  by: OrderedBy,
  whole: Whole,
  nodes: readonly OrderedNode[],
): Promise<void> {
  await insertOrRollBack(tx, nodes, partsOf(by, whole, nodes));
  await announceWork(tx, `environment:${whole.environmentId}`);
}

function partsOf(by: OrderedBy, whole: Whole, nodes: readonly OrderedNode[]): NewPart[] {
  return nodes.map((node) => ({
    ...commonOf(by, whole.environmentId),
    id: newId("operation"),
    kind: nodeOperationFor[whole.kind],
    parentId: whole.id,
    nodeId: node.nodeId,
    allocationId: node.id,
    ...(node.notBefore ? { runAfter: node.notBefore } : {}),
  }));
}

type NewPart = NewOperation & { id: Id<"operation"> };

function commonOf(by: OrderedBy, environmentId: Id<"environment">) {
  const { tenantId, projectId, actorId, actorName } = by;
  return { tenantId, projectId, environmentId, requestedBy: actorId, requestedByName: actorName };
}

async function insertOrRollBack(
  tx: Transaction,
  nodes: readonly OrderedNode[],
  rows: readonly NewPart[],
): Promise<void> {
  await insertOperations(tx, rows).catch((error: unknown) => {
    if (!isNodeBusy(error)) throw error;
    const names = nodes.map((node) => node.nodeName).join(", ");
    return rollBack({
      kind: "not_now",
      // Which of several is nobody's to tell: the database hides rows that are not the tenant's.
      reason: `An operator is working on ${nodes.length > 1 ? "one of " : ""}${names} at the moment.`,
      advice: "Try again in a few minutes.",
    });
  });
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
