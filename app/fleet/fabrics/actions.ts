"use server";

import { acceptNvlinkDomain } from "#lib/commands/accept-nvlink-domain";
import { createFabric } from "#lib/commands/create-fabric";
import { placePorts } from "#lib/commands/place-ports";
import { removeFabric } from "#lib/commands/remove-fabric";
import { setNvlinkMembers } from "#lib/commands/set-nvlink-members";
import { ok } from "#lib/domain/result";
import {
  acceptNvlinkDomainInput,
  createFabricInput,
  portSheetInput,
  removeFabricInput,
  setNvlinkMembersInput,
} from "#lib/schemas/fabric";
import { readPortSheet } from "#lib/schemas/port-sheet";
import { fleetAction } from "#lib/server/action";
import { portPlan, portPlanOf } from "#lib/views/port-plan";

export const createFabricAction = fleetAction({
  permission: "node.enrol",
  input: createFabricInput,
  run: createFabric,
});

export const removeFabricAction = fleetAction({
  permission: "node.enrol",
  input: removeFabricInput,
  run: removeFabric,
});

export const setNvlinkMembersAction = fleetAction({
  permission: "node.enrol",
  input: setNvlinkMembersInput,
  run: setNvlinkMembers,
});

export const acceptNvlinkDomainAction = fleetAction({
  permission: "node.enrol",
  input: acceptNvlinkDomainInput,
  run: acceptNvlinkDomain,
});

/** Says line by line what taking the places of ports from this would do. */
export const checkPortsAction = fleetAction({
  permission: "node.enrol",
  input: portSheetInput,
  run: async (db, grant, input) => {
    const sheet = readPortSheet(input.text);
    return sheet.ok ? portPlan(db, grant, input, sheet.value) : sheet;
  },
});

export const placePortsAction = fleetAction({
  permission: "node.enrol",
  input: portSheetInput,
  run: async (db, grant, input) => {
    const sheet = readPortSheet(input.text);
    if (!sheet.ok) return sheet;
    const done = await placePorts(db, grant, input, sheet.value);
    return done.ok ? ok(portPlanOf(sheet.value, done.value.lines, done.value.gone)) : done;
  },
});
