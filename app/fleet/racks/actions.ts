"use server";

import { createRack } from "#lib/commands/create-rack";
import { createSite } from "#lib/commands/create-site";
import { removeSiteNetwork } from "#lib/commands/remove-site-network";
import { setSiteNetwork } from "#lib/commands/set-site-network";
import { removeSiteNetworkInput, setSiteNetworkInput } from "#lib/schemas/network";
import { createRackInput, createSiteInput } from "#lib/schemas/site";
import { fleetAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";

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

export const setSiteNetworkAction = fleetAction({
  permission: "credential.edit",
  input: setSiteNetworkInput,
  run: (db, grant, input) => setSiteNetwork(db, grant, input, sealingKey()),
});

export const removeSiteNetworkAction = fleetAction({
  permission: "credential.edit",
  input: removeSiteNetworkInput,
  run: removeSiteNetwork,
});
