"use server";

import { changeShares } from "#lib/commands/change-shares";
import { changeSharesInput } from "#lib/schemas/sharing";
import { fleetAction } from "#lib/server/action";

export const changeSharesAction = fleetAction({
  permission: "catalogue.edit",
  input: changeSharesInput,
  run: changeShares,
});
