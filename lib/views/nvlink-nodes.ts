import { and, asc, eq, ne, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { fabrics, nvlinkMembers } from "#db/schema/fabrics";
import { nodes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { InventoryGpu } from "#lib/domain/node/inventory";

export type NvlinkNode = {
  id: Id<"node">;
  name: string;
  rack: string;
  site: { id: Id<"site">; name: string };
  /** Null: its GPU tray could not be read. */
  gpus: number | null;
  gpuModel: string | null;
  /** Links of each GPU, as its controller lists them, fewest and most; null when it lists none. */
  links: { fewest: number; most: number } | null;
  inventoryAt: string | null;
  /** The domain that reaches over several nodes, by an operator's word. */
  domain: { id: Id<"fabric">; name: string } | null;
};

/** The nodes of a site, or of all, whose GPUs are joined by NVLink as far as anything says so. */
export async function readNvlinkNodes(
  tx: Transaction,
  siteId: Id<"site"> | null,
): Promise<NvlinkNode[]> {
  const rows = await tx
    .select({
      id: nodes.id,
      name: nodes.name,
      rack: racks.name,
      site: { id: sites.id, name: sites.name },
      gpus: sql<InventoryGpu[] | null>`nullif(${nodes.inventory} -> 'gpus', 'null'::jsonb)`,
      inventoryAt: nodes.inventoryAt,
      domain: { id: fabrics.id, name: fabrics.name },
    })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .innerJoin(sites, eq(sites.id, racks.siteId))
    .leftJoin(nvlinkMembers, eq(nvlinkMembers.nodeId, nodes.id))
    .leftJoin(fabrics, eq(fabrics.id, nvlinkMembers.fabricId))
    .where(and(ne(nodes.lifecycle, "retired"), siteId === null ? undefined : eq(sites.id, siteId)))
    .orderBy(asc(sites.name), asc(nodes.name));
  return rows.flatMap(({ gpus, inventoryAt, ...node }) => {
    const links = (gpus ?? []).flatMap((gpu) => gpu.nvlinks ?? []);
    if (links.length === 0 && !node.domain) return [];
    return [
      {
        ...node,
        gpus: gpus?.length ?? null,
        gpuModel: gpus?.[0]?.model ?? null,
        links: links.length > 0 ? { fewest: Math.min(...links), most: Math.max(...links) } : null,
        inventoryAt: inventoryAt?.toISOString() ?? null,
      },
    ];
  });
}

/** Nodes whose GPUs are joined by NVLink, in one chassis or over several nodes. */
export function nvlinkNodes(db: Database, grant: Grant<"fleet.read">): Promise<NvlinkNode[]> {
  return withGrant(db, grant, (tx) => readNvlinkNodes(tx, null));
}
