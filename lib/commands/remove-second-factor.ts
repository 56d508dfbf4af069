import type { Database, Transaction } from "#db/client";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { deletePasskey, listPasskeys } from "#db/queries/passkeys";
import { deleteFactors, deleteTotp, endPendingSignIns, findTotp } from "#db/queries/second-factors";
import { revokeSessions } from "#db/queries/sessions";
import { findTenantRole } from "#db/queries/tenants";
import { findUser, lockUser, type UserRow } from "#db/queries/users";
import { recordAudit, recordOwnAct } from "#lib/access/audit";
import type { Actor, Grant } from "#lib/access/authorize";
import { afterLosingFactor, mayLoseFactor } from "#lib/access/factor-rules";
import { onlyWayIn, waysIn } from "#lib/access/ways-in";
import { withGrant, withUser } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemovePasskeyInput } from "#lib/schemas/passkey";

type Removed = Result<void, RefusalOf<"not_found" | "not_now">>;

/** Removes one's own authenticator app. The last factor stays where somebody asks for one. */
export async function removeOwnApp(db: Database, actor: Actor): Promise<Removed> {
  return withUser(db, actor.userId, async (tx) => {
    await lockUser(tx, actor.userId);
    if (!(await findTotp(tx, actor.userId))?.confirmedAt) return none;
    const allowed = await mayLoseFactor(tx, actor, null);
    if (!allowed.ok) return allowed;
    await deleteTotp(tx, actor.userId);
    await afterLosingFactor(tx, actor);
    await recordOwnAct(tx, actor, { action: "second_factor.remove", detail: { kind: "app" } });
    await notifyOfAccount(tx, actor.userId, { what: "app_removed", name: null, by: null });
    return ok(undefined);
  });
}

/** Removes one of one's own passkeys. The last factor stays where somebody asks for one. */
export async function removePasskey(
  db: Database,
  actor: Actor,
  { passkeyId }: RemovePasskeyInput,
): Promise<Removed> {
  return withUser(db, actor.userId, async (tx) => {
    await lockUser(tx, actor.userId);
    const passkeys = await listPasskeys(tx, actor.userId);
    const own = passkeys.find(({ id }) => id === passkeyId);
    if (!own) return refuse({ kind: "not_found", resource: "passkey" });
    const allowed = await mayLoseFactor(tx, actor, own);
    if (!allowed.ok) return allowed;
    // A passkey signs in alone, which may be all that lets its person in.
    const isLast = passkeys.every((each) => each.id === passkeyId || each.distrustedAt);
    if (isLast && !own.distrustedAt) {
      const ways = await waysIn(tx, actor);
      if (!ways.password && ways.issuers.length === 0) return lastWay;
    }
    await deletePasskey(tx, passkeyId);
    await afterLosingFactor(tx, actor);
    const { name } = own;
    await recordOwnAct(tx, actor, {
      action: "second_factor.remove",
      object: { kind: "passkey", id: passkeyId, name },
      detail: { kind: "passkey" },
    });
    await notifyOfAccount(tx, actor.userId, { what: "passkey_removed", name, by: null });
    return ok(undefined);
  });
}

/**
 * Removes the lost second factors of a tenant's member, app and passkeys, and ends their sessions.
 * Only for operators, as with passwords: an account may reach several tenants.
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

/** Removes the lost second factors of another operator, and ends their sessions. */
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
  await lockUser(tx, user.id);
  if (!(await deleteFactors(tx, user.id))) return none;
  await endPendingSignIns(tx, user.id);
  await revokeSessions(tx, user.id, new Date());
  await recordAudit(tx, grant, {
    action: "second_factor.reset",
    object: { kind: "user", id: user.id, name: user.email },
    tenantId,
  });
  const by = grant.actorName;
  await notifyOfAccount(tx, user.id, { what: "factors_removed", name: null, by });
  return ok(undefined);
}

const lastWay = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: onlyWayIn.reason,
  advice: "Add another passkey first.",
});

const none = refuse<RefusalOf<"not_found">>({ kind: "not_found", resource: "second factor" });
