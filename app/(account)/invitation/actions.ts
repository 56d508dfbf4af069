"use server";

import { acceptInvitation, joinByInvitation } from "#lib/commands/accept-invitation";
import { acceptInvitationInput, joinInput } from "#lib/schemas/invitation";
import { accountAction, openAction } from "#lib/server/action";

export const acceptInvitationAction = accountAction({
  input: acceptInvitationInput,
  run: acceptInvitation,
});

export const joinByInvitationAction = openAction({ input: joinInput, run: joinByInvitation });
