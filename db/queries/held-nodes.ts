import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import type { Id } from "#lib/domain/id";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

type AllocationRow = typeof allocations.$inferSelect;

/** A live allocation with its node. */
export type HeldNode = AllocationRow & { nodeName: string; lifecycle: NodeLifecycle };

/** The nodes an environment holds now, by node id. */
export async function listHeldNodes(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<HeldNode[]> {
  return (await heldNodes(tx, environmentId)).map(flat);
}

/** As `listHeldNodes`, and holds the nodes' rows until the transaction ends. */
export async function lockHeldNodes(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<HeldNode[]> {
  return (await heldNodes(tx, environmentId).for("no key update", { of: nodes })).map(flat);
}

const heldNodes = (tx: Transaction, environmentId: Id<"environment">) =>
  tx
    .select({ allocation: allocations, nodeName: nodes.name, lifecycle: nodes.lifecycle })
    .from(allocations)
    .innerJoin(nodes, eq(nodes.id, allocations.nodeId))
    .where(and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)))
    // The order in which everyone locks nodes.
    .orderBy(asc(allocations.nodeId));

const flat = (row: {
  allocation: AllocationRow;
  nodeName: string;
  lifecycle: NodeLifecycle;
}): HeldNode => ({ ...row.allocation, nodeName: row.nodeName, lifecycle: row.lifecycle });

/** How many nodes an environment holds now. */
export async function countHeldNodes(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<number> {
  return tx.$count(
    allocations,
    and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)),
  );
}

/**
 * Starts allocations. They start by the wall clock and not by the start of the transaction, which
 * may have waited for a lock longer than the node's earlier allocation lasted.
 */
export async function insertAllocations(
  tx: Transaction,
  rows: readonly Omit<typeof allocations.$inferInsert, "startedAt" | "releasedAt">[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insert(allocations)
    .values(rows.map((row) => ({ ...row, startedAt: sql`clock_timestamp()` })));
}

/** Ends allocations: what they held no longer counts against any quota. */
export async function closeAllocations(
  tx: Transaction,
  ids: readonly Id<"allocation">[],
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(allocations)
    .set({ releasedAt: sql`clock_timestamp()` })
    .where(and(inArray(allocations.id, [...ids]), isNull(allocations.releasedAt)));
}

/** Whether a tenant holds the node, whatever state it is in. */
export async function isNodeHeld(db: Database | Transaction, nodeId: Id<"node">): Promise<boolean> {
  const [held] = await db
    .select({ id: allocations.id })
    .from(allocations)
    .where(and(eq(allocations.nodeId, nodeId), isNull(allocations.releasedAt)));
  return held !== undefined;
}
