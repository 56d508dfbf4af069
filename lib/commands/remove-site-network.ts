import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { listJoined } from "#db/queries/networks";
import { siteNetworks } from "#db/schema/networks";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveSiteNetworkInput } from "#lib/schemas/network";

/** Takes a site's network driver away. Refused while it holds nodes on their networks. */
export async function removeSiteNetwork(
  db: Database,
  grant: Grant<"credential.edit">,
  input: RemoveSiteNetworkInput,
): Promise<Result<void, RefusalOf<"not_found" | "in_use">>> {
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx
      .select({ name: sites.name })
      .from(sites)
      .where(eq(sites.id, input.siteId))
      .for("no key update");
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    const by = await listJoined(tx, input.siteId);
    if (by.length > 0) return refuse({ kind: "in_use", resource: "network driver", by });
    await tx.delete(siteNetworks).where(eq(siteNetworks.siteId, input.siteId));
    await recordAudit(tx, grant, {
      action: "site.remove_network",
      object: { kind: "site", id: input.siteId, name: site.name },
    });
    return ok(undefined);
  });
}
