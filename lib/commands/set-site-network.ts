import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { listJoined } from "#db/queries/networks";
import { siteNetworks } from "#db/schema/networks";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { networkPlace, seal } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { isCertificate } from "#lib/commands/is-certificate";
import { driverWords } from "#lib/domain/network/driver";
import { parseEndpoint } from "#lib/domain/network-address";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetSiteNetworkInput } from "#lib/schemas/network";

/**
 * Says what joins the nodes of a site to networks. A controller's secret is sealed for the worker at
 * once; left empty, the earlier one stays. Nothing is sent to it here. Refuses another kind of driver
 * while the present one holds nodes on their networks.
 */
export async function setSiteNetwork(
  db: Database,
  grant: Grant<"credential.edit">,
  input: SetSiteNetworkInput,
  sealingKey: string,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input" | "in_use">>> {
  if (input.driver === "http") {
    const endpoint = parseEndpoint(input.address);
    if (!endpoint.ok) return invalid("address", endpoint.refusal);
    if (!isCertificate(input.certificatePem)) {
      return invalid("certificatePem", "This is not a certificate in PEM form.");
    }
  }
  const { siteId } = input;
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx
      .select({ id: sites.id, name: sites.name })
      .from(sites)
      .where(eq(sites.id, siteId))
      .for("no key update");
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    const [before] = await tx
      .select({
        driver: siteNetworks.driver,
        address: siteNetworks.address,
        bridge: siteNetworks.bridge,
        namespace: siteNetworks.namespace,
      })
      .from(siteNetworks)
      .where(eq(siteNetworks.siteId, siteId));
    const joined = await listJoined(tx, siteId);
    if (before && joined.length > 0 && isElsewhere(before, input)) {
      return refuse({ kind: "in_use", resource: "network driver", by: joined });
    }
    const secret = input.driver === "http" ? input.secret : "";
    if (input.driver === "http" && !secret && before?.driver !== "http") {
      return invalid("secret", "Enter the secret that signs the requests.");
    }
    const sealedSecret = secret ? seal(sealingKey, networkPlace(siteId), secret) : undefined;
    const settings =
      input.driver === "http"
        ? {
            driver: input.driver,
            address: input.address,
            certificatePem: input.certificatePem,
            sealedSecret,
            bridge: null,
            namespace: null,
          }
        : {
            driver: input.driver,
            address: null,
            certificatePem: null,
            sealedSecret: null,
            bridge: input.bridge,
            namespace: input.namespace || null,
          };
    if (before) {
      await tx
        .update(siteNetworks)
        .set({ ...settings, version: sql`${siteNetworks.version} + 1`, changedAt: sql`now()` })
        .where(eq(siteNetworks.siteId, siteId));
    } else {
      await tx.insert(siteNetworks).values({ siteId, ...settings });
    }
    await recordAudit(tx, grant, {
      action: "site.set_network",
      object: { kind: "site", id: site.id, name: site.name },
      detail: {
        before: before ? driverWords(before) : null,
        after: driverWords(settings),
        secretChanged: secret !== "",
      },
    });
    return ok(undefined);
  });
}

function invalid(field: string, words: string) {
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { [field]: words } });
}

/** Whether ports would be looked for in another place: what is joined there could not be left. */
function isElsewhere(
  before: {
    driver: string;
    address: string | null;
    bridge: string | null;
    namespace: string | null;
  },
  input: SetSiteNetworkInput,
): boolean {
  if (before.driver !== input.driver) return true;
  if (input.driver === "http") return before.address !== input.address;
  return before.bridge !== input.bridge || before.namespace !== (input.namespace || null);
}
