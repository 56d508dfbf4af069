import { and, asc, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
import { leaseReporters } from "#db/schema/dhcp-leases";
import { siteFabricManagers, siteNetworks } from "#db/schema/networks";
import { nodes } from "#db/schema/nodes";
import { racks, siteProvisioning, sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { dnsmasqConfig, type Provisioning } from "#lib/domain/boot/dnsmasq-config";
import { type Id, isId } from "#lib/domain/id";
import type { NetworkDriverKind } from "#lib/domain/network/driver";

export type SiteDetail = {
  id: Id<"site">;
  name: string;
  /** Of its own; null: the general one. */
  bootOrigin: string | null;
  racks: number;
  network: {
    driver: NetworkDriverKind;
    address: string | null;
    certificatePem: string | null;
    bridge: string | null;
    namespace: string | null;
  } | null;
  fabricManager: { address: string; certificatePem: string; username: string } | null;
  provisioning: Provisioning | null;
  /** How many nodes stand there, and of how many the boot MAC address is known. */
  nodes: { total: number; withMac: number };
  /** A configuration for its DHCP server; null while the provisioning network is not entered. */
  dnsmasq: string | null;
  /** Who tells of its leases, and when anything was last heard; null while no script was made. */
  leaseReports: { madeAt: string; heardAt: string | null } | null;
};

/** One site with what joins its nodes to networks, and how they boot; null when there is none. */
export async function siteDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
  /** Where nodes reach the boot server when the site has no address of its own. */
  generalBootOrigin: string,
): Promise<SiteDetail | null> {
  if (!isId("site", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx.select().from(sites).where(eq(sites.id, id));
    if (!site) return null;
    const [network] = await tx
      .select({
        driver: siteNetworks.driver,
        address: siteNetworks.address,
        certificatePem: siteNetworks.certificatePem,
        bridge: siteNetworks.bridge,
        namespace: siteNetworks.namespace,
      })
      .from(siteNetworks)
      .where(eq(siteNetworks.siteId, id));
    const [fabricManager] = await tx
      .select({
        address: siteFabricManagers.address,
        certificatePem: siteFabricManagers.certificatePem,
        username: siteFabricManagers.username,
      })
      .from(siteFabricManagers)
      .where(eq(siteFabricManagers.siteId, id));
    const [row] = await tx.select().from(siteProvisioning).where(eq(siteProvisioning.siteId, id));
    const [reporter] = await tx
      .select({ madeAt: leaseReporters.madeAt, heardAt: leaseReporters.heardAt })
      .from(leaseReporters)
      .where(eq(leaseReporters.siteId, id));
    const standing = await tx
      .select({
        name: nodes.name,
        mac: nodes.bootMac,
        address: nodes.address,
        addressEntered: nodes.addressEntered,
      })
      .from(nodes)
      .innerJoin(racks, eq(racks.id, nodes.rackId))
      .where(and(eq(racks.siteId, id), ne(nodes.lifecycle, "retired")))
      .orderBy(asc(nodes.name));
    const reservations = standing.flatMap(({ name, mac, address, addressEntered }) =>
      mac ? [{ name, mac, address: addressEntered ? address : null }] : [],
    );
    const provisioning = row ? settingsOf(row) : null;
    return {
      id: site.id,
      name: site.name,
      bootOrigin: site.bootOrigin,
      racks: await tx.$count(racks, eq(racks.siteId, id)),
      network: network ?? null,
      fabricManager: fabricManager ?? null,
      provisioning,
      nodes: { total: standing.length, withMac: reservations.length },
      dnsmasq:
        provisioning &&
        dnsmasqConfig({
          site: site.name,
          bootOrigin: site.bootOrigin ?? generalBootOrigin,
          settings: provisioning,
          reservations,
          tellsLeases: reporter !== undefined,
        }),
      leaseReports: reporter
        ? {
            madeAt: reporter.madeAt.toISOString(),
            heardAt: reporter.heardAt?.toISOString() ?? null,
          }
        : null,
    };
  });
}

function settingsOf(row: typeof siteProvisioning.$inferSelect): Provisioning {
  const { siteId: _, changedAt: __, ...settings } = row;
  return settings;
}
