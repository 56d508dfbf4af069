import { and, asc, eq, inArray, ne, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { mayBeAllocated } from "#db/queries/free-nodes";
import { fabricPorts, fabrics } from "#db/schema/fabrics";
import { nodes } from "#db/schema/nodes";
import { racks } from "#db/schema/sites";
import {
  type FabricPort,
  type NodePort,
  placeOf,
  placesByGuid,
  portsOfNode,
} from "#lib/domain/fabric/node-place";
import type { KnownPort } from "#lib/domain/fabric/port-plan";
import type { Id } from "#lib/domain/id";
import type { InventoryNic } from "#lib/domain/node/inventory";

type Reader = Database | Transaction;

export type FabricRow = typeof fabrics.$inferSelect;
export type FabricPortRow = typeof fabricPorts.$inferSelect;

/** A fabric with its row held until the transaction ends: places are changed one after the other. */
export async function lockFabric(
  tx: Transaction,
  id: Id<"fabric">,
): Promise<FabricRow | undefined> {
  const [row] = await tx.select().from(fabrics).where(eq(fabrics.id, id)).for("no key update");
  return row;
}

/** The InfiniBand ports of an inventory, in the order of their slots. */
export const infinibandPorts = sql<
  InventoryNic[]
>`coalesce(jsonb_path_query_array(${nodes.inventory}, '$.nics[*] ? (@.kind == "infiniband")'), '[]'::jsonb)`;

/** The nodes of a site that are not retired, with their InfiniBand ports. */
export async function listInfinibandNodes(db: Reader, siteId: Id<"site">) {
  return db
    .select({
      id: nodes.id,
      name: nodes.name,
      nodeTypeId: nodes.nodeTypeId,
      isFree: sql<boolean>`${mayBeAllocated()}`,
      inventoryAt: nodes.inventoryAt,
      ports: infinibandPorts,
      /** Whether any port of the node had a link when it was read. */
      hadLink: sql<boolean>`coalesce(jsonb_path_exists(${nodes.inventory}, '$.nics[*] ? (@.linkUp == true)'), false)`,
    })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .where(and(eq(racks.siteId, siteId), ne(nodes.lifecycle, "retired")))
    .orderBy(asc(nodes.name));
}

/** The ports of all fabrics of a site. */
export async function listSitePorts(
  db: Reader,
  siteId: Id<"site">,
): Promise<(FabricPortRow & { fabric: string })[]> {
  const rows = await db
    .select({ port: fabricPorts, fabric: fabrics.name })
    .from(fabricPorts)
    .innerJoin(fabrics, eq(fabrics.id, fabricPorts.fabricId))
    .where(eq(fabrics.siteId, siteId))
    .orderBy(asc(fabricPorts.leaf), asc(fabricPorts.leafPort), asc(fabricPorts.guid));
  return rows.map(({ port, fabric }) => ({ ...port, fabric }));
}

/** Ports with one of these GUIDs, wherever they are, with the name of their fabric. */
export async function listPortsByGuid(
  tx: Transaction,
  guids: readonly string[],
): Promise<(FabricPortRow & { fabric: string })[]> {
  if (guids.length === 0) return [];
  const rows = await tx
    .select({ port: fabricPorts, fabric: fabrics.name })
    .from(fabricPorts)
    .innerJoin(fabrics, eq(fabrics.id, fabricPorts.fabricId))
    .where(sql`${fabricPorts.guid} = any (${sql.param([...guids])}::text[])`);
  return rows.map(({ port, fabric }) => ({ ...port, fabric }));
}

/** Writes ports of a fabric, in the place of what was known of them. */
export async function savePorts(
  tx: Transaction,
  fabricId: Id<"fabric">,
  ports: readonly KnownPort[],
): Promise<void> {
  for (let at = 0; at < ports.length; at += 1_000) {
    await tx
      .insert(fabricPorts)
      .values(ports.slice(at, at + 1_000).map((port) => ({ ...port, fabricId })))
      .onConflictDoUpdate({
        target: fabricPorts.guid,
        set: {
          nodeGuid: sql`excluded.node_guid`,
          leaf: sql`excluded.leaf`,
          leafPort: sql`excluded.leaf_port`,
          rail: sql`excluded.rail`,
          rateGbps: sql`excluded.rate_gbps`,
          description: sql`excluded.description`,
          nodeId: sql`excluded.node_id`,
        },
      });
  }
}

/** Takes every port but these out of a fabric. Gives how many left. */
export async function keepOnlyPorts(
  tx: Transaction,
  fabricId: Id<"fabric">,
  guids: readonly string[],
): Promise<number> {
  const gone = await tx
    .delete(fabricPorts)
    .where(
      and(
        eq(fabricPorts.fabricId, fabricId),
        sql`${fabricPorts.guid} <> all (${sql.param([...guids])}::text[])`,
      ),
    )
    .returning({ guid: fabricPorts.guid });
  return gone.length;
}

/**
 * Writes where nodes lie, by what is known of their ports now: all nodes of a site, after the places
 * of ports have changed.
 */
export async function placeNodesOfSite(tx: Transaction, siteId: Id<"site">): Promise<void> {
  const places = placesByGuid<FabricPort>(await listSitePorts(tx, siteId));
  const placed = (await listInfinibandNodes(tx, siteId))
    .map((node) => ({ id: node.id, place: placeOf(portsOfNode(node, places)) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  for (let at = 0; at < placed.length; at += 500) {
    const some = placed.slice(at, at + 500);
    // In the order in which launches wait for nodes, so that neither waits for the other in a circle.
    await tx
      .select({ id: nodes.id })
      .from(nodes)
      .where(
        inArray(
          nodes.id,
          some.map((node) => node.id),
        ),
      )
      .orderBy(asc(nodes.id))
      .for("no key update");
    await tx.execute(sql`
      update nodes set fabric_key = p.fabric_key, leaf_keys = p.leaf_keys
      from jsonb_to_recordset(${JSON.stringify(
        some.map(({ id, place }) => ({
          id,
          fabric_key: place?.fabricKey ?? null,
          leaf_keys: place?.leafKeys ?? null,
        })),
      )}::jsonb) as p(id text, fabric_key text, leaf_keys jsonb)
      where nodes.id = p.id and (nodes.fabric_key, nodes.leaf_keys) is distinct from (p.fabric_key, p.leaf_keys)`);
  }
}

/** Where a node with these ports lies: what is kept beside a new inventory. */
export async function findPlace(
  db: Reader,
  nodeId: Id<"node">,
  ports: readonly NodePort[],
): Promise<{ fabricKey: string | null; leafKeys: string[] | null }> {
  const rows = await listPortsOfNode(db, nodeId, ports);
  return placeOf(rows) ?? { fabricKey: null, leafKeys: null };
}

/** The ports of fabrics that are a node's: by GUID, or by an operator's word. */
export async function listPortsOfNode(
  db: Reader,
  nodeId: Id<"node">,
  ports: readonly NodePort[],
): Promise<FabricPortRow[]> {
  const guids = ports.flatMap((port) => port.portGuid ?? []);
  const adapters = ports.flatMap((port) => (port.portGuid ? [] : (port.nodeGuid ?? [])));
  const rows = await db
    .select()
    .from(fabricPorts)
    .where(
      sql`${fabricPorts.guid} = any (${sql.param(guids)}::text[])
        or ${fabricPorts.nodeGuid} = any (${sql.param(adapters)}::text[])
        or ${fabricPorts.nodeId} = ${nodeId}`,
    );
  return portsOfNode({ id: nodeId, ports }, placesByGuid(rows));
}
