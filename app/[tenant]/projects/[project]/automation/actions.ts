"use server";

import { createServiceToken } from "#lib/commands/create-api-token";
import { createServiceAccount } from "#lib/commands/create-service-account";
import { removeServiceAccount } from "#lib/commands/remove-service-account";
import { revokeServiceToken } from "#lib/commands/revoke-api-token";
import {
  createServiceAccountInput,
  createServiceTokenInput,
  removeServiceAccountInput,
  revokeTokenInput,
} from "#lib/schemas/api-token";
import { projectAction } from "#lib/server/action";

export const createServiceAccountAction = projectAction({
  permission: "project.automation",
  input: createServiceAccountInput,
  run: createServiceAccount,
});

export const removeServiceAccountAction = projectAction({
  permission: "project.automation",
  input: removeServiceAccountInput,
  run: removeServiceAccount,
});

export const createServiceTokenAction = projectAction({
  permission: "project.automation",
  input: createServiceTokenInput,
  run: createServiceToken,
});

export const revokeServiceTokenAction = projectAction({
  permission: "project.automation",
  input: revokeTokenInput,
  run: revokeServiceToken,
});
