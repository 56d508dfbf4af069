"use server";

import { changeNodeType } from "#lib/commands/change-node-type";
import { createNodeType } from "#lib/commands/create-node-type";
import { changeNodeTypeInput, createNodeTypeInput } from "#lib/schemas/node-type";
import { fleetAction } from "#lib/server/action";

export const createNodeTypeAction = fleetAction({
  permission: "catalogue.edit",
  input: createNodeTypeInput,
  run: createNodeType,
});

export const changeNodeTypeAction = fleetAction({
  permission: "catalogue.edit",
  input: changeNodeTypeInput,
  run: changeNodeType,
});
