import type { Transaction } from "#db/client";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { distrustPasskey, lockPasskey, notePasskeyUse } from "#db/queries/passkeys";
import type { UserRow } from "#db/queries/users";
import { type Doer, recordEvents } from "#lib/access/audit";
import { readSigned, type SignedChallenge } from "#lib/access/passkey";
import type { RelyingParty } from "#lib/domain/access/relying-party";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Takes what a passkey signed as the word of its person, and gives its name. `challenge` was taken for
 * this one answer. A passkey that counts backwards is trusted no more, and its person is told.
 */
export async function takePasskey(
  tx: Transaction,
  party: RelyingParty,
  user: UserRow,
  challenge: string | undefined,
  response: SignedChallenge,
  doer: Omit<Doer, "actorId" | "actorName">,
): Promise<Result<string, RefusalOf<"not_now">>> {
  if (!challenge) return stalePasskey;
  const passkey = await lockPasskey(tx, user.id, response.id);
  const signed = passkey && (await readSigned(party, challenge, passkey, response));
  if (!signed) return wrongPasskey;
  if (passkey.distrustedAt) return copiedPasskey;
  if (signed.kind === "copied") {
    await distrustPasskey(tx, passkey.id);
    const { id, name } = passkey;
    const detail = { counted: signed.counter, before: passkey.counter };
    const act = { action: "second_factor.distrust", object: { kind: "passkey", id, name }, detail };
    await recordEvents(tx, { ...doer, actorId: user.id, actorName: user.name }, [act]);
    await notifyOfAccount(tx, user.id, { what: "passkey_copied", name, by: null });
    return copiedPasskey;
  }
  const { counter, isSynced } = signed;
  await notePasskeyUse(tx, passkey.id, { counter, isSynced });
  return ok(passkey.name);
}

export const stalePasskey = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This was begun too long ago, or it was used.",
  advice: "Try again.",
});

export const wrongPasskey = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This passkey was not accepted.",
  advice: "Try again with one that stands under Account, or choose another way.",
});

const copiedPasskey = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This passkey counted backwards, as a copy of it would, so it opens nothing any more.",
  advice: "Use another passkey or a recovery code, and remove this one under Account.",
});
