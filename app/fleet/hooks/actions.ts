"use server";

import { decideApproval } from "#lib/commands/decide-approval";
import { rehearseHook } from "#lib/commands/rehearse-hook";
import { replayHook } from "#lib/commands/replay-hook";
import { retryHook } from "#lib/commands/retry-hook";
import { stopAsking } from "#lib/commands/stop-asking";
import { rehearseHookInput, replayHookInput } from "#lib/schemas/dry-run";
import { decideApprovalInput, retryHookInput, stopAskingInput } from "#lib/schemas/hook";
import { fleetAction } from "#lib/server/action";

export const decideApprovalAction = fleetAction({
  permission: "approval.decide",
  input: decideApprovalInput,
  run: decideApproval,
});

export const retryHookAction = fleetAction({
  permission: "node.operate",
  input: retryHookInput,
  run: retryHook,
});

export const stopAskingAction = fleetAction({
  permission: "node.operate",
  input: stopAskingInput,
  run: stopAsking,
});

export const replayHookAction = fleetAction({
  permission: "catalogue.edit",
  input: replayHookInput,
  run: replayHook,
});

export const rehearseHookAction = fleetAction({
  permission: "node.operate",
  input: rehearseHookInput,
  run: rehearseHook,
});
