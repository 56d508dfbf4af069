import type { z } from "zod";
import type { Database } from "#db/client";
import { identityProviders } from "#db/schema/identity";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { discoverProvider } from "#lib/access/discover-provider";
import { keepSecret, providerPlace } from "#lib/access/kept-secret";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { addIdentityProviderInput } from "#lib/schemas/identity";

/**
 * Lets people sign in with one more OpenID provider. Its issuer must answer now, and under that very
 * name. The client secret is sealed and never given back.
 */
export async function addIdentityProvider(
  db: Database,
  grant: Grant<"identity.edit">,
  { clientSecret, ...input }: z.output<typeof addIdentityProviderInput>,
  identitySecret: string,
): Promise<Result<{ id: Id<"identityProvider"> }, RefusalOf<"invalid_input" | "name_taken">>> {
  const found = await discoverProvider(input.issuer);
  if (!found.ok) return refuse({ kind: "invalid_input", fields: { issuer: found.refusal } });
  const id = newId("identityProvider");
  const sealedSecret = keepSecret(identitySecret, providerPlace(id), clientSecret);
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(identityProviders)
      .values({ ...input, id, sealedSecret })
      .onConflictDoNothing({ target: identityProviders.issuer })
      .returning({ id: identityProviders.id });
    if (made.length === 0) {
      return refuse({ kind: "name_taken", resource: "identity provider", name: input.issuer });
    }
    const { label, issuer, clientId, emailDomains, groupsClaim, ownSecondFactor } = input;
    await recordAudit(tx, grant, {
      action: "identity_provider.add",
      object: { kind: "identity_provider", id, name: label },
      detail: { issuer, clientId, emailDomains, groupsClaim, ownSecondFactor },
    });
    return ok({ id });
  });
}
