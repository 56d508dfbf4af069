import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { siteProvisioning, sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { checkProvisioning } from "#lib/domain/boot/dnsmasq-config";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetProvisioningInput } from "#lib/schemas/provisioning";

/**
 * Says what the provisioning network of a site is, for the configuration of its DHCP server. Refuses
 * addresses that do not lie in it. Nothing is sent anywhere.
 */
export async function setProvisioning(
  db: Database,
  grant: Grant<"node.enrol">,
  input: SetProvisioningInput,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  const { siteId, ...entered } = input;
  const settings =
    entered.mode === "proxy" ? { ...entered, firstAddress: null, lastAddress: null } : entered;
  const fields = Object.fromEntries(
    Object.entries(checkProvisioning(settings)).flatMap(([field, words]) =>
      words ? [[field, words]] : [],
    ),
  );
  if (Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx
      .select({ name: sites.name })
      .from(sites)
      .where(eq(sites.id, siteId))
      .for("no key update");
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    const [before] = await tx
      .select()
      .from(siteProvisioning)
      .where(eq(siteProvisioning.siteId, siteId));
    const changed = { ...settings, changedAt: sql`now()` };
    await tx
      .insert(siteProvisioning)
      .values({ siteId, ...settings })
      .onConflictDoUpdate({ target: siteProvisioning.siteId, set: changed });
    await recordAudit(tx, grant, {
      action: "site.set_provisioning",
      object: { kind: "site", id: siteId, name: site.name },
      detail: { before: before ? settingsOf(before) : null, after: settings },
    });
    return ok(undefined);
  });
}

/** What people set of it. */
function settingsOf({
  siteId: _,
  changedAt: __,
  ...settings
}: typeof siteProvisioning.$inferSelect) {
  return settings;
}
