import type { Database, Transaction } from "#db/client";
import { deleteFactor, endPendingSignIns } from "#db/queries/second-factors";
import { revokeSessions } from "#db/queries/sessions";
import { findTenantRole } from "#db/queries/tenants";
import { findUser, type UserRow } from "#db/queries/users";
import { recordAudit, recordOwnAct } from "#lib/access/audit";
import type { Actor, Grant } from "#lib/access/authorize";
import { withGrant, withUser } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

type Removed = Result<void, RefusalOf<"not_found" | "not_now">>;

/** Removes one's own second factor with its recovery codes. */
export async function removeOwnSecondFactor(db: Database, actor: Actor): Promise<Removed> {
  return withUser(db, actor.userId, async (tx) => {
    if (!(await deleteFactor(tx, actor.userId))) return none;
    await endPendingSignIns(tx, actor.userId);
    await recordOwnAct(tx, actor, { action: "second_factor.remove" });
    return ok(undefined);
  });
}

/**
 * Removes the lost second factor of a tenant's member, and ends their sessions. Only for operators, as
 * with passwords: an account may reach several tenants.
 */
export async function removeMemberFactor(
  db: Database,
  grant: Grant<"tenant.edit">,
  { tenantId, userId }: { tenantId: Id<"tenant">; userId: Id<"user"> },
): Promise<Removed> {
  return withGrant(db, grant, async (tx) => {
    const role = await findTenantRole(tx, tenantId, userId);
    const user = await findUser(tx, userId);
    if (!role || !user) return refuse({ kind: "not_found", resource: "member" });
    if (user.operatorRole) {
      return refuse({
        kind: "not_now",
        reason: "This person is also an operator.",
        advice: "An operator who is an admin removes it under Operators.",
      });
    }
    return removeLost(tx, grant, user, tenantId);
  });
}

/** Removes the lost second factor of another operator, and ends their sessions. */
export async function removeOperatorFactor(
  db: Database,
  grant: Grant<"operator.edit">,
  { userId }: { userId: Id<"user"> },
): Promise<Removed> {
  return withGrant(db, grant, async (tx) => {
    const user = await findUser(tx, userId);
    if (!user?.operatorRole) return refuse({ kind: "not_found", resource: "user" });
    if (user.id === grant.actorId) {
      return refuse({
        kind: "not_now",
        reason: "This is your own second factor.",
        advice: "Remove it on your account page.",
      });
    }
    return removeLost(tx, grant, user);
  });
}

async function removeLost(
  tx: Transaction,
  grant: Grant<"tenant.edit" | "operator.edit">,
  user: UserRow,
  tenantId?: Id<"tenant">,
): Promise<Removed> {
  if (!(await deleteFactor(tx, user.id))) return none;
  await endPendingSignIns(tx, user.id);
  await revokeSessions(tx, user.id, new Date());
  await recordAudit(tx, grant, {
    action: "second_factor.reset",
    object: { kind: "user", id: user.id, name: user.email },
    tenantId,
  });
  return ok(undefined);
}

const none = refuse<RefusalOf<"not_found">>({ kind: "not_found", resource: "second factor" });
