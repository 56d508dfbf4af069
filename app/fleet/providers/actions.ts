"use server";

import { changeProvider } from "#lib/commands/change-provider";
import { checkProvider } from "#lib/commands/check-provider";
import { registerProvider } from "#lib/commands/register-provider";
import { renewProviderSecret } from "#lib/commands/renew-provider-secret";
import { retireProvider } from "#lib/commands/retire-provider";
import { changeProviderInput, providerInput, registerProviderInput } from "#lib/schemas/hook";
import { fleetAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";

export const registerProviderAction = fleetAction({
  permission: "provider.edit",
  input: registerProviderInput,
  run: (db, grant, input) => registerProvider(db, grant, input, sealingKey()),
});

export const changeProviderAction = fleetAction({
  permission: "provider.edit",
  input: changeProviderInput,
  run: changeProvider,
});

export const renewProviderSecretAction = fleetAction({
  permission: "provider.edit",
  input: providerInput,
  run: (db, grant, input) => renewProviderSecret(db, grant, input, sealingKey()),
});

export const checkProviderAction = fleetAction({
  permission: "provider.edit",
  input: providerInput,
  run: checkProvider,
});

export const retireProviderAction = fleetAction({
  permission: "provider.edit",
  input: providerInput,
  run: retireProvider,
});
