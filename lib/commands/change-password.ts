import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { endPendingSignIns } from "#db/queries/second-factors";
import { holdSession, revokeSessions } from "#db/queries/sessions";
import { beginAttempt, endAttempt } from "#db/queries/sign-in-attempts";
import { findUser, lockUser } from "#db/queries/users";
import { users } from "#db/schema/users";
import { recordOwnAct } from "#lib/access/audit";
import type { LoadedSession } from "#lib/access/load-actor";
import { newPasswordFault } from "#lib/access/new-password";
import { hashPassword, verifyPassword } from "#lib/access/password";
import { withUser } from "#lib/access/with-grant";
import { sessionEnded } from "#lib/domain/access/session-life";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangePasswordInput } from "#lib/schemas/account";

/**
 * Replaces a person's password by one of their own and ends all their other sessions: whoever knew
 * the old one is out. Wrong guesses of the old one wait as they do at sign-in.
 */
export async function changePassword(
  db: Database,
  { actor, sessionId }: LoadedSession,
  input: ChangePasswordInput,
  now?: Date,
): Promise<
  Result<{ endedSessions: number }, RefusalOf<"invalid_input" | "too_many_attempts" | "not_now">>
> {
  const keys = [{ kind: "proof", value: actor.userId }] as const;
  const waitMs = await withUser(db, actor.userId, (tx) => beginAttempt(tx, keys, now));
  if (waitMs > 0) {
    return refuse({ kind: "too_many_attempts", retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
  const user = await findUser(db, actor.userId);
  if (!user?.passwordHash || !(await verifyPassword(input.currentPassword, user.passwordHash))) {
    return invalid("currentPassword", "This is not your present password.");
  }
  await withUser(db, actor.userId, (tx) => endAttempt(tx, keys, now));
  if (input.newPassword === input.currentPassword) {
    return invalid("newPassword", "This is your present password. Choose another.");
  }
  const fault = newPasswordFault(input.newPassword, actor);
  if (fault) return invalid("newPassword", fault);
  const passwordHash = await hashPassword(input.newPassword);

  return withUser(db, actor.userId, async (tx) => {
    // Meanwhile it may have been reset, or this session ended, because somebody else had the old one.
    const locked = await lockUser(tx, actor.userId);
    if (locked?.passwordHash !== user.passwordHash) {
      return invalid("currentPassword", "This is not your present password.");
    }
    if (!(await holdSession(tx, actor.userId, sessionId))) return sessionEnded;
    await tx
      .update(users)
      .set({ passwordHash, mustChangePassword: false })
      .where(eq(users.id, actor.userId));
    await endPendingSignIns(tx, actor.userId);
    const at = await databaseNow(tx, now);
    const endedSessions = await revokeSessions(tx, actor.userId, at, sessionId);
    await recordOwnAct(tx, actor, { action: "password.change", detail: { endedSessions } });
    await notifyOfAccount(tx, actor.userId, { what: "password_changed", name: null, by: null });
    return ok({ endedSessions });
  });
}

function invalid(field: string, message: string) {
  return refuse<RefusalOf<"invalid_input">>({
    kind: "invalid_input",
    fields: { [field]: message },
  });
}
