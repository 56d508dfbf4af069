import { asc, eq, ne, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { siteNetworks } from "#db/schema/networks";
import { nodes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { NetworkDriverKind } from "#lib/domain/network/driver";

export type SiteView = {
  id: Id<"site">;
  name: string;
  bootOrigin: string | null;
  /** The controller that joins its nodes to networks. */
  network: {
    driver: NetworkDriverKind;
    address: string | null;
    certificatePem: string | null;
    bridge: string | null;
    namespace: string | null;
  } | null;
  racks: { id: Id<"rack">; name: string; units: number; nodes: number; available: number }[];
};

/** Every site with its racks and how many nodes stand in each; retired nodes are not counted. */
export async function sitesView(db: Database, grant: Grant<"fleet.read">): Promise<SiteView[]> {
  return withGrant(db, grant, async (tx) => {
    const allSites = await tx.select().from(sites).orderBy(asc(sites.name));
    const networks = await tx
      .select({
        siteId: siteNetworks.siteId,
        driver: siteNetworks.driver,
        address: siteNetworks.address,
        certificatePem: siteNetworks.certificatePem,
        bridge: siteNetworks.bridge,
        namespace: siteNetworks.namespace,
      })
      .from(siteNetworks);
    const allRacks = await tx
      .select({
        id: racks.id,
        siteId: racks.siteId,
        name: racks.name,
        units: racks.units,
        nodes: sql<number>`count(${nodes.id})::int`,
        available: sql<number>`count(${nodes.id}) filter (where ${nodes.lifecycle} = 'available')::int`,
      })
      .from(racks)
      .leftJoin(nodes, sql`${eq(nodes.rackId, racks.id)} and ${ne(nodes.lifecycle, "retired")}`)
      .groupBy(racks.id)
      .orderBy(asc(racks.name));
    return allSites.map(({ id, name, bootOrigin }) => ({
      id,
      name,
      bootOrigin,
      network: networks.find((network) => network.siteId === id) ?? null,
      racks: allRacks.filter((rack) => rack.siteId === id).map(({ siteId: _, ...rack }) => rack),
    }));
  });
}
