import { randomBytes } from "node:crypto";
import type { Database } from "#db/client";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import {
  beginTotp,
  databaseSeconds,
  findTotp,
  hasSecondFactor,
  putTotpInUse,
} from "#db/queries/second-factors";
import { holdSession } from "#db/queries/sessions";
import { lockUser } from "#db/queries/users";
import { recordOwnAct } from "#lib/access/audit";
import { keepSecret, openSecret } from "#lib/access/kept-secret";
import type { LoadedSession } from "#lib/access/load-actor";
import { drawQrCode, type QrCode } from "#lib/access/qr-code";
import { mayComeBy, takeUpFactor, totpPlace } from "#lib/access/second-factor";
import { base32, matchTotp, totpAddress, totpSecretBytes } from "#lib/access/totp";
import { withUser } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CodeInput } from "#lib/schemas/second-factor";

/** What an authenticator app is told: as a picture, or to type. */
export type TotpSetUp = { qrCode: QrCode; secret: string };

/**
 * Makes a secret for a person's authenticator app. It counts for nothing until a code confirms it;
 * begun anew, the one before is void. An app in use stays in use until then. Refused to a sign-in by
 * password of somebody whose identity provider asks for a second factor itself.
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
    const allowed = await mayComeBy(tx, actor.userId, isVouched);
    if (allowed.ok) await beginTotp(tx, actor.userId, sealed);
    return allowed;
  });
  if (!begun.ok) return begun;
  return ok({
    qrCode: drawQrCode(totpAddress(secret, { portal, email: actor.email })),
    secret: base32(secret),
  });
}

/**
 * Confirms the app by a code of it: from then on each sign-in asks for a second factor. It takes the
 * place of an app in use. The session goes on under another id; with the first of a person's second
 * factors all others end, and ten recovery codes are made.
 */
export async function confirmTotp(
  db: Database,
  { actor, sessionId }: Pick<LoadedSession, "actor" | "sessionId">,
  { code }: CodeInput,
  identitySecret: string,
  now = new Date(),
): Promise<
  Result<
    { recoveryCodes: string[] | null; sessionId: Id<"session"> },
    RefusalOf<"invalid_input" | "not_now">
  >
> {
  const { userId } = actor;
  return withUser(db, userId, async (tx) => {
    // A sign-in by password that is under way opens its session before this, or asks for a code.
    await lockUser(tx, userId);
    const isOpen = await holdSession(tx, userId, sessionId);
    const factor = await findTotp(tx, userId);
    const sealed = factor?.confirmedAt ? factor.sealedNext : factor?.sealedSecret;
    // The session may have been ended while this waited for the account.
    if (!isOpen || !sealed) {
      return refuse({ kind: "not_now", reason: "This set-up is gone.", advice: "Begin it anew." });
    }
    const secret = openSecret(identitySecret, totpPlace(userId), sealed);
    const step = matchTotp(
      Buffer.from(secret, "base64"),
      code.replaceAll(" ", ""),
      await databaseSeconds(tx),
    );
    if (step === undefined) return notOfApp;
    const isFirst = !(await hasSecondFactor(tx, userId));
    await putTotpInUse(tx, userId, sealed, step);
    const taken = await takeUpFactor(tx, userId, sessionId, isFirst, now);
    const replaces = factor?.confirmedAt != null;
    const detail = { kind: "app", replaces, renewedAs: taken.sessionId };
    await recordOwnAct(tx, actor, { action: "second_factor.set_up", detail });
    await notifyOfAccount(tx, userId, { what: "app_set_up", name: null, by: null });
    return ok(taken);
  });
}

const notOfApp = refuse<RefusalOf<"invalid_input">>({
  kind: "invalid_input",
  fields: {
    code: "This is not a code of this secret. Check that the phone's clock is right, and enter the code that the app shows now.",
  },
});
