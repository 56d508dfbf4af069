"use server";

import { makeLeaseScript } from "#lib/commands/make-lease-script";
import { removeFabricManager } from "#lib/commands/remove-fabric-manager";
import { removeProvisioning } from "#lib/commands/remove-provisioning";
import { setFabricManager } from "#lib/commands/set-fabric-manager";
import { setProvisioning } from "#lib/commands/set-provisioning";
import { readSettings } from "#lib/config/env";
import { removeFabricManagerInput, setFabricManagerInput } from "#lib/schemas/network";
import {
  makeLeaseScriptInput,
  removeProvisioningInput,
  setProvisioningInput,
} from "#lib/schemas/provisioning";
import { fleetAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";

export const setFabricManagerAction = fleetAction({
  permission: "credential.edit",
  input: setFabricManagerInput,
  run: (db, grant, input) => setFabricManager(db, grant, input, sealingKey()),
});

export const removeFabricManagerAction = fleetAction({
  permission: "credential.edit",
  input: removeFabricManagerInput,
  run: removeFabricManager,
});

export const setProvisioningAction = fleetAction({
  permission: "node.enrol",
  input: setProvisioningInput,
  run: setProvisioning,
});

export const removeProvisioningAction = fleetAction({
  permission: "node.enrol",
  input: removeProvisioningInput,
  run: removeProvisioning,
});

export const makeLeaseScriptAction = fleetAction({
  permission: "credential.edit",
  input: makeLeaseScriptInput,
  run: (db, grant, input) => makeLeaseScript(db, grant, input, readSettings().bootOrigin),
});
