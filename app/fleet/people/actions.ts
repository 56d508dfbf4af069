"use server";

import { closeAccount, reopenAccount } from "#lib/commands/close-account";
import { endAccess } from "#lib/commands/end-access";
import { unlinkIdentityOf } from "#lib/commands/unlink-identity";
import { personInput, unlinkIdentityOfInput } from "#lib/schemas/person";
import { fleetAction } from "#lib/server/action";

export const closeAccountAction = fleetAction({
  permission: "operator.edit",
  input: personInput,
  run: closeAccount,
});

export const reopenAccountAction = fleetAction({
  permission: "operator.edit",
  input: personInput,
  run: reopenAccount,
});

export const endAccessAction = fleetAction({
  permission: "operator.edit",
  input: personInput,
  run: endAccess,
});

export const unlinkIdentityOfAction = fleetAction({
  permission: "operator.edit",
  input: unlinkIdentityOfInput,
  run: unlinkIdentityOf,
});
