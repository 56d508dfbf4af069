import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { findManager } from "#db/queries/identity";
import { countOtherOwners, findMember, lockTenant } from "#db/queries/tenants";
import { tenantMembers } from "#db/schema/tenants";
import { recordOwnAct } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import { withMembership, withUser } from "#lib/access/with-grant";
import { managedByProvider } from "#lib/domain/access/membership";
import { hasEnded } from "#lib/domain/access/term";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Ends one's own membership of a tenant, and with it every role in its projects. What one launched
 * stays. Refused to the last owner, and where a provider's group would bring it back.
 */
export async function leaveTenant(
  db: Database,
  actor: Actor,
  { tenantId }: { tenantId: Id<"tenant"> },
): Promise<Result<void, RefusalOf<"not_found" | "not_now" | "last_owner">>> {
  // Not by what they reach: a tenant that asks for a second factor keeps them out, and can be left as well.
  const isTheirs = await withUser(db, actor.userId, (tx) => findMember(tx, tenantId, actor.userId));
  if (!isTheirs) return refuse({ kind: "not_found", resource: "tenant" });
  return withMembership(db, actor, { tenantId }, async (tx) => {
    await lockTenant(tx, tenantId);
    const member = await findMember(tx, tenantId, actor.userId);
    if (!member || hasEnded(member.until, await databaseNow(tx)))
      return refuse({ kind: "not_found", resource: "tenant" });
    const manager = await findManager(tx, member);
    if (manager) return managedByProvider(manager.provider, manager.group);
    if (member.role === "owner" && (await countOtherOwners(tx, tenantId, actor.userId)) === 0) {
      return refuse({ kind: "last_owner" });
    }
    await tx
      .delete(tenantMembers)
      .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, actor.userId)));
    await recordOwnAct(tx, actor, {
      action: "member.leave",
      object: { kind: "user", id: actor.userId, name: actor.email },
      detail: { before: member.role },
      tenantId,
    });
    return ok(undefined);
  });
}
