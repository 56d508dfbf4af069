import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { notifyOfRole } from "#db/queries/notify-of-role";
import { countOtherOwners, findMember, lockTenant } from "#db/queries/tenants";
import { findUser } from "#db/queries/users";
import { tenantMembers } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { admitRole, type MemberGrant } from "#lib/commands/admit-role";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveMemberInput } from "#lib/schemas/tenant";

/**
 * Takes a person out of a tenant and all its projects, from their next request on. Their account
 * stays, and so do environments they launched, with the keys these were given. A membership that a
 * provider's group gave can be taken as well, since whoever is shut out there signs in no more and is
 * never taken out by that; it comes back at a sign-in while the group is worth it.
 */
export async function removeMember(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  { userId }: RemoveMemberInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now" | "last_owner">>> {
  return withGrant(db, grant, async (tx) => {
    await lockTenant(tx, tenantId);
    const member = await findMember(tx, tenantId, userId);
    if (!member) return refuse({ kind: "not_found", resource: "member" });
    const from = member.role;
    const name = (await findUser(tx, userId))?.email ?? userId;
    const act = { action: "member.remove", object: { kind: "user", id: userId, name } };
    const otherOwners = await countOtherOwners(tx, tenantId, userId);
    const change = { from, to: null, otherOwners };
    const admitted = await admitRole(tx, grant, tenantId, change, act);
    if (!admitted.ok) return admitted;
    await tx
      .delete(tenantMembers)
      .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, userId)));
    await notifyOfRole(tx, grant, { userId, role: null, tenantId });
    await recordAudit(tx, grant, {
      ...act,
      detail: { before: from },
      tenantId,
    });
    return ok(undefined);
  });
}
