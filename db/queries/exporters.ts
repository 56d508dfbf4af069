import { and, eq, exists, isNotNull, isNull, not, type SQL, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { allocations } from "#db/schema/environments";
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

/** The exporters of the hosts of all nodes that are with a tenant and on, by name of the node. */
export async function listHostExporters(db: Database, port: number): Promise<Exporter[]> {
  const rows = await exportersWhere(db);
  return rows.map(({ exporterPort: _, ...row }) => ({ ...row, port }));
}

/** The exporters of the GPUs of those of them that are not held without GPUs. */
export async function listExporters(db: Database): Promise<Exporter[]> {
  const heldWithoutGpus = db
    .select({ held: sql`1` })
    .from(allocations)
    .where(
      and(
        eq(allocations.nodeId, nodes.id),
        isNull(allocations.releasedAt),
        eq(allocations.gpus, 0),
      ),
    );
  const rows = await exportersWhere(db, not(exists(heldWithoutGpus)));
  return rows.map(({ exporterPort: port, ...row }) => ({ ...row, port }));
}

async function exportersWhere(db: Database, condition?: SQL) {
  const rows = await db
    .select({
      nodeId: nodes.id,
      address: nodes.address,
      exporterPort: nodes.exporterPort,
      name: nodes.name,
      rack: racks.name,
      site: sites.name,
    })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .innerJoin(sites, eq(sites.id, racks.siteId))
    .where(
      and(
        eq(nodes.lifecycle, "active"),
        eq(nodes.powerObserved, "on"),
        isNotNull(nodes.address),
        condition,
      ),
    )
    .orderBy(nodes.name);
  return rows.flatMap((row) => (row.address ? [{ ...row, address: row.address }] : []));
}
