"use server";

import { addOperator } from "#lib/commands/add-operator";
import { changeOperatorRole } from "#lib/commands/change-operator-role";
import { addOperatorInput, changeOperatorRoleInput } from "#lib/schemas/account";
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
