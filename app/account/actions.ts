"use server";

import { redirect } from "next/navigation";
import { addSshKey } from "#lib/commands/add-ssh-key";
import { changePassword } from "#lib/commands/change-password";
import { createOwnToken } from "#lib/commands/create-api-token";
import { endAllSessions, endSession } from "#lib/commands/end-session";
import { leaveTenant } from "#lib/commands/leave-tenant";
import { markRead } from "#lib/commands/mark-read";
import { removeSshKey } from "#lib/commands/remove-ssh-key";
import { revokeOwnToken } from "#lib/commands/revoke-api-token";
import { setPreference } from "#lib/commands/set-preference";
import { unlinkIdentity } from "#lib/commands/unlink-identity";
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
import { markReadInput, setPreferenceInput } from "#lib/schemas/notification";
import { accountAction, sessionAction } from "#lib/server/action";
import { forgetSessionCookie } from "#lib/server/auth";

export const addSshKeyAction = accountAction({ input: addSshKeyInput, run: addSshKey });

export const removeSshKeyAction = accountAction({ input: removeSshKeyInput, run: removeSshKey });

export const createOwnTokenAction = accountAction({
  input: createOwnTokenInput,
  run: createOwnToken,
});

export const revokeOwnTokenAction = accountAction({ input: revokeTokenInput, run: revokeOwnToken });

export const endSessionAction = accountAction({ input: revokeSessionInput, run: endSession });

export const changePasswordAction = sessionAction({
  input: changePasswordInput,
  run: changePassword,
});

export const unlinkIdentityAction = accountAction({
  input: unlinkIdentityInput,
  run: unlinkIdentity,
});

export const leaveTenantAction = accountAction({ input: leaveTenantInput, run: leaveTenant });

export const setPreferenceAction = accountAction({
  input: setPreferenceInput,
  run: setPreference,
});

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
