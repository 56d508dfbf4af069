import { and, asc, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { type Elevation, elevationOf } from "#lib/domain/node/elevation";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";
import { nodeFlags } from "#lib/views/fleet-board";

export type RackNode = {
  id: Id<"node">;
  name: string;
  nodeType: string;
  unit: number | null;
  height: number;
  lifecycle: NodeLifecycle;
  since: string;
  reason: string | null;
  flags: string[];
};

export type RackElevation = Elevation<RackNode> & {
  name: string;
  site: string;
  units: number;
  nodes: number;
};

/** A rack with every node that stands in it, where it stands; null when there is none of that id. */
export function rackElevation(
  db: Database,
  grant: Grant<"fleet.read">,
  id: Id<"rack">,
): Promise<RackElevation | null> {
  return withGrant(db, grant, async (tx) => {
    const [rack] = await tx
      .select({ name: racks.name, units: racks.units, site: sites.name })
      .from(racks)
      .innerJoin(sites, eq(sites.id, racks.siteId))
      .where(eq(racks.id, id));
    if (!rack) return null;
    const rows = await tx
      .select({ node: nodes, nodeType: nodeTypes.name, spec: nodeTypes.spec })
      .from(nodes)
      .innerJoin(nodeTypes, eq(nodeTypes.id, nodes.nodeTypeId))
      .where(and(eq(nodes.rackId, id), ne(nodes.lifecycle, "retired")))
      .orderBy(asc(nodes.name));
    const all = rows.map(({ node, nodeType, spec }) => ({
      id: node.id,
      name: node.name,
      nodeType,
      unit: node.unit,
      height: spec.heightUnits ?? 1,
      lifecycle: node.lifecycle,
      since: node.lifecycleSince.toISOString(),
      reason: node.lifecycleReason,
      flags: nodeFlags(node),
    }));
    return { ...rack, nodes: all.length, ...elevationOf(rack.units, all) };
  });
}
