import type { Database, Transaction } from "#db/client";
import { findPendingSignIn, spendPendingSignIn } from "#db/queries/second-factors";
import { type AttemptKey, beginAttempt, endAttempt } from "#db/queries/sign-in-attempts";
import { findUser, type UserRow } from "#db/queries/users";
import { recordEvents } from "#lib/access/audit";
import { readPendingToken, takeCode } from "#lib/access/second-factor";
import { withUser } from "#lib/access/with-grant";
import { openSession, type SignedIn, type SignInRequest } from "#lib/commands/open-session";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CodeInput } from "#lib/schemas/second-factor";

/**
 * Opens the session of a sign-in that waits for its second factor: for a code of the app, or a recovery
 * code, each of which is used up. Wrong codes wait as wrong passwords do, and are counted apart from
 * these.
 */
export async function finishSignIn(
  db: Database,
  request: SignInRequest,
  token: string | undefined,
  { code }: CodeInput,
  identitySecret: string,
  now = new Date(),
): Promise<Result<SignedIn, RefusalOf<"invalid_input" | "too_many_attempts" | "not_now">>> {
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
    const waiting = await findPendingSignIn(tx, userId, tokenHash);
    const user = await findUser(tx, userId);
    if (!waiting || !user || user.disabledAt) return begunTooLongAgo;
    const by = await takeCode(tx, userId, code, identitySecret);
    await note(tx, request, user, by);
    if (!by) return wrongCode;
    await spendPendingSignIn(tx, waiting);
    await endAttempt(tx, keys, now);
    const isOperator = user.operatorRole !== null;
    const { providerId } = waiting;
    const sessionId = await openSession(tx, request, { id: userId, isOperator, providerId }, now);
    return ok({ userId, sessionId, name: user.name });
  });
}

async function note(
  tx: Transaction,
  request: SignInRequest,
  user: UserRow,
  by: "app" | "recovery code" | null,
): Promise<void> {
  const { requestId, ipAddress } = request;
  const doer = { actorId: user.id, actorName: user.name, requestId, ipAddress };
  const detail = { email: user.email, secondFactor: by ?? "wrong code" };
  await recordEvents(tx, doer, [{ action: "session.sign_in", detail }], by ? "done" : "denied");
}

const begunTooLongAgo = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This sign-in was begun too long ago, or it was used.",
  advice: "Sign in again.",
});

/** What is said of a code that is not taken, wherever one is asked for. */
export const wrongCode = refuse<RefusalOf<"invalid_input">>({
  kind: "invalid_input",
  fields: {
    code: "This code is wrong, or it was used before. Enter the next one that your app shows, or another recovery code.",
  },
});
