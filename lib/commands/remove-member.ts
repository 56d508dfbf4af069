import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findManager } from "#db/queries/identity";
import { notifyOfRole } from "#db/queries/notify-of-role";
import { countOtherOwners, findMember, lockTenant } from "#db/queries/tenants";
import { findUser } from "#db/queries/users";
import { tenantMembers } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { type MemberGrant, standingOf } from "#lib/commands/add-member";
import { admitRoleChange, managedByProvider } from "#lib/domain/access/membership";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveMemberInput } from "#lib/schemas/tenant";

/**
 * Takes a person out of a tenant and all its projects, from their next request on. Their account
 * stays, and so do environments they launched, with the keys these were given.
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
    const manager = await findManager(tx, member);
    if (manager) return managedByProvider(manager.provider, manager.group);
    const from = member.role;
    const admitted = admitRoleChange({
      by: standingOf(grant),
      from,
      to: null,
      otherOwners: await countOtherOwners(tx, tenantId, userId),
    });
    if (!admitted.ok) return admitted;
    await tx
      .delete(tenantMembers)
      .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, userId)));
    await notifyOfRole(tx, grant, { userId, role: null, tenantId });
    await recordAudit(tx, grant, {
      action: "member.remove",
      object: { kind: "user", id: userId, name: (await findUser(tx, userId))?.email ?? userId },
      detail: { before: from },
      tenantId,
    });
    return ok(undefined);
  });
}
