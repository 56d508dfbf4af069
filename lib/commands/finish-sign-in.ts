import type { Database, Transaction } from "#db/client";
import { keepChallenge, listPasskeys, takeChallenge } from "#db/queries/passkeys";
import { findPendingSignIn, spendPendingSignIn } from "#db/queries/second-factors";
import { type AttemptKey, beginAttempt, endAttempt } from "#db/queries/sign-in-attempts";
import { lockUser, type UserRow } from "#db/queries/users";
import { recordEvents } from "#lib/access/audit";
import { newChallenge, optionsToSign, type PasskeyRequest } from "#lib/access/passkey";
import { readPendingToken, takeCode } from "#lib/access/second-factor";
import { takePasskey } from "#lib/access/take-passkey";
import { withUser } from "#lib/access/with-grant";
import { openSession, type SignedIn, type SignInRequest } from "#lib/commands/open-session";
import type { RelyingParty } from "#lib/domain/access/relying-party";
import type { ShownFactor } from "#lib/domain/access/way-in";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SignedInput } from "#lib/schemas/passkey";
import type { CodeInput } from "#lib/schemas/second-factor";

type Finished = Result<SignedIn, RefusalOf<"invalid_input" | "too_many_attempts" | "not_now">>;

/**
 * Opens the session of a sign-in that waits for its second factor: for a code of the app, or a recovery
 * code, each of which is used up. Wrong codes wait as wrong passwords do, and are counted apart from
 * these.
 */
export function finishSignIn(
  db: Database,
  request: SignInRequest,
  token: string | undefined,
  { code }: CodeInput,
  identitySecret: string,
  now?: Date,
): Promise<Finished> {
  return finish(db, request, token, now, async (tx, user) => {
    const by = await takeCode(tx, user.id, code, identitySecret);
    return by ? ok(by) : wrongCode;
  });
}

/** What has one of the passkeys sign of the person whose sign-in waits. */
export async function beginPasskeyFactor(
  db: Database,
  token: string | undefined,
  party: RelyingParty,
): Promise<Result<PasskeyRequest, RefusalOf<"not_now">>> {
  const pending = readPendingToken(token);
  if (!pending) return begunTooLongAgo;
  const { userId, tokenHash } = pending;
  return withUser(db, userId, async (tx) => {
    if (!(await findPendingSignIn(tx, userId, tokenHash))) return begunTooLongAgo;
    const challenge = newChallenge();
    const of = { purpose: "second_factor", boundTo: tokenHash, userId } as const;
    await keepChallenge(tx, of, challenge);
    return ok(await optionsToSign(party, await listPasskeys(tx, userId), challenge));
  });
}

/** As `finishSignIn`, for what a passkey signed: in answer to this very sign-in, and once. */
export function finishSignInByPasskey(
  db: Database,
  request: SignInRequest,
  token: string | undefined,
  { response }: SignedInput,
  party: RelyingParty,
  now?: Date,
): Promise<Finished> {
  return finish(db, request, token, now, async (tx, user, tokenHash) => {
    const of = { purpose: "second_factor", boundTo: tokenHash, userId: user.id } as const;
    const challenge = await takeChallenge(tx, of);
    const taken = await takePasskey(tx, party, user, challenge, response, request);
    return taken.ok ? ok("passkey") : taken;
  });
}

async function finish(
  db: Database,
  request: SignInRequest,
  token: string | undefined,
  now: Date | undefined,
  /** Takes what was shown; gives what it was. */
  take: (
    tx: Transaction,
    user: UserRow,
    tokenHash: string,
  ) => Promise<Result<ShownFactor, RefusalOf<"invalid_input" | "not_now">>>,
): Promise<Finished> {
  const pending = readPendingToken(token);
  if (!pending) return begunTooLongAgo;
  const { userId, tokenHash } = pending;
  const keys: AttemptKey[] = [
    { kind: "code", value: userId },
    ...(request.ipAddress ? [{ kind: "address" as const, value: request.ipAddress }] : []),
  ];
  // In a transaction of its own, so that a try is counted whatever becomes of it. Without a sign-in
  // that waits nothing is counted: a stranger slows nobody down.
  const waitMs = await withUser(db, userId, async (tx) =>
    (await findPendingSignIn(tx, userId, tokenHash)) ? beginAttempt(tx, keys, now) : null,
  );
  if (waitMs === null) return begunTooLongAgo;
  if (waitMs > 0) {
    return refuse({ kind: "too_many_attempts", retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
  return withUser(db, userId, async (tx) => {
    const user = await lockUser(tx, userId);
    const waiting = await findPendingSignIn(tx, userId, tokenHash);
    if (!waiting || !user || user.disabledAt) return begunTooLongAgo;
    const taken = await take(tx, user, tokenHash);
    if (!taken.ok) {
      await note(tx, request, user, null);
      return taken;
    }
    await spendPendingSignIn(tx, waiting);
    await endAttempt(tx, keys, now);
    const isOperator = user.operatorRole !== null;
    const { providerId } = waiting;
    const wayIn = providerId ? "provider" : "password";
    const by = { wayIn, providerId, shownFactor: taken.value } as const;
    const sessionId = await openSession(tx, request, { id: userId, isOperator, ...by }, now);
    await note(tx, request, user, taken.value, sessionId);
    return ok({ userId, sessionId, name: user.name });
  });
}

async function note(
  tx: Transaction,
  request: SignInRequest,
  user: UserRow,
  by: ShownFactor | null,
  sessionId?: Id<"session">,
): Promise<void> {
  const { requestId, ipAddress } = request;
  const doer = { actorId: user.id, actorName: user.name, requestId, ipAddress, sessionId };
  const detail = { email: user.email, secondFactor: by ?? "wrong" };
  await recordEvents(tx, doer, [{ action: "session.sign_in", detail }], by ? "done" : "denied");
}

const begunTooLongAgo = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This sign-in was begun too long ago, or it was used.",
  advice: "Sign in again.",
});

/** What is said of a code that is not taken. */
const wrongCode = refuse<RefusalOf<"invalid_input">>({
  kind: "invalid_input",
  fields: {
    code: "This code is wrong, or it was used before. Enter the next one that your app shows, or another recovery code.",
  },
});
