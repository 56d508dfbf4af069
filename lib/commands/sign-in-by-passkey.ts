import type { Database } from "#db/client";
import { readPasswordRule } from "#db/queries/identity";
import { keepChallenge, takeChallenge } from "#db/queries/passkeys";
import { type AttemptKey, beginAttempt, endAttempt } from "#db/queries/sign-in-attempts";
import { lockUser } from "#db/queries/users";
import { recordEvents } from "#lib/access/audit";
import {
  browserHash,
  claimedOwner,
  newBrowserToken,
  newChallenge,
  optionsToSign,
  type PasskeyRequest,
} from "#lib/access/passkey";
import { stalePasskey, takePasskey, wrongPasskey } from "#lib/access/take-passkey";
import { withUser } from "#lib/access/with-grant";
import { openSession, type SignedIn, type SignInRequest } from "#lib/commands/open-session";
import type { RelyingParty } from "#lib/domain/access/relying-party";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SignedInput } from "#lib/schemas/passkey";

const nobody = "" as Id<"user">;

const keysOf = (
  kind: "address" | "prompt",
  request: Pick<SignInRequest, "ipAddress">,
): AttemptKey[] => (request.ipAddress ? [{ kind, value: request.ipAddress }] : []);

/**
 * What has a passkey sign of somebody who has not said who they are. The token stays with the browser:
 * no other can answer.
 */
export async function beginPasskeySignIn(
  db: Database,
  request: Pick<SignInRequest, "ipAddress">,
  party: RelyingParty,
  now?: Date,
): Promise<Result<{ token: string; options: PasskeyRequest }, RefusalOf<"too_many_attempts">>> {
  const { token, tokenHash } = newBrowserToken();
  const challenge = newChallenge();
  const waitMs = await withUser(db, nobody, async (tx) => {
    const wait = await beginAttempt(tx, keysOf("prompt", request), now);
    const of = { purpose: "sign_in", boundTo: tokenHash, userId: null } as const;
    if (wait === 0) await keepChallenge(tx, of, challenge);
    return wait;
  });
  if (waitMs > 0) return tooMany(waitMs);
  return ok({ token, options: await optionsToSign(party, null, challenge) });
}

/**
 * Opens a session for the owner of a passkey, which is two factors by itself: the device, and what its
 * owner unlocks it with. Where passwords are for operators alone, so is this: nobody goes past the
 * company's provider. Unknown, disabled and wrong are the same answer. An answer is a try of its
 * address, and taken back when it succeeds.
 */
export async function signInByPasskey(
  db: Database,
  request: SignInRequest,
  token: string | undefined,
  { response }: SignedInput,
  party: RelyingParty,
  now?: Date,
): Promise<Result<SignedIn, RefusalOf<"not_now" | "passwords_off" | "too_many_attempts">>> {
  if (!token) return stalePasskey;
  const of = { purpose: "sign_in", boundTo: browserHash(token), userId: null } as const;
  // In a transaction of its own: it is used up whatever becomes of the answer.
  const { challenge, waitMs } = await withUser(db, nobody, async (tx) => ({
    challenge: await takeChallenge(tx, of),
    waitMs: await beginAttempt(tx, keysOf("address", request), now),
  }));
  if (waitMs > 0) return tooMany(waitMs);
  const userId = claimedOwner(response);
  if (!challenge) return stalePasskey;
  if (!userId) return wrongPasskey;
  return withUser(db, userId, async (tx) => {
    const user = await lockUser(tx, userId);
    if (!user || user.disabledAt) return wrongPasskey;
    const taken = await takePasskey(tx, party, user, challenge, response, request);
    const isOperator = user.operatorRole !== null;
    const isOff = taken.ok && !isOperator && (await readPasswordRule(tx)) === "operators";
    const { requestId, ipAddress } = request;
    const doer = { actorId: userId, actorName: user.name, requestId, ipAddress };
    const act = { action: "session.sign_in", detail: { email: user.email, by: "passkey" } };
    if (!taken.ok || isOff) {
      await recordEvents(tx, doer, [act], "denied");
      return taken.ok ? refuse({ kind: "passwords_off" }) : taken;
    }
    await endAttempt(tx, keysOf("address", request), now);
    const by = { wayIn: "passkey", providerId: null, shownFactor: null } as const;
    const opened = { id: userId, isOperator, ...by };
    const sessionId = await openSession(tx, request, opened, now);
    await recordEvents(tx, { ...doer, sessionId }, [act]);
    return ok({ userId, sessionId, name: user.name });
  });
}

function tooMany(waitMs: number) {
  return refuse<RefusalOf<"too_many_attempts">>({
    kind: "too_many_attempts",
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });
}
