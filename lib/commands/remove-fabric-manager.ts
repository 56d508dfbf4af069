import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { listPartitioned, lockFabricManager } from "#db/queries/partitions";
import { siteFabricManagers } from "#db/schema/networks";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveFabricManagerInput } from "#lib/schemas/network";

/** Takes a site's fabric manager away. Refused while it holds ports in partitions. */
export async function removeFabricManager(
  db: Database,
  grant: Grant<"credential.edit">,
  input: RemoveFabricManagerInput,
): Promise<Result<void, RefusalOf<"not_found" | "in_use">>> {
  return withGrant(db, grant, async (tx) => {
    await lockFabricManager(tx, input.siteId);
    const [site] = await tx
      .select({ name: sites.name })
      .from(sites)
      .where(eq(sites.id, input.siteId))
      .for("no key update");
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    const by = await listPartitioned(tx, input.siteId);
    if (by.length > 0) return refuse({ kind: "in_use", resource: "fabric manager", by });
    await tx.delete(siteFabricManagers).where(eq(siteFabricManagers.siteId, input.siteId));
    await recordAudit(tx, grant, {
      action: "site.remove_fabric_manager",
      object: { kind: "site", id: input.siteId, name: site.name },
    });
    return ok(undefined);
  });
}
