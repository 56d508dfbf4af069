import { randomBytes } from "node:crypto";
import type { Database } from "#db/client";
import {
  beginTotp,
  databaseSeconds,
  findTotp,
  findVouchingProvider,
  takeTotpStep,
} from "#db/queries/second-factors";
import { renewSession, revokeSessions } from "#db/queries/sessions";
import { recordOwnAct } from "#lib/access/audit";
import { keepSecret, openSecret } from "#lib/access/kept-secret";
import type { LoadedSession } from "#lib/access/load-actor";
import { drawQrCode, type QrCode } from "#lib/access/qr-code";
import { newRecoveryCodes, totpPlace } from "#lib/access/second-factor";
import { base32, matchTotp, totpAddress, totpSecretBytes } from "#lib/access/totp";
import { withUser } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CodeInput } from "#lib/schemas/second-factor";

/** What an authenticator app is told: as a picture, or to type. */
export type TotpSetUp = { qrCode: QrCode; secret: string };

/**
 * Makes a secret for a person's authenticator app. It counts for nothing until a code confirms it;
 * begun anew, the one before is void. Refused while an app is in use, and to a sign-in by password of
 * somebody whose identity provider asks for a second factor itself.
 */
export async function beginTotpSetUp(
  db: Database,
  { actor, isVouched }: Pick<LoadedSession, "actor" | "isVouched">,
  portal: string,
  identitySecret: string,
): Promise<Result<TotpSetUp, RefusalOf<"not_now">>> {
  const secret = randomBytes(totpSecretBytes);
  const sealed = keepSecret(identitySecret, totpPlace(actor.userId), secret.toString("base64"));
  const begun = await withUser(db, actor.userId, async (tx) => {
    // Whose provider asks for more than a password is not overtaken by who has the password alone.
    const provider = isVouched ? undefined : await findVouchingProvider(tx, actor.userId);
    if (provider) return refuse(comeByProvider(provider));
    return (await beginTotp(tx, actor.userId, sealed)) ? ok(undefined) : inUse;
  });
  if (!begun.ok) return begun;
  return ok({
    qrCode: drawQrCode(totpAddress(secret, { portal, email: actor.email })),
    secret: base32(secret),
  });
}

/**
 * Confirms the app by a code of it. From then on each sign-in asks for one; the session goes on under
 * another id, all others end, and ten recovery codes are made.
 */
export async function confirmTotp(
  db: Database,
  { actor, sessionId }: Pick<LoadedSession, "actor" | "sessionId">,
  { code }: CodeInput,
  identitySecret: string,
  now = new Date(),
): Promise<
  Result<
    { recoveryCodes: string[]; sessionId: Id<"session"> },
    RefusalOf<"invalid_input" | "not_now">
  >
> {
  const { userId } = actor;
  return withUser(db, userId, async (tx) => {
    const factor = await findTotp(tx, userId);
    if (!factor) {
      return refuse({ kind: "not_now", reason: "This set-up is gone.", advice: "Begin it anew." });
    }
    if (factor.confirmedAt) return inUse;
    const secret = openSecret(identitySecret, totpPlace(userId), factor.sealedSecret);
    const step = matchTotp(
      Buffer.from(secret, "base64"),
      code.replaceAll(" ", ""),
      await databaseSeconds(tx),
    );
    if (step === undefined || !(await takeTotpStep(tx, userId, step, true))) return notOfApp;
    const recoveryCodes = await newRecoveryCodes(tx, userId);
    const next = newId("session");
    await revokeSessions(tx, userId, now, sessionId);
    await renewSession(tx, userId, sessionId, next);
    await recordOwnAct(tx, actor, { action: "second_factor.set_up", detail: { kind: "app" } });
    return ok({ recoveryCodes, sessionId: next });
  });
}

const comeByProvider = (provider: string): RefusalOf<"not_now"> => ({
  kind: "not_now",
  reason: `You signed in with a password, and ${provider} asks you for a second factor.`,
  advice: `Sign out, and sign in with ${provider}.`,
});

const inUse = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "Your account has an authenticator app already.",
  advice: "Remove it first, then set up the new one.",
});

const notOfApp = refuse<RefusalOf<"invalid_input">>({
  kind: "invalid_input",
  fields: {
    code: "This is not a code of this secret. Check that the phone's clock is right, and enter the code that the app shows now.",
  },
});
