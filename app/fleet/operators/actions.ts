"use server";

import { changeOperatorRole } from "#lib/commands/change-operator-role";
import {
  inviteOperator,
  resendOperatorInvitation,
  withdrawOperatorInvitation,
} from "#lib/commands/invite-operator";
import { removeOperatorFactor } from "#lib/commands/remove-second-factor";
import { changeOperatorRoleInput } from "#lib/schemas/account";
import { invitationInput, inviteOperatorInput } from "#lib/schemas/invitation";
import { removeOperatorFactorInput } from "#lib/schemas/second-factor";
import { fleetAction } from "#lib/server/action";

export const inviteOperatorAction = fleetAction({
  permission: "operator.edit",
  input: inviteOperatorInput,
  run: inviteOperator,
});

export const resendOperatorInvitationAction = fleetAction({
  permission: "operator.edit",
  input: invitationInput,
  run: resendOperatorInvitation,
});

export const withdrawOperatorInvitationAction = fleetAction({
  permission: "operator.edit",
  input: invitationInput,
  run: withdrawOperatorInvitation,
});

export const changeOperatorRoleAction = fleetAction({
  permission: "operator.edit",
  input: changeOperatorRoleInput,
  run: changeOperatorRole,
});

export const removeOperatorFactorAction = fleetAction({
  permission: "operator.edit",
  input: removeOperatorFactorInput,
  run: removeOperatorFactor,
});
