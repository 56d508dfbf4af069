import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findInterfaceNodes, listBootRequests } from "#db/queries/dhcp-leases";
import { sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { BootRequest } from "#lib/schemas/boot-request";

const mostShown = 100;

/** Who asked a site's boot server and was given nothing, the last first; null for no such site. */
export async function bootRequests(
  db: Database,
  grant: Grant<"fleet.read">,
  siteId: Id<"site">,
): Promise<BootRequest[] | null> {
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx.select({ id: sites.id }).from(sites).where(eq(sites.id, siteId));
    if (!site) return null;
    const rows = await listBootRequests(tx, siteId, mostShown);
    const owners = await findInterfaceNodes(
      tx,
      siteId,
      rows.map(({ mac }) => mac),
    );
    return rows.map(({ mac, address, count, firstAt, lastAt }) => ({
      ...{ mac, address, count, node: owners.get(mac) ?? null },
      ...{ firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() },
    }));
  });
}
