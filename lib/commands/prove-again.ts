import type { Database, Transaction } from "#db/client";
import { keepChallenge, listPasskeys, takeChallenge } from "#db/queries/passkeys";
import { hasSecondFactor } from "#db/queries/second-factors";
import { renewSession } from "#db/queries/sessions";
import { type AttemptKey, beginAttempt, endAttempt } from "#db/queries/sign-in-attempts";
import { findUser } from "#db/queries/users";
import { recordDenied, recordOwnAct } from "#lib/access/audit";
import type { LoadedSession } from "#lib/access/load-actor";
import { newChallenge, optionsToSign, type PasskeyRequest } from "#lib/access/passkey";
import { verifyPassword } from "#lib/access/password";
import { takeCode } from "#lib/access/second-factor";
import { takePasskey } from "#lib/access/take-passkey";
import { withUser } from "#lib/access/with-grant";
import type { RelyingParty } from "#lib/domain/access/relying-party";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SignedInput } from "#lib/schemas/passkey";
import type { ProofInput } from "#lib/schemas/second-factor";

type Session = Pick<LoadedSession, "actor" | "sessionId">;
type Wrong = RefusalOf<"invalid_input" | "not_now">;
type Proved = Result<
  { sessionId: Id<"session"> },
  Wrong | RefusalOf<"too_many_attempts" | "not_found">
>;

/**
 * Notes that the person at a session has just shown that it is they: by a code where they have a second
 * factor, else by their password. The session goes on under another id. Wrong ones wait as they do at
 * sign-in.
 */
export async function proveAgain(
  db: Database,
  session: Session,
  { proof }: ProofInput,
  identitySecret: string,
  now?: Date,
): Promise<Proved> {
  const { userId } = session.actor;
  const hasFactor = await withUser(db, userId, (tx) => hasSecondFactor(tx, userId));
  return prove(db, session, now, async () => {
    if (hasFactor) {
      return async (tx) => {
        const by = await takeCode(tx, userId, proof, identitySecret);
        return by ? ok(by) : wrong("This code is wrong, or it was used before.");
      };
    }
    // Hashing takes tens of milliseconds: no transaction is held meanwhile.
    const user = await findUser(db, userId);
    const matches = user?.passwordHash ? await verifyPassword(proof, user.passwordHash) : false;
    return async () => (matches ? ok("password") : wrong("This is not your password."));
  });
}

/** What has one of the person's passkeys sign that it is still they. */
export async function beginPasskeyProof(
  db: Database,
  { actor, sessionId }: Session,
  party: RelyingParty,
): Promise<Result<PasskeyRequest, RefusalOf<"not_found">>> {
  const { userId } = actor;
  return withUser(db, userId, async (tx) => {
    const own = await listPasskeys(tx, userId);
    if (own.length === 0) return refuse({ kind: "not_found", resource: "passkey" });
    const challenge = newChallenge();
    await keepChallenge(tx, { purpose: "prove", boundTo: sessionId, userId }, challenge);
    return ok(await optionsToSign(party, own, challenge));
  });
}

/** As `proveAgain`, by what a passkey signed: in answer to this very session, and once. */
export async function proveByPasskey(
  db: Database,
  session: Session,
  { response }: SignedInput,
  party: RelyingParty,
  now?: Date,
): Promise<Proved> {
  const { actor, sessionId } = session;
  const { userId } = actor;
  return prove(db, session, now, async () => async (tx) => {
    const user = await findUser(tx, userId);
    if (!user) throw new Error("a session's person is gone");
    const challenge = await takeChallenge(tx, { purpose: "prove", boundTo: sessionId, userId });
    const taken = await takePasskey(tx, party, user, challenge, response, actor);
    return taken.ok ? ok("passkey") : taken;
  });
}

async function prove(
  db: Database,
  { actor, sessionId }: Session,
  now: Date | undefined,
  /** What takes long, and after it what takes the proof; gives what it was. */
  look: () => Promise<(tx: Transaction) => Promise<Result<string, Wrong>>>,
): Promise<Proved> {
  const { userId } = actor;
  const keys: AttemptKey[] = [{ kind: "proof", value: userId }];
  const waitMs = await withUser(db, userId, (tx) => beginAttempt(tx, keys, now));
  if (waitMs > 0) {
    return refuse({ kind: "too_many_attempts", retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
  const take = await look();
  return withUser(db, userId, async (tx): Promise<Proved> => {
    const by = await take(tx);
    if (!by.ok) {
      await recordDenied(tx, actor, { action: "session.prove" });
      return by;
    }
    await endAttempt(tx, keys, now);
    const next = newId("session");
    if (!(await renewSession(tx, userId, sessionId, next))) {
      return refuse({ kind: "not_found", resource: "session" });
    }
    await recordOwnAct(tx, actor, {
      action: "session.prove",
      detail: { by: by.value, renewedAs: next },
    });
    return ok({ sessionId: next });
  });
}

const wrong = (proof: string) =>
  refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { proof } });
