import { createHash, randomBytes } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { leaseReporters } from "#db/schema/dhcp-leases";
import { siteProvisioning, sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { leaseScript } from "#lib/domain/boot/lease-script";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { MakeLeaseScriptInput } from "#lib/schemas/provisioning";

/**
 * Makes the script by which a site's dnsmasq tells of its leases, with a secret in it of which only
 * the hash is kept: it is shown this once, and the one before is good for nothing from now on.
 * @param generalBootOrigin Where the boot server is reached when the site has no address of its own.
 */
export async function makeLeaseScript(
  db: Database,
  grant: Grant<"credential.edit">,
  input: MakeLeaseScriptInput,
  generalBootOrigin: string,
): Promise<Result<{ script: string }, RefusalOf<"not_found" | "not_now">>> {
  const { siteId } = input;
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx
      .select({ name: sites.name, bootOrigin: sites.bootOrigin, mode: siteProvisioning.mode })
      .from(sites)
      .leftJoin(siteProvisioning, eq(siteProvisioning.siteId, sites.id))
      .where(eq(sites.id, siteId))
      .for("no key update", { of: sites });
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    if (site.mode !== "dhcp") {
      return refuse({
        kind: "not_now",
        reason: site.mode
          ? "Another server gives this site's addresses, so dnsmasq has no leases to tell of."
          : "The provisioning network of this site is not entered.",
        advice: "Enter a network in which dnsmasq gives the addresses.",
      });
    }
    const token = randomBytes(16).toString("hex");
    const made = {
      tokenHash: createHash("sha256").update(token).digest("hex"),
      madeAt: sql`now()`,
    };
    await tx
      .insert(leaseReporters)
      .values({ siteId, ...made })
      .onConflictDoUpdate({ target: leaseReporters.siteId, set: made });
    await recordAudit(tx, grant, {
      action: "site.make_lease_script",
      object: { kind: "site", id: siteId, name: site.name },
    });
    const url = `${site.bootOrigin ?? generalBootOrigin}/l/${token}`;
    return ok({ script: leaseScript({ site: site.name, url }) });
  });
}
