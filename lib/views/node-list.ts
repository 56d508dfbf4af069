import { and, asc, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { containing } from "#db/queries/like";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { NodeHealth, NodeLifecycle } from "#lib/domain/node/lifecycle";
import { lifecycleCounts, nodeFlags } from "#lib/views/fleet-board";

export const nodePageSize = 50;

export type NodeFilter = {
  lifecycle?: NodeLifecycle[];
  nodeTypeId?: Id<"nodeType">;
  rackId?: Id<"rack">;
  /** A part of a name, serial number, MAC or address. */
  search?: string;
  /** The node that the page begins after: `name,id`. Retired nodes may share a name. */
  after?: string;
};

export type NodeLine = {
  id: Id<"node">;
  name: string;
  site: string;
  rack: string;
  unit: number | null;
  nodeType: string;
  lifecycle: NodeLifecycle;
  since: string;
  reason: string | null;
  power: string;
  controller: string;
  health: NodeHealth;
  flags: string[];
  address: string | null;
};

export type NodeList = {
  lines: NodeLine[];
  counts: Record<string, number>;
  after: string | null;
  nodeTypes: { id: Id<"nodeType">; name: string }[];
  racks: { id: Id<"rack">; name: string }[];
};

/** One page of nodes by name; the same cost on the last page as on the first. */
export function nodeList(
  db: Database,
  grant: Grant<"fleet.read">,
  filter: NodeFilter,
): Promise<NodeList> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({
        id: nodes.id,
        name: nodes.name,
        site: sites.name,
        rack: racks.name,
        unit: nodes.unit,
        nodeType: nodeTypes.name,
        lifecycle: nodes.lifecycle,
        since: nodes.lifecycleSince,
        reason: nodes.lifecycleReason,
        power: nodes.powerObserved,
        controller: nodes.controllerState,
        health: nodes.health,
        maintenance: nodes.maintenance,
        cordoned: nodes.cordoned,
        onHold: sql<boolean>`${nodes.lifecycle} = 'available' and coalesce(${nodes.holdUntil} > now(), false)`,
        address: nodes.address,
      })
      .from(nodes)
      .innerJoin(racks, eq(racks.id, nodes.rackId))
      .innerJoin(sites, eq(sites.id, racks.siteId))
      .innerJoin(nodeTypes, eq(nodeTypes.id, nodes.nodeTypeId))
      .where(and(...conditions(filter)))
      .orderBy(asc(nodes.name), asc(nodes.id))
      .limit(nodePageSize + 1);
    const more = rows.length > nodePageSize;
    const page = rows.slice(0, nodePageSize);
    const last = page.at(-1);
    return {
      lines: page.map(({ maintenance, cordoned, onHold, since, ...row }) => ({
        ...row,
        since: since.toISOString(),
        flags: nodeFlags({ maintenance, cordoned, onHold, health: row.health }),
      })),
      counts: await lifecycleCounts(tx),
      after: more && last ? `${last.name},${last.id}` : null,
      nodeTypes: await tx
        .select({ id: nodeTypes.id, name: nodeTypes.name })
        .from(nodeTypes)
        .orderBy(asc(nodeTypes.name)),
      racks: await tx
        .select({ id: racks.id, name: racks.name })
        .from(racks)
        .orderBy(asc(racks.name)),
    };
  });
}

function conditions(filter: NodeFilter): SQL[] {
  const all: (SQL | undefined)[] = [];
  if (filter.lifecycle?.length) all.push(inArray(nodes.lifecycle, filter.lifecycle));
  if (filter.nodeTypeId) all.push(eq(nodes.nodeTypeId, filter.nodeTypeId));
  if (filter.rackId) all.push(eq(nodes.rackId, filter.rackId));
  if (filter.after !== undefined) {
    const [name = "", id = ""] = filter.after.split(",");
    all.push(sql`(${nodes.name}, ${nodes.id}) > (${name}, ${id})`);
  }
  if (filter.search) {
    const like = containing(filter.search);
    all.push(
      or(
        ilike(nodes.name, like),
        ilike(nodes.serial, like),
        ilike(nodes.bootMac, like),
        ilike(nodes.address, like),
        ilike(nodes.controllerAddress, like),
      ),
    );
  }
  return all.filter((condition) => condition !== undefined);
}

/** The racks and node types that a new node can be given. Racks of two sites may have one name. */
export function nodePlaces(
  db: Database,
  grant: Grant<"node.enrol">,
): Promise<{
  racks: { id: Id<"rack">; name: string; site: string }[];
  nodeTypes: NodeList["nodeTypes"];
}> {
  return withGrant(db, grant, async (tx) => ({
    racks: await tx
      .select({ id: racks.id, name: racks.name, site: sites.name })
      .from(racks)
      .innerJoin(sites, eq(sites.id, racks.siteId))
      .orderBy(asc(racks.name), asc(sites.name)),
    nodeTypes: await tx
      .select({ id: nodeTypes.id, name: nodeTypes.name })
      .from(nodeTypes)
      .orderBy(asc(nodeTypes.name)),
  }));
}
