"use server";

import {
  beginPasskeyFactor,
  finishSignIn,
  finishSignInByPasskey,
} from "#lib/commands/finish-sign-in";
import { ok } from "#lib/domain/result";
import { nothing } from "#lib/schemas/account";
import { signedInput } from "#lib/schemas/passkey";
import { codeInput } from "#lib/schemas/second-factor";
import { openAction } from "#lib/server/action";
import { readSessionToken, writeSessionCookie } from "#lib/server/auth";
import { identitySecret } from "#lib/server/identity-secret";
import { forgetPending, pendingToken } from "#lib/server/pending-sign-in";
import { relyingParty } from "#lib/server/relying-party";

export const finishSignInAction = openAction({
  input: codeInput,
  run: async (db, facts, input) => {
    const request = { ...facts, earlier: await readSessionToken() };
    const result = await finishSignIn(db, request, await pendingToken(), input, identitySecret());
    if (!result.ok) return result;
    await writeSessionCookie(result.value);
    await forgetPending();
    return ok(undefined);
  },
});

export const beginPasskeyFactorAction = openAction({
  input: nothing,
  run: async (db) => {
    const party = relyingParty();
    return party.ok ? beginPasskeyFactor(db, await pendingToken(), party.value) : party;
  },
});

export const finishSignInByPasskeyAction = openAction({
  input: signedInput,
  run: async (db, facts, input) => {
    const party = relyingParty();
    if (!party.ok) return party;
    const request = { ...facts, earlier: await readSessionToken() };
    const token = await pendingToken();
    const result = await finishSignInByPasskey(db, request, token, input, party.value);
    if (!result.ok) return result;
    await writeSessionCookie(result.value);
    await forgetPending();
    return ok(undefined);
  },
});
