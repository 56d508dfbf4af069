import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { listPartitioned } from "#db/queries/partitions";
import { siteFabricManagers } from "#db/schema/networks";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { fabricManagerPlace, seal } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { isCertificate } from "#lib/commands/is-certificate";
import { parseEndpoint } from "#lib/domain/network-address";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetFabricManagerInput } from "#lib/schemas/network";

/**
 * Says what puts the InfiniBand ports of a site into partitions. The password is sealed for the
 * worker at once; left empty, the earlier one stays. Nothing is sent to it here. Refuses another
 * manager while the present one holds ports in partitions.
 */
export async function setFabricManager(
  db: Database,
  grant: Grant<"credential.edit">,
  input: SetFabricManagerInput,
  sealingKey: string,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input" | "in_use">>> {
  const { siteId, address, certificatePem, username, password } = input;
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok) return invalid("address", endpoint.refusal);
  if (!isCertificate(certificatePem)) {
    return invalid("certificatePem", "This is not a certificate in PEM form.");
  }
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx
      .select({ id: sites.id, name: sites.name })
      .from(sites)
      .where(eq(sites.id, siteId))
      .for("no key update");
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    const [before] = await tx
      .select({ address: siteFabricManagers.address, username: siteFabricManagers.username })
      .from(siteFabricManagers)
      .where(eq(siteFabricManagers.siteId, siteId));
    const by = await listPartitioned(tx, siteId);
    if (before && before.address !== address && by.length > 0) {
      return refuse({ kind: "in_use", resource: "fabric manager", by });
    }
    const sealedPassword = password
      ? seal(sealingKey, fabricManagerPlace(siteId), password)
      : undefined;
    const settings = { address, certificatePem, username };
    if (before) {
      await tx
        .update(siteFabricManagers)
        .set({
          ...settings,
          sealedPassword,
          version: sql`${siteFabricManagers.version} + 1`,
          changedAt: sql`now()`,
        })
        .where(eq(siteFabricManagers.siteId, siteId));
    } else {
      if (!sealedPassword) return invalid("password", "Enter the password of this user.");
      await tx.insert(siteFabricManagers).values({ siteId, ...settings, sealedPassword });
    }
    await recordAudit(tx, grant, {
      action: "site.set_fabric_manager",
      object: { kind: "site", id: site.id, name: site.name },
      detail: {
        before: before ?? null,
        after: { address, username },
        passwordChanged: password !== "",
      },
    });
    return ok(undefined);
  });
}

function invalid(field: string, words: string) {
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { [field]: words } });
}
