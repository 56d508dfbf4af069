import { and, desc, eq, inArray, ne, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { nodeChanges, nodeFindings } from "#db/schema/node-findings";
import { nodes } from "#db/schema/nodes";
import type { Id } from "#lib/domain/id";
import type { ControllerRecord } from "#lib/domain/node/controller-record";
import type { InventoryDpu } from "#lib/domain/node/inventory";
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

/** Remembers how a node in order was; nothing where it was never discovered. */
export async function keepRecord(
  tx: Transaction,
  nodeId: Id<"node">,
  record: ControllerRecord,
): Promise<void> {
  await tx.update(nodeFindings).set({ record }).where(eq(nodeFindings.nodeId, nodeId));
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

export type DpuPair = { serial: string; nodeId: Id<"node">; name: string };

/**
 * The nodes that a node's DPUs are, by their own controllers; or the host that it sits in when the
 * node is a DPU itself. Both sides tell the serial number of the card.
 */
export async function findDpuPairs(
  db: Reader,
  id: Id<"node">,
  dpus: readonly InventoryDpu[],
): Promise<DpuPair[]> {
  const others = and(ne(nodes.id, id), ne(nodes.lifecycle, "retired"));
  const cards = dpus.flatMap(({ isSelf, serial }) => (isSelf || serial === null ? [] : [serial]));
  const own = dpus.find(({ isSelf }) => isSelf)?.serial ?? null;
  const found: DpuPair[] = [];
  if (cards.length > 0) {
    const rows = await db
      .select({ nodeId: nodes.id, name: nodes.name, serial: nodes.serial })
      .from(nodes)
      .where(and(others, inArray(nodes.serial, cards)));
    for (const { serial, ...row } of rows) if (serial !== null) found.push({ serial, ...row });
  }
  if (own !== null) {
    const inside = JSON.stringify({ dpus: [{ serial: own, isSelf: false }] });
    const rows = await db
      .select({ nodeId: nodes.id, name: nodes.name })
      .from(nodes)
      .where(and(others, sql`${nodes.inventory} @> ${inside}::jsonb`));
    found.push(...rows.map((row) => ({ serial: own, ...row })));
  }
  return found;
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
