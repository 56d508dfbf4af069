import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { siteProvisioning, sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveProvisioningInput } from "#lib/schemas/provisioning";

/** Forgets the provisioning network of a site, with what was told of its leases. A DHCP server that has its configuration goes on. */
export async function removeProvisioning(
  db: Database,
  grant: Grant<"node.enrol">,
  input: RemoveProvisioningInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx
      .select({ name: sites.name })
      .from(sites)
      .where(eq(sites.id, input.siteId));
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    await tx.delete(siteProvisioning).where(eq(siteProvisioning.siteId, input.siteId));
    await recordAudit(tx, grant, {
      action: "site.remove_provisioning",
      object: { kind: "site", id: input.siteId, name: site.name },
    });
    return ok(undefined);
  });
}
