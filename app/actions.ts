"use server";

import { beginPasskeyProof, proveAgain, proveByPasskey } from "#lib/commands/prove-again";
import { ok } from "#lib/domain/result";
import { nothing } from "#lib/schemas/account";
import { signedInput } from "#lib/schemas/passkey";
import { proofInput } from "#lib/schemas/second-factor";
import { sessionAction } from "#lib/server/action";
import { writeSessionCookie } from "#lib/server/auth";
import { identitySecret } from "#lib/server/identity-secret";
import { relyingParty } from "#lib/server/relying-party";

/** What the one dialog sends that asks who is there. In a file of its own: it belongs to every page. */
export const proveAgainAction = sessionAction({
  input: proofInput,
  run: async (db, session, input) => {
    const result = await proveAgain(db, session, input, identitySecret());
    if (!result.ok) return result;
    const { sessionId } = result.value;
    await writeSessionCookie({ userId: session.actor.userId, sessionId });
    return ok(undefined);
  },
});

export const beginPasskeyProofAction = sessionAction({
  input: nothing,
  run: async (db, session) => {
    const party = relyingParty();
    return party.ok ? beginPasskeyProof(db, session, party.value) : party;
  },
});

export const proveByPasskeyAction = sessionAction({
  input: signedInput,
  run: async (db, session, input) => {
    const party = relyingParty();
    if (!party.ok) return party;
    const result = await proveByPasskey(db, session, input, party.value);
    if (!result.ok) return result;
    const { sessionId } = result.value;
    await writeSessionCookie({ userId: session.actor.userId, sessionId });
    return ok(undefined);
  },
});
