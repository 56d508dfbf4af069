import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { findManager } from "#db/queries/identity";
import { notifyOfRole } from "#db/queries/notify-of-role";
import { findMember, lockTenant } from "#db/queries/tenants";
import { findUser } from "#db/queries/users";
import { tenantMembers } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import type { MemberGrant } from "#lib/commands/admit-role";
import { managedByProvider, ownersStay } from "#lib/domain/access/membership";
import { endOfTerm } from "#lib/domain/access/term";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetTermInput } from "#lib/schemas/invitation";

/** Says for how many days from now a membership lasts, or that it does not end. Owners' do not. */
export async function setMemberTerm(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  { userId, days }: SetTermInput,
  instead?: Date,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    await lockTenant(tx, tenantId);
    const now = await databaseNow(tx, instead);
    const member = await findMember(tx, tenantId, userId);
    if (!member) return refuse({ kind: "not_found", resource: "member" });
    const manager = await findManager(tx, member);
    if (manager) return managedByProvider(manager.provider, manager.group);
    if (member.role === "owner" && days !== null) return ownersStay;
    const until = endOfTerm(days, now);
    await tx
      .update(tenantMembers)
      .set({ until })
      .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, userId)));
    await notifyOfRole(tx, grant, { userId, role: member.role, until, tenantId });
    await recordAudit(tx, grant, {
      action: "member.set_term",
      object: { kind: "user", id: userId, name: (await findUser(tx, userId))?.email ?? userId },
      detail: {
        before: member.until?.toISOString() ?? null,
        after: until?.toISOString() ?? null,
      },
      tenantId,
    });
    return ok(undefined);
  });
}
