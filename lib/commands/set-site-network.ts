import { X509Certificate } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { siteNetworks } from "#db/schema/networks";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { networkPlace, seal } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { parseEndpoint } from "#lib/domain/network-address";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetSiteNetworkInput } from "#lib/schemas/network";

/**
 * Says which controller joins the nodes of a site to networks. Its secret is sealed for the worker
 * at once; left empty, the earlier one stays. Nothing is sent to it here.
 */
export async function setSiteNetwork(
  db: Database,
  grant: Grant<"node.enrol">,
  input: SetSiteNetworkInput,
  sealingKey: string,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  const { siteId, address, certificatePem, secret } = input;
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
      .select({ address: siteNetworks.address })
      .from(siteNetworks)
      .where(eq(siteNetworks.siteId, siteId));
    const settings = {
      address,
      certificatePem,
      version: sql`${siteNetworks.version} + 1`,
      changedAt: sql`now()`,
      ...(secret ? { sealedSecret: seal(sealingKey, networkPlace(siteId), secret) } : {}),
    };
    if (before) {
      await tx.update(siteNetworks).set(settings).where(eq(siteNetworks.siteId, siteId));
    } else {
      if (!secret) return invalid("secret", "Enter the secret that signs the requests.");
      const sealedSecret = seal(sealingKey, networkPlace(siteId), secret);
      await tx
        .insert(siteNetworks)
        .values({ siteId, driver: "http", address, certificatePem, sealedSecret });
    }
    await recordAudit(tx, grant, {
      action: "site.set_network",
      object: { kind: "site", id: site.id, name: site.name },
      detail: { before: before?.address ?? null, after: address, secretChanged: secret !== "" },
    });
    return ok(undefined);
  });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function invalid(field: string, words: string) {
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { [field]: words } });
}
