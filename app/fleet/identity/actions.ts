"use server";

import { addGroupRole } from "#lib/commands/add-group-role";
import { addIdentityProvider } from "#lib/commands/add-identity-provider";
import { changeIdentityProvider } from "#lib/commands/change-identity-provider";
import { removeGroupRole } from "#lib/commands/remove-group-role";
import { removeIdentityProvider } from "#lib/commands/remove-identity-provider";
import { setFactorRule } from "#lib/commands/set-factor-rule";
import { setPasswordRule } from "#lib/commands/set-password-rule";
import {
  addGroupRoleInput,
  addIdentityProviderInput,
  changeIdentityProviderInput,
  groupRoleInput,
  identityProviderInput,
  passwordRuleInput,
  previewGroupsInput,
} from "#lib/schemas/identity";
import { factorRuleInput } from "#lib/schemas/second-factor";
import { fleetAction } from "#lib/server/action";
import { identitySecret } from "#lib/server/identity-secret";
import { previewGroups } from "#lib/views/identity-providers";

export const addIdentityProviderAction = fleetAction({
  permission: "identity.edit",
  input: addIdentityProviderInput,
  run: (db, grant, input) => addIdentityProvider(db, grant, input, identitySecret()),
});

export const changeIdentityProviderAction = fleetAction({
  permission: "identity.edit",
  input: changeIdentityProviderInput,
  run: (db, grant, input) => changeIdentityProvider(db, grant, input, identitySecret()),
});

export const removeIdentityProviderAction = fleetAction({
  permission: "identity.edit",
  input: identityProviderInput,
  run: removeIdentityProvider,
});

export const addGroupRoleAction = fleetAction({
  permission: "identity.edit",
  input: addGroupRoleInput,
  run: addGroupRole,
});

export const removeGroupRoleAction = fleetAction({
  permission: "identity.edit",
  input: groupRoleInput,
  run: removeGroupRole,
});

export const previewGroupsAction = fleetAction({
  permission: "identity.edit",
  input: previewGroupsInput,
  run: previewGroups,
});

export const setPasswordRuleAction = fleetAction({
  permission: "identity.edit",
  input: passwordRuleInput,
  run: setPasswordRule,
});

export const setFactorRuleAction = fleetAction({
  permission: "identity.edit",
  input: factorRuleInput,
  run: setFactorRule,
});
