import { and, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { listIdentities, listIdentityProviders, type UserIdentityRow } from "#db/queries/identity";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { endPendingSignIns } from "#db/queries/second-factors";
import { revokeSessions } from "#db/queries/sessions";
import { lockUser } from "#db/queries/users";
import { userIdentities } from "#db/schema/identity";
import { recordAudit, recordOwnAct } from "#lib/access/audit";
import type { Actor, Grant } from "#lib/access/authorize";
import { onlyWayIn, waysIn } from "#lib/access/ways-in";
import { withGrant, withUser } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { UnlinkIdentityOfInput } from "#lib/schemas/person";

/** Unlinks a provider from one's own account, unless it is the only way in. */
export async function unlinkIdentity(
  db: Database,
  actor: Actor,
  { issuer }: { issuer: string },
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withUser(db, actor.userId, async (tx) => {
    // Two at once would each leave the other.
    await lockUser(tx, actor.userId);
    const linked = await listIdentities(tx, actor.userId);
    const identity = linked.find((each) => each.issuer === issuer);
    if (!identity) return refuse({ kind: "not_found", resource: "linked sign-in" });
    const ways = await waysIn(tx, actor);
    if (ways.password === false && ways.issuers.every((each) => each === issuer)) {
      return refuse({ kind: "not_now", ...onlyWayIn });
    }
    await unlink(tx, identity, null);
    await recordOwnAct(tx, actor, {
      action: "identity.unlink",
      detail: { issuer, subject: identity.subject },
    });
    return ok(undefined);
  });
}

/**
 * Unlinks a provider from another person's account, also when it is a tenant member's only way in: an
 * identity that is theirs no more opens nothing, and their sessions end. Tokens stay: `endAccess` ends them.
 */
export async function unlinkIdentityOf(
  db: Database,
  grant: Grant<"operator.edit">,
  { userId, issuer }: UnlinkIdentityOfInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const user = await lockUser(tx, userId);
    const identity = (await listIdentities(tx, userId)).find((each) => each.issuer === issuer);
    if (!user || !identity) return refuse({ kind: "not_found", resource: "linked sign-in" });
    if (userId === grant.actorId) {
      return refuse({
        kind: "not_now",
        reason: "This is your own account.",
        advice: "Unlink it on your account page.",
      });
    }
    const ways = await waysIn(tx, { userId, operatorRole: user.operatorRole });
    const hasOther = ways.password || ways.passkey || ways.issuers.some((each) => each !== issuer);
    if (user.operatorRole && !hasOther) {
      return refuse({
        kind: "not_now",
        reason: "It is the only way in of an operator, whom nobody here can give a password.",
        advice: "Take their role in the fleet first, or close the account.",
      });
    }
    await unlink(tx, identity, grant.actorName);
    await endPendingSignIns(tx, userId);
    const sessions = await revokeSessions(tx, userId, await databaseNow(tx));
    await recordAudit(tx, grant, {
      action: "identity.unlink",
      object: { kind: "user", id: userId, name: user.email },
      detail: { issuer, subject: identity.subject, sessions },
    });
    return ok(undefined);
  });
}

async function unlink(
  tx: Transaction,
  { issuer, userId }: UserIdentityRow,
  by: string | null,
): Promise<void> {
  await tx
    .delete(userIdentities)
    .where(and(eq(userIdentities.issuer, issuer), eq(userIdentities.userId, userId)));
  const providers = await listIdentityProviders(tx);
  const name = providers.find((each) => each.issuer === issuer)?.label ?? issuer;
  await notifyOfAccount(tx, userId, { what: "provider_unlinked", name, by });
}
