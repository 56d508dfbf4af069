"use server";

import { changeHealthRule, resetHealthRule } from "#lib/commands/change-health-rule";
import { acknowledgeHealth, clearHealth, silenceHealth } from "#lib/commands/handle-health";
import { addHealthSilence, endHealthSilence } from "#lib/commands/silence-health";
import {
  acknowledgeHealthInput,
  addHealthSilenceInput,
  changeHealthRuleInput,
  clearHealthInput,
  endHealthSilenceInput,
  resetHealthRuleInput,
  silenceHealthInput,
} from "#lib/schemas/health";
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

export const addHealthSilenceAction = fleetAction({
  permission: "node.operate",
  input: addHealthSilenceInput,
  run: addHealthSilence,
});

export const endHealthSilenceAction = fleetAction({
  permission: "node.operate",
  input: endHealthSilenceInput,
  run: endHealthSilence,
});

export const changeHealthRuleAction = fleetAction({
  permission: "node.operate",
  input: changeHealthRuleInput,
  run: changeHealthRule,
});

export const resetHealthRuleAction = fleetAction({
  permission: "node.operate",
  input: resetHealthRuleInput,
  run: resetHealthRule,
});
