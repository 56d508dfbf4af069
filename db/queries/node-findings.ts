import { and, desc, eq, ne } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { nodeChanges, nodeFindings } from "#db/schema/node-findings";
import { nodes } from "#db/schema/nodes";
import type { Id } from "#lib/domain/id";
import type { InventoryChange } from "#lib/domain/node/inventory-change";

type Reader = Database | Transaction;

/** Keeps what the latest discovery of a node found, in the place of what the one before did. */
export async function keepFindings(
  tx: Transaction,
  nodeId: Id<"node">,
  found: Omit<typeof nodeFindings.$inferInsert, "nodeId">,
): Promise<void> {
  await tx
    .insert(nodeFindings)
    .values({ nodeId, ...found })
    .onConflictDoUpdate({ target: nodeFindings.nodeId, set: found });
}

export async function insertChanges(
  tx: Transaction,
  input: { nodeId: Id<"node">; operationId: Id<"operation">; changes: InventoryChange[] },
): Promise<void> {
  if (input.changes.length > 0) await tx.insert(nodeChanges).values(input);
}

/** What the last discovery found; undefined before the first. */
export async function findFindings(db: Reader, nodeId: Id<"node">) {
  const [row] = await db.select().from(nodeFindings).where(eq(nodeFindings.nodeId, nodeId));
  return row;
}

/** The latest changes of a node, newest first. */
export function listChanges(db: Reader, nodeId: Id<"node">, limit: number) {
  return db
    .select()
    .from(nodeChanges)
    .where(eq(nodeChanges.nodeId, nodeId))
    .orderBy(desc(nodeChanges.id))
    .limit(limit);
}

/**
 * Another node that is not retired and has the same serial number. To be asked after the node's own
 * is stored: of two nodes that come at once, one at least then finds the other.
 */
export async function findSameSerial(
  db: Reader,
  node: { id: Id<"node">; serial: string | null },
): Promise<{ name: string; controllerAddress: string } | undefined> {
  if (node.serial === null) return undefined;
  const [row] = await db
    .select({ name: nodes.name, controllerAddress: nodes.controllerAddress })
    .from(nodes)
    .where(
      and(ne(nodes.id, node.id), ne(nodes.lifecycle, "retired"), eq(nodes.serial, node.serial)),
    )
    .orderBy(nodes.createdAt)
    .limit(1);
  return row;
}
