import { createHash, randomBytes } from "node:crypto";
import type { Transaction } from "#db/client";
import {
  databaseSeconds,
  findTotp,
  findVouchingProvider,
  replaceRecoveryCodes,
  spendRecoveryCode,
  takeTotpStep,
} from "#db/queries/second-factors";
import { renewSession, revokeSessions } from "#db/queries/sessions";
import { openSecret } from "#lib/access/kept-secret";
import { newOneTimePassword } from "#lib/access/one-time-password";
import { matchTotp } from "#lib/access/totp";
import { readCode, recoveryCodeCount } from "#lib/domain/access/second-factor";
import { type Id, isId, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Where the secret of a person's authenticator app belongs: bound into its sealed text. */
export function totpPlace(userId: Id<"user">): string {
  return `totp_factors|${userId}`;
}

/**
 * Takes what a person typed as a code of their app or as a recovery code, and uses it up. Null when it
 * is neither, or was used before.
 */
export async function takeCode(
  tx: Transaction,
  userId: Id<"user">,
  typed: string,
  identitySecret: string,
): Promise<"app" | "recovery code" | null> {
  const { kind, code } = readCode(typed);
  const factor = await findTotp(tx, userId);
  if (kind === "recovery") {
    const spent = await spendRecoveryCode(tx, userId, recoveryHash(userId, code));
    return spent ? "recovery code" : null;
  }
  if (!factor?.confirmedAt) return null;
  const secret = Buffer.from(
    openSecret(identitySecret, totpPlace(userId), factor.sealedSecret),
    "base64",
  );
  const step = matchTotp(secret, code, await databaseSeconds(tx));
  return step !== undefined && (await takeTotpStep(tx, userId, step)) ? "app" : null;
}

/** Makes ten recovery codes in the place of all that there were; only this once they are readable. */
export async function newRecoveryCodes(tx: Transaction, userId: Id<"user">): Promise<string[]> {
  const codes = Array.from({ length: recoveryCodeCount }, newOneTimePassword);
  await replaceRecoveryCodes(
    tx,
    userId,
    codes.map((code) => recoveryHash(userId, readCode(code).code)),
  );
  return codes;
}

/**
 * What follows when a person has taken up one more second factor: the session goes on under another
 * id. With the first one all others end, and ten recovery codes are made; later ones leave both as
 * they are. The account must be locked.
 */
export async function takeUpFactor(
  tx: Transaction,
  userId: Id<"user">,
  sessionId: Id<"session">,
  isFirst: boolean,
  now: Date,
): Promise<{ recoveryCodes: string[] | null; sessionId: Id<"session"> }> {
  const recoveryCodes = isFirst ? await newRecoveryCodes(tx, userId) : null;
  const next = newId("session");
  if (isFirst) await revokeSessions(tx, userId, now, sessionId);
  await renewSession(tx, userId, sessionId, next);
  return { recoveryCodes, sessionId: next };
}

/**
 * Whether a second factor can be taken up in this sign-in. Whose provider asks for more than a
 * password is not overtaken by who has the password alone.
 */
export async function mayComeBy(
  tx: Transaction,
  userId: Id<"user">,
  isVouched: boolean,
): Promise<Result<void, RefusalOf<"not_now">>> {
  const provider = isVouched ? undefined : await findVouchingProvider(tx, userId);
  if (!provider) return ok(undefined);
  return refuse({
    kind: "not_now",
    reason: `You signed in with a password, and ${provider} asks you for a second factor.`,
    advice: `Sign out, and sign in with ${provider}.`,
  });
}

// 79 random bits each: a hash that is quick to make gives no one a guess.
function recoveryHash(userId: Id<"user">, code: string): string {
  return createHash("sha256").update(`${userId}|${code}`).digest("hex");
}

/** Names a sign-in that waits for its second factor: 192 random bits, and whose it is. */
export function newPendingToken(userId: Id<"user">): { token: string; tokenHash: string } {
  const token = `${userId}.${randomBytes(24).toString("base64url")}`;
  return { token, tokenHash: pendingHash(token) };
}

/** Reads such a name; null for a text that is none. */
export function readPendingToken(
  token: string | undefined,
): { userId: Id<"user">; tokenHash: string } | null {
  const userId = token?.split(".")[0];
  return token && isId("user", userId) ? { userId, tokenHash: pendingHash(token) } : null;
}

function pendingHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
