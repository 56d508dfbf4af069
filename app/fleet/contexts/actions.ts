"use server";

import { attachContext, detachContext } from "#lib/commands/attach-context";
import { changeContext } from "#lib/commands/change-context";
import { createContext } from "#lib/commands/create-context";
import { removeContext } from "#lib/commands/remove-context";
import { removeContextSecret } from "#lib/commands/remove-context-secret";
import { setContextSecret } from "#lib/commands/set-context-secret";
import {
  attachContextInput,
  changeContextInput,
  contextInput,
  createContextInput,
  removeContextSecretInput,
  setContextSecretInput,
} from "#lib/schemas/context";
import { fleetAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";

export const createContextAction = fleetAction({
  permission: "context.edit",
  input: createContextInput,
  run: createContext,
});

export const changeContextAction = fleetAction({
  permission: "context.edit",
  input: changeContextInput,
  run: changeContext,
});

export const setContextSecretAction = fleetAction({
  permission: "context.edit",
  input: setContextSecretInput,
  run: (db, grant, input) => setContextSecret(db, grant, input, sealingKey()),
});

export const removeContextSecretAction = fleetAction({
  permission: "context.edit",
  input: removeContextSecretInput,
  run: removeContextSecret,
});

export const attachContextAction = fleetAction({
  permission: "context.edit",
  input: attachContextInput,
  run: attachContext,
});

export const detachContextAction = fleetAction({
  permission: "context.edit",
  input: attachContextInput,
  run: detachContext,
});

export const removeContextAction = fleetAction({
  permission: "context.edit",
  input: contextInput,
  run: removeContext,
});
