import type { Database } from "#db/client";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import {
  insertPasskey,
  keepChallenge,
  listPasskeys,
  renamePasskey as rename,
  takeChallenge,
} from "#db/queries/passkeys";
import { hasSecondFactor } from "#db/queries/second-factors";
import { holdSession } from "#db/queries/sessions";
import { lockUser } from "#db/queries/users";
import { recordOwnAct } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import type { LoadedSession } from "#lib/access/load-actor";
import {
  newChallenge,
  optionsToAdd,
  type PasskeyOptions,
  readNewPasskey,
} from "#lib/access/passkey";
import { mayComeBy, takeUpFactor } from "#lib/access/second-factor";
import { stalePasskey } from "#lib/access/take-passkey";
import { withUser } from "#lib/access/with-grant";
import type { RelyingParty } from "#lib/domain/access/relying-party";
import { mostPasskeys } from "#lib/domain/access/second-factor";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AddPasskeyInput, RenamePasskeyInput } from "#lib/schemas/passkey";

/**
 * What the browser makes a passkey from. Refused beyond twenty, and to a sign-in by password of
 * somebody whose identity provider asks for a second factor itself.
 */
export async function beginPasskey(
  db: Database,
  { actor, sessionId, isVouched }: Pick<LoadedSession, "actor" | "sessionId" | "isVouched">,
  party: RelyingParty,
): Promise<Result<PasskeyOptions, RefusalOf<"not_now">>> {
  const { userId, email, name } = actor;
  return withUser(db, userId, async (tx) => {
    const allowed = await mayComeBy(tx, userId, isVouched);
    if (!allowed.ok) return allowed;
    const existing = await listPasskeys(tx, userId);
    if (existing.length >= mostPasskeys) return tooMany;
    const challenge = newChallenge();
    await keepChallenge(tx, { purpose: "add", boundTo: sessionId, userId }, challenge);
    return ok(await optionsToAdd(party, { id: userId, email, name }, existing, challenge));
  });
}

/**
 * Keeps the passkey that the browser made. The session goes on under another id; with the first of a
 * person's second factors all others end, and ten recovery codes are made.
 */
export async function addPasskey(
  db: Database,
  { actor, sessionId }: Pick<LoadedSession, "actor" | "sessionId">,
  { name, response }: AddPasskeyInput,
  party: RelyingParty,
  now = new Date(),
): Promise<
  Result<
    { recoveryCodes: string[] | null; sessionId: Id<"session"> },
    RefusalOf<"not_now" | "invalid_input">
  >
> {
  const { userId } = actor;
  return withUser(db, userId, async (tx) => {
    await lockUser(tx, userId);
    // It may have been ended while this waited for the account.
    if (!(await holdSession(tx, userId, sessionId))) return stalePasskey;
    const of = { purpose: "add", boundTo: sessionId, userId } as const;
    const challenge = await takeChallenge(tx, of);
    if (!challenge) return stalePasskey;
    const made = await readNewPasskey(party, challenge, response);
    if (!made) return notMade;
    const existing = await listPasskeys(tx, userId);
    if (existing.length >= mostPasskeys) return tooMany;
    if (existing.some((each) => each.name === name)) return nameTaken;
    const isFirst = !(await hasSecondFactor(tx, userId));
    const id = newId("passkey");
    if (!(await insertPasskey(tx, { id, userId, name, ...made }))) return known;
    const taken = await takeUpFactor(tx, userId, sessionId, isFirst, now);
    await recordOwnAct(tx, actor, {
      action: "second_factor.set_up",
      object: { kind: "passkey", id, name },
      detail: { kind: "passkey", isSynced: made.isSynced, renewedAs: taken.sessionId },
    });
    await notifyOfAccount(tx, userId, { what: "passkey_added", name, by: null });
    return ok(taken);
  });
}

/** Calls one's own passkey something else. */
export async function renamePasskey(
  db: Database,
  actor: Actor,
  { passkeyId, name }: RenamePasskeyInput,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  return withUser(db, actor.userId, async (tx) => {
    const others = (await listPasskeys(tx, actor.userId)).filter(({ id }) => id !== passkeyId);
    if (others.some((each) => each.name === name)) return nameTaken;
    const before = await rename(tx, actor.userId, passkeyId, name);
    if (before === undefined) return refuse({ kind: "not_found", resource: "passkey" });
    await recordOwnAct(tx, actor, {
      action: "second_factor.rename",
      object: { kind: "passkey", id: passkeyId, name },
      detail: { before },
    });
    return ok(undefined);
  });
}

const tooMany = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: `You have ${mostPasskeys} passkeys, and nobody has more.`,
  advice: "Remove one that you do not use.",
});

const notMade = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "What the browser made is no passkey for this account.",
  advice: "Open Ingot at the address where passkeys work, and try again.",
});

const known = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This passkey is known already.",
  advice: "Choose another device, or another key.",
});

const nameTaken = refuse<RefusalOf<"invalid_input">>({
  kind: "invalid_input",
  fields: { name: "You have a passkey of this name. Choose another." },
});
