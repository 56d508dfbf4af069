import { and, asc, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { heldInOrder, type OperationRow } from "#db/queries/operations";
import { operations } from "#db/schema/operations";
import type { Id } from "#lib/domain/id";
import { liveOperationStates } from "#lib/domain/operation/operation";

/** The operation a tenant's earlier request made, by the key the browser gave it. */
export async function findOperationByRequestKey(
  tx: Transaction,
  tenantId: Id<"tenant">,
  requestKey: string,
): Promise<OperationRow | undefined> {
  const [row] = await tx
    .select()
    .from(operations)
    .where(and(eq(operations.tenantId, tenantId), eq(operations.requestKey, requestKey)));
  return row;
}

/** The environment's own latest operation: the one whose nodes' operations are its children. */
export async function findLastEnvironmentOperation(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<OperationRow | undefined> {
  const [row] = await tx
    .select()
    .from(operations)
    .where(and(eq(operations.environmentId, environmentId), isNull(operations.nodeId)))
    .orderBy(desc(operations.createdAt), desc(operations.id))
    .limit(1);
  return row;
}

/** The operations on nodes that carry one environment operation out. */
export async function listChildren(
  tx: Transaction,
  parentId: Id<"operation">,
): Promise<OperationRow[]> {
  return tx
    .select()
    .from(operations)
    .where(eq(operations.parentId, parentId))
    .orderBy(asc(operations.nodeId));
}

/** Launches that have no node yet: their hooks come first. */
export const isOpening = and(
  eq(operations.kind, "environment.launch"),
  eq(operations.state, "running"),
  sql`not exists (select from operations part where part.parent_id = ${operations.id})`,
);

/** The environment's launch that has no node yet, if there is one, held until the transaction ends. */
export async function lockOpening(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<OperationRow | undefined> {
  const [row] = await tx
    .select()
    .from(operations)
    .where(and(eq(operations.environmentId, environmentId), isOpening))
    .for("no key update");
  return row;
}

/** The launches that have no node yet and whose hooks of that point have ended, oldest first. */
export async function listOpened(
  db: Database,
): Promise<Pick<OperationRow, "id" | "tenantId" | "projectId" | "environmentId">[]> {
  const { id, tenantId, projectId, environmentId } = operations;
  return db
    .select({ id, tenantId, projectId, environmentId })
    .from(operations)
    .where(
      and(
        isOpening,
        sql`not exists (select from hook_runs run where run.operation_id = ${operations.id}
          and run.round = 0 and run.state in ('ready', 'running', 'waiting'))`,
      ),
    )
    .orderBy(asc(operations.id));
}

/**
 * Asks every live operation on the environment's nodes to be taken back, and makes each due now.
 * Gives how many are live, and how many had not been asked before.
 */
export async function requestAbort(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<{ live: number; asked: number }> {
  const live = await tx
    .select({ id: operations.id, abortRequested: operations.abortRequested })
    .from(operations)
    .where(and(liveOf(environmentId), sql`${operations.nodeId} is not null`))
    .orderBy(asc(operations.id))
    .for("no key update");
  const unasked = live.filter((row) => !row.abortRequested).map((row) => row.id);
  if (unasked.length > 0) {
    await tx
      .update(operations)
      .set({ abortRequested: true, runAfter: sql`now()` })
      .where(inArray(operations.id, unasked));
  }
  return { live: live.length, asked: unasked.length };
}

/**
 * Ends every live operation of the environment, its own and those on its nodes, whatever they are
 * doing. The raised fence makes sure that a worker in the middle of a step commits nothing more.
 * Gives, for each node, the moment until which such a worker may still be in a call to its
 * controller.
 */
export async function supersedeOperations(
  tx: Transaction,
  environmentId: Id<"environment">,
  reason: string,
): Promise<Map<Id<"node">, Date>> {
  const superseded = await tx
    .update(operations)
    .set({
      state: "superseded",
      reason,
      waitReason: null,
      fence: sql`${operations.fence} + 1`,
      finishedAt: sql`now()`,
    })
    .where(inArray(operations.id, heldInOrder(tx, liveOf(environmentId))))
    .returning({ nodeId: operations.nodeId, leaseUntil: operations.leaseUntil });
  const busyUntil = new Map<Id<"node">, Date>();
  for (const { nodeId, leaseUntil } of superseded) {
    if (nodeId && leaseUntil) busyUntil.set(nodeId, leaseUntil);
  }
  return busyUntil;
}

function liveOf(environmentId: Id<"environment">) {
  return and(
    eq(operations.environmentId, environmentId),
    inArray(operations.state, [...liveOperationStates]),
  );
}
