"use server";

import { acceptInvitation, joinByInvitation } from "#lib/commands/accept-invitation";
import { acceptOperatorInvitation, joinAsOperator } from "#lib/commands/accept-operator-invitation";
import { ok } from "#lib/domain/result";
import { acceptInvitationInput, joinInput } from "#lib/schemas/invitation";
import { accountAction, openAction } from "#lib/server/action";
import { writeSessionCookie } from "#lib/server/auth";

export const acceptInvitationAction = accountAction({
  input: acceptInvitationInput,
  run: async (db, actor, input) => {
    const joined = await acceptInvitation(db, actor, input);
    if (!joined.ok) return joined;
    const { sessionId, tenantSlug } = joined.value;
    if (sessionId) await writeSessionCookie({ userId: actor.userId, sessionId });
    return ok({ tenantSlug });
  },
});

export const joinByInvitationAction = openAction({ input: joinInput, run: joinByInvitation });

export const acceptOperatorInvitationAction = accountAction({
  input: acceptInvitationInput,
  run: async (db, actor, input) => {
    const result = await acceptOperatorInvitation(db, actor, input);
    if (!result.ok) return result;
    await writeSessionCookie({ userId: actor.userId, sessionId: result.value.sessionId });
    return ok(undefined);
  },
});

export const joinAsOperatorAction = openAction({ input: joinInput, run: joinAsOperator });
