"use server";

import { finishSignIn } from "#lib/commands/finish-sign-in";
import { ok } from "#lib/domain/result";
import { codeInput } from "#lib/schemas/second-factor";
import { openAction } from "#lib/server/action";
import { readSessionToken, writeSessionCookie } from "#lib/server/auth";
import { identitySecret } from "#lib/server/identity-secret";
import { forgetPending, pendingToken } from "#lib/server/pending-sign-in";

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
