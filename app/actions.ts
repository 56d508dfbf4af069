"use server";

import { proveAgain } from "#lib/commands/prove-again";
import { ok } from "#lib/domain/result";
import { proofInput } from "#lib/schemas/second-factor";
import { sessionAction } from "#lib/server/action";
import { writeSessionCookie } from "#lib/server/auth";
import { identitySecret } from "#lib/server/identity-secret";

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
