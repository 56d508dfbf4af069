import type { Database } from "#db/client";
import { hasSecondFactor } from "#db/queries/second-factors";
import { renewSession } from "#db/queries/sessions";
import { type AttemptKey, beginAttempt, endAttempt } from "#db/queries/sign-in-attempts";
import { findUser } from "#db/queries/users";
import { recordDenied, recordOwnAct } from "#lib/access/audit";
import type { LoadedSession } from "#lib/access/load-actor";
import { verifyPassword } from "#lib/access/password";
import { takeCode } from "#lib/access/second-factor";
import { withUser } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ProofInput } from "#lib/schemas/second-factor";

/**
 * Notes that the person at a session has just shown that it is they: by a code where they have a second
 * factor, else by their password. The session goes on under another id. Wrong ones wait as they do at
 * sign-in.
 */
export async function proveAgain(
  db: Database,
  { actor, sessionId }: Pick<LoadedSession, "actor" | "sessionId">,
  { proof }: ProofInput,
  identitySecret: string,
  now = new Date(),
): Promise<
  Result<
    { sessionId: Id<"session"> },
    RefusalOf<"invalid_input" | "too_many_attempts" | "not_found">
  >
> {
  const { userId } = actor;
  const hasFactor = await withUser(db, userId, (tx) => hasSecondFactor(tx, userId));
  const keys: AttemptKey[] = [{ kind: "proof", value: userId }];
  const waitMs = await withUser(db, userId, (tx) => beginAttempt(tx, keys, now));
  if (waitMs > 0) {
    return refuse({ kind: "too_many_attempts", retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
  // Hashing takes tens of milliseconds: no transaction is held meanwhile.
  const user = await findUser(db, userId);
  const matches =
    !hasFactor && user?.passwordHash ? await verifyPassword(proof, user.passwordHash) : false;
  return withUser(db, userId, async (tx) => {
    const by = hasFactor
      ? await takeCode(tx, userId, proof, identitySecret)
      : matches
        ? "password"
        : null;
    if (!by) {
      await recordDenied(tx, actor, { action: "session.prove" });
      return hasFactor ? wrong("This code is wrong, or it was used before.") : wrongPassword;
    }
    await endAttempt(tx, keys, now);
    const next = newId("session");
    if (!(await renewSession(tx, userId, sessionId, next))) {
      return refuse({ kind: "not_found", resource: "session" });
    }
    await recordOwnAct(tx, actor, { action: "session.prove", detail: { by } });
    return ok({ sessionId: next });
  });
}

const wrong = (proof: string) =>
  refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { proof } });
const wrongPassword = wrong("This is not your password.");
