import { and, eq, inArray, ne, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { announce } from "#db/queries/operations";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import { hasSqlState } from "#db/sql-state";
import type { Id } from "#lib/domain/id";
import { mayMove, type NodeLifecycle } from "#lib/domain/node/lifecycle";

const uniqueViolation = "23505";

type Reader = Database | Transaction;
export type NodeRow = typeof nodes.$inferSelect;

/** The node, or undefined when it does not exist or is not this scope's to see. */
export async function findNode(db: Reader, id: Id<"node">): Promise<NodeRow | undefined> {
  const [row] = await db.select().from(nodes).where(eq(nodes.id, id));
  return row;
}

/**
 * Moves a node to another lifecycle state, if it is in one of the states given. False when it is
 * in another by now. Throws when the lifecycle has no such move: that is a bug.
 */
export async function moveNode(
  tx: Transaction,
  id: Id<"node">,
  from: readonly NodeLifecycle[],
  to: NodeLifecycle,
  reason: string | null = null,
): Promise<boolean> {
  return (await moveNodes(tx, [id], from, to, reason)) === 1;
}

/** As `moveNode`, for several at once. Gives how many were moved. */
export async function moveNodes(
  tx: Transaction,
  ids: readonly Id<"node">[],
  from: readonly NodeLifecycle[],
  to: NodeLifecycle,
  reason: string | null = null,
): Promise<number> {
  for (const state of from) {
    if (!mayMove(state, to)) throw new Error(`a node never moves from ${state} to ${to}`);
  }
  const moved = await tx
    .update(nodes)
    .set({
      lifecycle: to,
      lifecycleSince: sql`now()`,
      lifecycleReason: reason,
      generation: sql`${nodes.generation} + 1`,
    })
    .where(and(inArray(nodes.id, [...ids]), inArray(nodes.lifecycle, [...from])))
    .returning({ id: nodes.id });
  await announce(tx, ...moved.map(({ id }) => `node:${id}` as const));
  return moved.length;
}

/** Keeps what was last seen of a node: power, controller, inventory. */
export async function noteNode(
  db: Reader,
  id: Id<"node">,
  seen: Partial<typeof nodes.$inferInsert> | Record<string, unknown>,
): Promise<void> {
  await db.update(nodes).set(seen).where(eq(nodes.id, id));
}

/** What is one node's alone: its controller's UUID, and the MAC address it boots from. */
export type OwnMark = "controllerUuid" | "bootMac";

/**
 * Takes a mark for a node. Gives the node that has it already, or null when it is this one's now;
 * of two nodes that come at the same time, the database lets one have it.
 */
export async function claimMark(
  db: Database,
  id: Id<"node">,
  mark: OwnMark,
  value: string,
): Promise<{ name: string; controllerAddress: string } | null> {
  try {
    await db
      .update(nodes)
      .set({ [mark]: value })
      .where(eq(nodes.id, id));
    return null;
  } catch (error) {
    if (!hasSqlState(error, uniqueViolation)) throw error;
  }
  const [holder] = await db
    .select({ name: nodes.name, controllerAddress: nodes.controllerAddress })
    .from(nodes)
    .where(and(eq(nodes[mark], value), ne(nodes.id, id), ne(nodes.lifecycle, "retired")));
  // It was let go of between the two questions: the next try gets it.
  return holder ?? claimMark(db, id, mark, value);
}

/** The sealed credential of a node's controller; only the worker's role may read it. */
export async function findCredential(db: Reader, id: Id<"node">) {
  const [row] = await db
    .select()
    .from(controllerCredentials)
    .where(eq(controllerCredentials.nodeId, id));
  return row;
}

/** Marks a credential as one that was taken, unless it has been replaced since. */
export async function markCredentialGood(
  db: Reader,
  id: Id<"node">,
  version: number,
): Promise<void> {
  await db
    .update(controllerCredentials)
    .set({ state: "good" })
    .where(and(eq(controllerCredentials.nodeId, id), eq(controllerCredentials.version, version)));
}

/**
 * Notes that a controller has refused a sign-in, which nobody tries again then. Gives false, and notes
 * nothing, where it was replaced since or its change is under way: it is not the one in use.
 */
export async function noteRefusal(db: Reader, id: Id<"node">, version: number): Promise<boolean> {
  const rejected = await db
    .update(controllerCredentials)
    .set({ state: "rejected" })
    .where(
      and(
        eq(controllerCredentials.nodeId, id),
        eq(controllerCredentials.version, version),
        sql`not exists (select from password_rotations r where r.node_id = ${id} and r.state = 'sent')`,
      ),
    )
    .returning({ id: controllerCredentials.nodeId });
  if (rejected.length === 0) return false;
  await noteNode(db, id, { controllerState: "auth_failed", controllerStateAt: new Date() });
  return true;
}

/** The address a node reaches the boot server at, when its site has one of its own. */
export async function findBootOrigin(db: Reader, id: Id<"node">): Promise<string | null> {
  const [row] = await db
    .select({ bootOrigin: sites.bootOrigin })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .innerJoin(sites, eq(sites.id, racks.siteId))
    .where(eq(nodes.id, id));
  return row?.bootOrigin ?? null;
}
