import { and, asc, eq, ne, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { fabrics, nvlinkMembers } from "#db/schema/fabrics";
import { inspections } from "#db/schema/inspections";
import { nodes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import type { Id } from "#lib/domain/id";
import type { InventoryGpu, InventoryNvlinkPlace } from "#lib/domain/node/inventory";

const place = sql<InventoryNvlinkPlace | null>`nullif(${nodes.inventory} -> 'nvlinkPlace', 'null'::jsonb)`;

/** By the newest inspection that was taken for the node; of its GPUs the first that has joined one. */
const cluster = sql<string | null>`(
  select jsonb_path_query_first(${inspections.facts}, '$.gpus[*].cluster.uuid') #>> '{}'
  from ${inspections}
  where ${inspections.nodeId} = ${nodes.id} and ${inspections.accepted}
  order by ${inspections.judgedAt} desc limit 1
)`;

/** What is known of the NVLink of the nodes of a site, or of all: by their controllers, their drivers and operators. */
export async function listNvlinkNodes(tx: Transaction, siteId: Id<"site"> | null) {
  const rows = await tx
    .select({
      id: nodes.id,
      name: nodes.name,
      rack: racks.name,
      site: { id: sites.id, name: sites.name },
      gpus: sql<InventoryGpu[] | null>`nullif(${nodes.inventory} -> 'gpus', 'null'::jsonb)`,
      inventoryAt: nodes.inventoryAt,
      place,
      cluster,
      domain: { id: fabrics.id, name: fabrics.name },
    })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .innerJoin(sites, eq(sites.id, racks.siteId))
    .leftJoin(nvlinkMembers, eq(nvlinkMembers.nodeId, nodes.id))
    .leftJoin(fabrics, eq(fabrics.id, nvlinkMembers.fabricId))
    .where(and(ne(nodes.lifecycle, "retired"), siteId === null ? undefined : eq(sites.id, siteId)))
    .orderBy(asc(sites.name), asc(nodes.name));
  return rows.map((row) => ({ ...row, chassisSerial: row.place?.chassisSerial ?? null }));
}
