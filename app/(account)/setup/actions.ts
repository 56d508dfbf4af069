"use server";

import { createFirstOperator } from "#lib/commands/create-first-operator";
import { createFirstOperatorInput } from "#lib/schemas/account";
import { openAction } from "#lib/server/action";

export const createFirstOperatorAction = openAction({
  input: createFirstOperatorInput,
  run: createFirstOperator,
});
