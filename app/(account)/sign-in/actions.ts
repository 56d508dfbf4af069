"use server";

import { beginPasskeySignIn, signInByPasskey } from "#lib/commands/sign-in-by-passkey";
import { ok } from "#lib/domain/result";
import { nothing } from "#lib/schemas/account";
import { signedInput } from "#lib/schemas/passkey";
import { openAction } from "#lib/server/action";
import { readSessionToken, writeSessionCookie } from "#lib/server/auth";
import { browserToken, forgetBrowser, rememberBrowser } from "#lib/server/pending-sign-in";
import { relyingParty } from "#lib/server/relying-party";

export const beginPasskeySignInAction = openAction({
  input: nothing,
  run: async (db, facts) => {
    const party = relyingParty();
    if (!party.ok) return party;
    const begun = await beginPasskeySignIn(db, facts, party.value);
    if (!begun.ok) return begun;
    await rememberBrowser(begun.value.token);
    return ok(begun.value.options);
  },
});

export const signInByPasskeyAction = openAction({
  input: signedInput,
  run: async (db, facts, input) => {
    const party = relyingParty();
    if (!party.ok) return party;
    const request = { ...facts, earlier: await readSessionToken() };
    const result = await signInByPasskey(db, request, await browserToken(), input, party.value);
    if (!result.ok) return result;
    await writeSessionCookie(result.value);
    await forgetBrowser();
    return ok(undefined);
  },
});
