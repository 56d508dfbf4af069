import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockOperators } from "#db/queries/identity";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { lockUser } from "#db/queries/users";
import { users } from "#db/schema/users";
import { recordAudit, recordAudits } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type EndedAccess, endAll } from "#lib/commands/end-access";
import { withdrawInvitationsOf } from "#lib/commands/invite-operator";
import { adminStays, hasOtherAdmin } from "#lib/domain/access/membership";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { PersonInput } from "#lib/schemas/person";

type Closed<T> = Result<T, RefusalOf<"not_found" | "not_now">>;

/**
 * Closes a person's account: nobody signs in to it by any way, a provider's included, and what was open of
 * it ends now and for good, invitations of operators that are for it or by it included. Memberships, environments and their keys stay as they are. An operator does
 * not close their own, nor that of the fleet's last admin.
 */
export async function closeAccount(
  db: Database,
  grant: Grant<"operator.edit">,
  { userId }: PersonInput,
): Promise<Closed<EndedAccess>> {
  return withGrant(db, grant, async (tx) => {
    const operators = await lockOperators(tx);
    const user = await lockUser(tx, userId);
    if (!user) return refuse({ kind: "not_found", resource: "user" });
    if (userId === grant.actorId) {
      return refuse({
        kind: "not_now",
        reason: "This is your own account.",
        advice: "Another admin of the fleet can close it.",
      });
    }
    if (user.disabledAt) {
      return refuse({
        kind: "not_now",
        reason: "This account is closed already.",
        advice: "Open it again to let them in.",
      });
    }
    if (user.operatorRole === "fleet_admin" && !hasOtherAdmin(operators, userId)) return adminStays;
    await tx.update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, userId));
    const ended = await endAll(tx, userId);
    const object = { kind: "user", id: userId, name: user.email };
    const withdrawn = await withdrawInvitationsOf(tx, user);
    await recordAudits(tx, grant, [
      { action: "account.close", object, detail: ended },
      ...withdrawn,
    ]);
    return ok(ended);
  });
}

/** Opens a closed account again, with the ways in that it had; tokens that ended stay ended. */
export async function reopenAccount(
  db: Database,
  grant: Grant<"operator.edit">,
  { userId }: PersonInput,
): Promise<Closed<void>> {
  return withGrant(db, grant, async (tx) => {
    const user = await lockUser(tx, userId);
    if (!user) return refuse({ kind: "not_found", resource: "user" });
    if (!user.disabledAt) {
      return refuse({
        kind: "not_now",
        reason: "This account is open.",
        advice: "There is nothing to do.",
      });
    }
    await tx.update(users).set({ disabledAt: null }).where(eq(users.id, userId));
    await recordAudit(tx, grant, {
      action: "account.reopen",
      object: { kind: "user", id: userId, name: user.email },
    });
    const by = grant.actorName;
    await notifyOfAccount(tx, userId, { what: "account_reopened", name: null, by });
    return ok(undefined);
  });
}
