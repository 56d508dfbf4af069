import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { identityProviders } from "#db/schema/identity";
import { projectMembers, tenantMembers } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Takes a provider away. Nobody signs in with it any more; the roles that it gave stay, and people
 * manage them from now on. Accounts stay linked to its issuer, should it be added again.
 */
export async function removeIdentityProvider(
  db: Database,
  grant: Grant<"identity.edit">,
  { id }: { id: Id<"identityProvider"> },
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [gone] = await tx
      .delete(identityProviders)
      .where(eq(identityProviders.id, id))
      .returning();
    if (!gone) return refuse({ kind: "not_found", resource: "identity provider" });
    const byPeople = { providerId: null, providerGroup: null };
    await tx.update(tenantMembers).set(byPeople).where(eq(tenantMembers.providerId, id));
    await tx.update(projectMembers).set(byPeople).where(eq(projectMembers.providerId, id));
    await tx
      .update(users)
      .set({ operatorProviderId: null, operatorGroup: null })
      .where(eq(users.operatorProviderId, id));
    await recordAudit(tx, grant, {
      action: "identity_provider.remove",
      object: { kind: "identity_provider", id, name: gone.label },
      detail: { issuer: gone.issuer },
    });
    return ok(undefined);
  });
}
