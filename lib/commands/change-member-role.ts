import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findManager } from "#db/queries/identity";
import { notifyOfRole } from "#db/queries/notify-of-role";
import { countOtherOwners, findMember, lockTenant } from "#db/queries/tenants";
import { findUser } from "#db/queries/users";
import { tenantMembers } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { admitRole, type MemberGrant } from "#lib/commands/admit-role";
import { managedByProvider } from "#lib/domain/access/membership";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeMemberRoleInput } from "#lib/schemas/tenant";

/** Gives a member another role in the tenant, from their next request on. */
export async function changeMemberRole(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  { userId, role }: ChangeMemberRoleInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now" | "last_owner">>> {
  return withGrant(db, grant, async (tx) => {
    // The lock comes first: two owners who step down at the same moment are counted one by one.
    await lockTenant(tx, tenantId);
    const member = await findMember(tx, tenantId, userId);
    if (!member) return refuse({ kind: "not_found", resource: "member" });
    const manager = await findManager(tx, member);
    if (manager) return managedByProvider(manager.provider, manager.group);
    const from = member.role;
    const name = (await findUser(tx, userId))?.email ?? userId;
    const act = { action: "member.change_role", object: { kind: "user", id: userId, name } };
    const otherOwners = await countOtherOwners(tx, tenantId, userId);
    const change = { from, to: role, otherOwners };
    const admitted = await admitRole(tx, grant, tenantId, change, act);
    if (!admitted.ok) return admitted;
    await tx
      .update(tenantMembers)
      // An owner's membership does not end.
      .set({ role, ...(role === "owner" && { until: null }) })
      .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, userId)));
    await notifyOfRole(tx, grant, { userId, role, tenantId });
    await recordAudit(tx, grant, {
      ...act,
      detail: { before: from, after: role },
      tenantId,
    });
    return ok(undefined);
  });
}
