"use server";

import { redirect } from "next/navigation";
import { addPasskey, beginPasskey, renamePasskey } from "#lib/commands/add-passkey";
import { addSshKey } from "#lib/commands/add-ssh-key";
import { changePassword } from "#lib/commands/change-password";
import { createOwnToken } from "#lib/commands/create-api-token";
import { endAllSessions, endSession } from "#lib/commands/end-session";
import { leaveTenant } from "#lib/commands/leave-tenant";
import { markRead } from "#lib/commands/mark-read";
import { removeOwnApp, removePasskey } from "#lib/commands/remove-second-factor";
import { removeSshKey } from "#lib/commands/remove-ssh-key";
import { renewRecoveryCodes } from "#lib/commands/renew-recovery-codes";
import { revokeOwnToken } from "#lib/commands/revoke-api-token";
import { setMailTimes } from "#lib/commands/set-mail-times";
import { setPreference } from "#lib/commands/set-preference";
import { beginTotpSetUp, confirmTotp } from "#lib/commands/set-up-totp";
import { unlinkIdentity } from "#lib/commands/unlink-identity";
import { readSettings } from "#lib/config/env";
import { ok, refuse } from "#lib/domain/result";
import {
  addSshKeyInput,
  changePasswordInput,
  nothing,
  removeSshKeyInput,
  revokeSessionInput,
} from "#lib/schemas/account";
import { createOwnTokenInput, revokeTokenInput } from "#lib/schemas/api-token";
import { unlinkIdentityInput } from "#lib/schemas/identity";
import { leaveTenantInput } from "#lib/schemas/invitation";
import { markReadInput, setMailTimesInput, setPreferenceInput } from "#lib/schemas/notification";
import { addPasskeyInput, removePasskeyInput, renamePasskeyInput } from "#lib/schemas/passkey";
import { codeInput } from "#lib/schemas/second-factor";
import { accountAction, sessionAction } from "#lib/server/action";
import { forgetSessionCookie, writeSessionCookie } from "#lib/server/auth";
import { identitySecret } from "#lib/server/identity-secret";
import { relyingParty } from "#lib/server/relying-party";

export const addSshKeyAction = accountAction({ input: addSshKeyInput, run: addSshKey });

export const removeSshKeyAction = accountAction({ input: removeSshKeyInput, run: removeSshKey });

export const createOwnTokenAction = accountAction({
  act: "token.create",
  input: createOwnTokenInput,
  run: createOwnToken,
});

export const revokeOwnTokenAction = accountAction({ input: revokeTokenInput, run: revokeOwnToken });

export const endSessionAction = accountAction({ input: revokeSessionInput, run: endSession });

export const changePasswordAction = sessionAction({
  input: changePasswordInput,
  run: changePassword,
});

export const beginTotpAction = sessionAction({
  act: "second_factor.change",
  input: nothing,
  run: (db, session) =>
    beginTotpSetUp(db, session, new URL(readSettings().origin).host, identitySecret()),
});

export const confirmTotpAction = sessionAction({
  act: "second_factor.change",
  input: codeInput,
  run: async (db, session, input) => {
    const result = await confirmTotp(db, session, input, identitySecret());
    if (!result.ok) return result;
    const { recoveryCodes, sessionId } = result.value;
    await writeSessionCookie({ userId: session.actor.userId, sessionId });
    return ok({ recoveryCodes });
  },
});

export const renewRecoveryCodesAction = accountAction({
  act: "second_factor.change",
  input: nothing,
  run: renewRecoveryCodes,
});

export const removeAppAction = accountAction({
  act: "second_factor.change",
  input: nothing,
  run: removeOwnApp,
});

export const beginPasskeyAction = sessionAction({
  act: "second_factor.change",
  input: nothing,
  run: async (db, session) => {
    const party = relyingParty();
    return party.ok ? beginPasskey(db, session, party.value) : party;
  },
});

export const addPasskeyAction = sessionAction({
  act: "second_factor.change",
  input: addPasskeyInput,
  run: async (db, session, input) => {
    const party = relyingParty();
    if (!party.ok) return party;
    const result = await addPasskey(db, session, input, party.value);
    if (!result.ok) return result;
    const { recoveryCodes, sessionId } = result.value;
    await writeSessionCookie({ userId: session.actor.userId, sessionId });
    return ok({ recoveryCodes });
  },
});

export const renamePasskeyAction = accountAction({
  input: renamePasskeyInput,
  run: renamePasskey,
});

export const removePasskeyAction = accountAction({
  act: "second_factor.change",
  input: removePasskeyInput,
  run: removePasskey,
});

/** Asks who is there before the way to the provider, which comes back with a new way in. */
export const beginLinkAction = accountAction({
  act: "identity.change",
  input: nothing,
  run: async () => ok(undefined),
});

export const unlinkIdentityAction = accountAction({
  act: "identity.change",
  input: unlinkIdentityInput,
  run: unlinkIdentity,
});

/** Also of someone whom all their tenants ask for a second factor: they may leave these instead. */
export const leaveTenantAction = sessionAction({
  input: leaveTenantInput,
  run: async (db, { actor, mustChangePassword }, input) =>
    mustChangePassword
      ? refuse({ kind: "not_found" as const, resource: "tenant" as const })
      : leaveTenant(db, actor, input),
});

export const setPreferenceAction = accountAction({
  input: setPreferenceInput,
  run: setPreference,
});

export const setMailTimesAction = accountAction({ input: setMailTimesInput, run: setMailTimes });

export const markReadAction = accountAction({ input: markReadInput, run: markRead });

export const signOutAction = sessionAction({
  input: nothing,
  run: async (db, { actor, sessionId }) => {
    await endSession(db, actor, { sessionId });
    await forgetSessionCookie();
    redirect("/sign-in");
  },
});

export const signOutEverywhereAction = sessionAction({
  input: nothing,
  run: async (db, { actor }) => {
    await endAllSessions(db, actor);
    await forgetSessionCookie();
    redirect("/sign-in");
  },
});
