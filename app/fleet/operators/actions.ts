"use server";

import { addOperator } from "#lib/commands/add-operator";
import { changeOperatorRole } from "#lib/commands/change-operator-role";
import { removeOperatorFactor } from "#lib/commands/remove-second-factor";
import { addOperatorInput, changeOperatorRoleInput } from "#lib/schemas/account";
import { removeOperatorFactorInput } from "#lib/schemas/second-factor";
import { fleetAction } from "#lib/server/action";

export const addOperatorAction = fleetAction({
  permission: "operator.edit",
  input: addOperatorInput,
  run: addOperator,
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
