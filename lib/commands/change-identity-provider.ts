import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { Database } from "#db/client";
import { findIdentityProvider } from "#db/queries/identity";
import { identityProviders } from "#db/schema/identity";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { discoverProvider } from "#lib/access/discover-provider";
import { keepSecret, providerPlace } from "#lib/access/kept-secret";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { changeIdentityProviderInput } from "#lib/schemas/identity";

/**
 * Changes a provider, or switches it off and on. Its issuer stays: who people are hangs on it. What is
 * switched off need not answer.
 */
export async function changeIdentityProvider(
  db: Database,
  grant: Grant<"identity.edit">,
  { id, clientSecret, ...input }: z.output<typeof changeIdentityProviderInput>,
  identitySecret: string,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  const before = await findIdentityProvider(db, id);
  if (!before) return refuse({ kind: "not_found", resource: "identity provider" });
  if (input.issuer !== before.issuer) {
    const message = "The issuer stays, since accounts are linked by it. Add another provider.";
    return refuse({ kind: "invalid_input", fields: { issuer: message } });
  }
  if (input.enabled) {
    const found = await discoverProvider(input.issuer);
    if (!found.ok) return refuse({ kind: "invalid_input", fields: { issuer: found.refusal } });
  }
  return withGrant(db, grant, async (tx) => {
    const sealed = clientSecret
      ? { sealedSecret: keepSecret(identitySecret, providerPlace(id), clientSecret) }
      : {};
    await tx
      .update(identityProviders)
      .set({ ...input, ...sealed, changedAt: new Date() })
      .where(eq(identityProviders.id, id));
    const facts = (of: typeof input) => {
      const { label, clientId, emailDomains, groupsClaim, ownSecondFactor, enabled } = of;
      return { label, clientId, emailDomains, groupsClaim, ownSecondFactor, enabled };
    };
    await recordAudit(tx, grant, {
      action: "identity_provider.change",
      object: { kind: "identity_provider", id, name: input.label },
      detail: { before: facts(before), after: facts(input), newSecret: clientSecret !== "" },
    });
    return ok(undefined);
  });
}
