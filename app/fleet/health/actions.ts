"use server";

import { acknowledgeHealth, clearHealth, silenceHealth } from "#lib/commands/handle-health";
import { acknowledgeHealthInput, clearHealthInput, silenceHealthInput } from "#lib/schemas/health";
import { fleetAction } from "#lib/server/action";

export const acknowledgeHealthAction = fleetAction({
  permission: "node.operate",
  input: acknowledgeHealthInput,
  run: acknowledgeHealth,
});

export const clearHealthAction = fleetAction({
  permission: "node.operate",
  input: clearHealthInput,
  run: clearHealth,
});

export const silenceHealthAction = fleetAction({
  permission: "node.operate",
  input: silenceHealthInput,
  run: silenceHealth,
});
