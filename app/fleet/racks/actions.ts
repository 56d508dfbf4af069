"use server";

import { createRack } from "#lib/commands/create-rack";
import { createSite } from "#lib/commands/create-site";
import { createRackInput, createSiteInput } from "#lib/schemas/site";
import { fleetAction } from "#lib/server/action";

export const createSiteAction = fleetAction({
  permission: "node.enrol",
  input: createSiteInput,
  run: createSite,
});

export const createRackAction = fleetAction({
  permission: "node.enrol",
  input: createRackInput,
  run: createRack,
});
