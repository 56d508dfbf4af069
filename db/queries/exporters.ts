import { and, eq, isNotNull } from "drizzle-orm";
import type { Database } from "#db/client";
import { nodes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import type { Id } from "#lib/domain/id";

/** An exporter that should answer, and where it stands. */
export type Exporter = {
  nodeId: Id<"node">;
  address: string;
  port: number;
  name: string;
  rack: string;
  site: string;
};

/** The exporters of all nodes that are with a tenant and on, by name of the node. */
export async function listExporters(db: Database): Promise<Exporter[]> {
  const rows = await db
    .select({
      nodeId: nodes.id,
      address: nodes.address,
      port: nodes.exporterPort,
      name: nodes.name,
      rack: racks.name,
      site: sites.name,
    })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .innerJoin(sites, eq(sites.id, racks.siteId))
    .where(
      and(eq(nodes.lifecycle, "active"), eq(nodes.powerObserved, "on"), isNotNull(nodes.address)),
    )
    .orderBy(nodes.name);
  return rows.flatMap((row) => (row.address ? [{ ...row, address: row.address }] : []));
}
