import { and, asc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { nodePorts, siteNetworks } from "#db/schema/networks";
import { nodes } from "#db/schema/nodes";
import { poolItems } from "#db/schema/pools";
import { racks } from "#db/schema/sites";
import type { Id } from "#lib/domain/id";

type Reader = Database | Transaction;

export type NodePortRow = typeof nodePorts.$inferSelect;
export type SiteNetworkRow = typeof siteNetworks.$inferSelect;

/** At which site a node stands. */
export async function findSiteOfNode(db: Reader, id: Id<"node">): Promise<Id<"site"> | undefined> {
  const [row] = await db
    .select({ siteId: racks.siteId })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .where(eq(nodes.id, id));
  return row?.siteId;
}

/** The driver of a site, its sealed secret with it: the worker's role alone may read that. */
export async function findSiteNetwork(
  db: Reader,
  siteId: Id<"site">,
): Promise<SiteNetworkRow | undefined> {
  const [row] = await db.select().from(siteNetworks).where(eq(siteNetworks.siteId, siteId));
  return row;
}

export async function findNodePort(
  db: Reader,
  nodeId: Id<"node">,
): Promise<NodePortRow | undefined> {
  const [row] = await db.select().from(nodePorts).where(eq(nodePorts.nodeId, nodeId));
  return row;
}

/** The VLAN that an environment holds at a site, if its template asked for one. */
export async function findVlan(
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
        eq(poolItems.kind, "vlan"),
        eq(poolItems.scope, siteId),
        isNull(poolItems.endedAt),
      ),
    );
  return row ? Number(row.value) : null;
}

/** Writes what a port is to carry, before it is made so: from here on a crash leaves a trace. */
export async function intendPort(
  db: Reader,
  nodeId: Id<"node">,
  port: string,
  intent: { wantedVlan: number | null; environmentId?: Id<"environment"> },
): Promise<void> {
  const noted = await db
    .update(nodePorts)
    .set({ ...intent, isChanging: true })
    .where(and(eq(nodePorts.nodeId, nodeId), eq(nodePorts.port, port)))
    .returning({ port: nodePorts.port });
  if (noted.length === 0) throw new Error(`node ${nodeId} has another switch port by now`);
}

/** Writes that a port carries what it should. Detached, it is no environment's any more. */
export async function settlePort(
  tx: Transaction,
  nodeId: Id<"node">,
  seenVlans: number[],
): Promise<void> {
  await tx
    .update(nodePorts)
    .set({
      isChanging: false,
      seenVlans,
      seenAt: sql`now()`,
      drift: null,
      driftSince: null,
      environmentId: sql`case when ${nodePorts.wantedVlan} is null then null else ${nodePorts.environmentId} end`,
    })
    .where(eq(nodePorts.nodeId, nodeId));
}

/** Ports of sites that have a driver and that nobody is changing. */
export async function listRestingPorts(db: Reader): Promise<NodePortRow[]> {
  const rows = await db
    .select({ port: nodePorts })
    .from(nodePorts)
    .innerJoin(siteNetworks, eq(siteNetworks.siteId, nodePorts.siteId))
    .where(eq(nodePorts.isChanging, false))
    .orderBy(asc(nodePorts.siteId), asc(nodePorts.port));
  return rows.map((row) => row.port);
}

/** Writes what was seen of a port, unless somebody has begun to change it since it was listed. */
export async function notePort(
  db: Reader,
  port: NodePortRow,
  seen: { vlans: number[] | null; drift: string | null },
): Promise<void> {
  await db
    .update(nodePorts)
    .set({
      ...(seen.vlans ? { seenVlans: seen.vlans, seenAt: sql`now()` } : {}),
      drift: seen.drift,
      driftSince: seen.drift
        ? sql`case when ${nodePorts.drift} is null then now() else ${nodePorts.driftSince} end`
        : null,
    })
    .where(
      and(
        eq(nodePorts.nodeId, port.nodeId),
        eq(nodePorts.isChanging, false),
        sql`${nodePorts.wantedVlan} is not distinct from ${port.wantedVlan}::integer`,
      ),
    );
}

/** Ports that are not as they should be, with their nodes. */
export async function listDrifting(tx: Transaction) {
  return tx
    .select({
      node: { id: nodes.id, name: nodes.name },
      port: nodePorts.port,
      drift: nodePorts.drift,
      since: nodePorts.driftSince,
    })
    .from(nodePorts)
    .innerJoin(nodes, eq(nodes.id, nodePorts.nodeId))
    .where(isNotNull(nodePorts.drift))
    .orderBy(asc(nodePorts.driftSince));
}

/** The nodes of a site that are, or may be, on an environment's network, by name. */
export async function listJoined(tx: Transaction, siteId: Id<"site">): Promise<string[]> {
  const rows = await tx
    .select({ name: nodes.name })
    .from(nodePorts)
    .innerJoin(nodes, eq(nodes.id, nodePorts.nodeId))
    .where(and(eq(nodePorts.siteId, siteId), isNotNull(nodePorts.environmentId)))
    .orderBy(asc(nodes.name));
  return rows.map((row) => row.name);
}
