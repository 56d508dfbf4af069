import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { type DhcpLeaseRow, findInterfaceNodes, listLeases } from "#db/queries/dhcp-leases";
import { sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { clientWords, leaseStateAt } from "#lib/domain/boot/lease-report";
import type { Id } from "#lib/domain/id";
import type { SiteLease } from "#lib/schemas/site-lease";

/** What a site's DHCP server told of leases, the one heard of last first; null for no such site. */
export async function siteLeases(
  db: Database,
  grant: Grant<"fleet.read">,
  siteId: Id<"site">,
  page: { after: number; limit: number },
): Promise<{ leases: SiteLease[]; more: boolean } | null> {
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx.select({ id: sites.id }).from(sites).where(eq(sites.id, siteId));
    if (!site) return null;
    const rows = await listLeases(tx, siteId, page);
    const shown = rows.slice(0, page.limit);
    const owners = await findInterfaceNodes(
      tx,
      siteId,
      shown.map(({ mac }) => mac),
    );
    const nowMs = (await databaseNow(tx)).getTime();
    return {
      leases: shown.map((row) => leaseOf(row, owners.get(row.mac) ?? null, nowMs)),
      more: rows.length > shown.length,
    };
  });
}

function leaseOf(row: DhcpLeaseRow, node: SiteLease["node"], nowMs: number): SiteLease {
  const until = row.expiresAt.toISOString();
  const endedAt = row.endedAt?.toISOString() ?? null;
  return {
    ...{ mac: row.mac, address: row.address, node, until, endedAt },
    state: leaseStateAt({ until, endedAt }, nowMs),
    since: row.startedAt?.toISOString() ?? null,
    client: row.askedAt && clientWords(row),
    vendorClass: row.vendorClass,
    askedAt: row.askedAt?.toISOString() ?? null,
    bootGivenAt: row.bootGivenAt?.toISOString() ?? null,
    firstHeardAt: row.firstHeardAt.toISOString(),
    heardAt: row.heardAt.toISOString(),
  };
}
