import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { asGroupRole, findIdentityProvider } from "#db/queries/identity";
import { groupRoles } from "#db/schema/identity";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Takes a role from a provider's group. Who has it by that loses it at their next sign-in. */
export async function removeGroupRole(
  db: Database,
  grant: Grant<"identity.edit">,
  { id }: { id: Id<"groupRole"> },
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [gone] = await tx.delete(groupRoles).where(eq(groupRoles.id, id)).returning();
    if (!gone) return refuse({ kind: "not_found", resource: "group role" });
    const provider = await findIdentityProvider(tx, gone.providerId);
    const { group, place, role } = asGroupRole(gone);
    await recordAudit(tx, grant, {
      action: "group_role.remove",
      object: { kind: "identity_provider", id: gone.providerId, name: provider?.label ?? "" },
      detail: { group, place, role },
      tenantId: gone.tenantId ?? undefined,
      projectId: gone.projectId ?? undefined,
    });
    return ok(undefined);
  });
}
