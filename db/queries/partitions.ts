import { and, asc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { nodePartitions, siteFabricManagers } from "#db/schema/networks";
import { nodes } from "#db/schema/nodes";
import { poolItems, poolRanges, pools } from "#db/schema/pools";
import type { Id } from "#lib/domain/id";
import type { PoolRange } from "#lib/domain/pool/pool";

type Reader = Database | Transaction;

export type NodePartitionRow = typeof nodePartitions.$inferSelect;
export type FabricManagerRow = typeof siteFabricManagers.$inferSelect;

/** The fabric manager of a site, its sealed password with it: the worker's role alone may read that. */
export async function findFabricManager(
  db: Reader,
  siteId: Id<"site">,
): Promise<FabricManagerRow | undefined> {
  const [row] = await db
    .select()
    .from(siteFabricManagers)
    .where(eq(siteFabricManagers.siteId, siteId));
  return row;
}

export async function findNodePartition(
  db: Reader,
  nodeId: Id<"node">,
): Promise<NodePartitionRow | undefined> {
  const [row] = await db.select().from(nodePartitions).where(eq(nodePartitions.nodeId, nodeId));
  return row;
}

/** The P_Key that an environment holds at a site, if its template asked for one. */
export async function findPkey(
  db: Reader,
  environmentId: Id<"environment">,
  siteId: Id<"site">,
): Promise<number | null> {
  const [row] = await db
    .select({ value: poolItems.value })
    .from(poolItems)
    .where(
      and(
        eq(poolItems.environmentId, environmentId),
        eq(poolItems.kind, "pkey"),
        eq(poolItems.scope, siteId),
        isNull(poolItems.endedAt),
      ),
    );
  return row ? Number(row.value) : null;
}

/** Until the end of the transaction nobody else enters, removes, or begins to use a site's manager. */
export async function lockFabricManager(tx: Transaction, siteId: Id<"site">): Promise<void> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`fabric-manager|${siteId}`}, 0))`,
  );
}

/**
 * Writes which partition a node's ports are to be in, before it is made so. Gives false, and writes
 * nothing, when the site's fabric manager has been removed meanwhile.
 */
export async function intendPartition(
  db: Database,
  nodeId: Id<"node">,
  intent: {
    siteId: Id<"site">;
    environmentId: Id<"environment">;
    pkey: number;
    guids: string[];
  },
): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockFabricManager(tx, intent.siteId);
    if (!(await findFabricManager(tx, intent.siteId))) return false;
    const changing = { ...intent, isWanted: true, isChanging: true };
    await tx
      .insert(nodePartitions)
      .values({ nodeId, ...changing })
      .onConflictDoUpdate({ target: nodePartitions.nodeId, set: changing });
    return true;
  });
}

/** Writes that a node's ports are to leave their partition, before they do. */
export async function intendLeave(db: Reader, nodeId: Id<"node">): Promise<void> {
  await db
    .update(nodePartitions)
    .set({ isWanted: false, isChanging: true })
    .where(eq(nodePartitions.nodeId, nodeId));
}

/** Writes that it is as it should be. Of ports that have left, no trace remains but the time. */
export async function settlePartition(tx: Transaction, nodeId: Id<"node">): Promise<void> {
  const leftOr = (kept: unknown, none: unknown) =>
    sql`case when ${nodePartitions.isWanted} then ${kept} else ${none} end`;
  await tx
    .update(nodePartitions)
    .set({
      isChanging: false,
      seenAt: sql`now()`,
      drift: null,
      driftSince: null,
      environmentId: leftOr(nodePartitions.environmentId, sql`null`),
      pkey: leftOr(nodePartitions.pkey, sql`null`),
      guids: leftOr(nodePartitions.guids, sql`'[]'::jsonb`),
    })
    .where(eq(nodePartitions.nodeId, nodeId));
}

/** What nobody is changing, at sites that have a fabric manager, site by site. */
export async function listRestingPartitions(db: Reader): Promise<NodePartitionRow[]> {
  const rows = await db
    .select({ partition: nodePartitions })
    .from(nodePartitions)
    .innerJoin(siteFabricManagers, eq(siteFabricManagers.siteId, nodePartitions.siteId))
    .where(and(eq(nodePartitions.isChanging, false), isNotNull(nodePartitions.pkey)))
    .orderBy(asc(nodePartitions.siteId), asc(nodePartitions.nodeId));
  return rows.map((row) => row.partition);
}

/** What the P_Key pools of a site hold: partitions that are Ingot's to give. */
export async function listPkeyRanges(db: Reader, siteId: Id<"site">): Promise<PoolRange[]> {
  return db
    .select({ first: poolRanges.first, last: poolRanges.last })
    .from(poolRanges)
    .innerJoin(pools, eq(pools.id, poolRanges.poolId))
    .where(and(eq(pools.siteId, siteId), eq(pools.kind, "pkey")));
}

/** Writes what was seen, unless somebody has begun to change it since it was listed. */
export async function notePartition(
  db: Reader,
  partition: NodePartitionRow,
  seen: { isRead: boolean; drift: string | null },
): Promise<void> {
  await db
    .update(nodePartitions)
    .set({
      ...(seen.isRead ? { seenAt: sql`now()` } : {}),
      drift: seen.drift,
      driftSince: seen.drift
        ? sql`case when ${nodePartitions.drift} is null then now() else ${nodePartitions.driftSince} end`
        : null,
    })
    .where(
      and(
        eq(nodePartitions.nodeId, partition.nodeId),
        eq(nodePartitions.isChanging, false),
        sql`${nodePartitions.pkey} is not distinct from ${partition.pkey}::integer`,
      ),
    );
}

/** Nodes whose ports are not in the partition they should be in, longest first. */
export async function listDriftingPartitions(tx: Transaction) {
  return tx
    .select({
      node: { id: nodes.id, name: nodes.name },
      drift: nodePartitions.drift,
      since: nodePartitions.driftSince,
    })
    .from(nodePartitions)
    .innerJoin(nodes, eq(nodes.id, nodePartitions.nodeId))
    .where(isNotNull(nodePartitions.drift))
    .orderBy(asc(nodePartitions.driftSince));
}

/** The nodes of a site whose ports are, or may be, in an environment's partition, by name. */
export async function listPartitioned(tx: Transaction, siteId: Id<"site">): Promise<string[]> {
  const rows = await tx
    .select({ name: nodes.name })
    .from(nodePartitions)
    .innerJoin(nodes, eq(nodes.id, nodePartitions.nodeId))
    .where(and(eq(nodePartitions.siteId, siteId), isNotNull(nodePartitions.environmentId)))
    .orderBy(asc(nodes.name));
  return rows.map((row) => row.name);
}
