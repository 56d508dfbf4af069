"use server";

import { abortEnvironment } from "#lib/commands/abort-environment";
import { changeEnvironmentKeys } from "#lib/commands/change-environment-keys";
import { changeInputs } from "#lib/commands/change-inputs";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { letGoHold } from "#lib/commands/let-go-hold";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { placeHold } from "#lib/commands/place-hold";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retryEnvironment } from "#lib/commands/retry-environment";
import { retryHook } from "#lib/commands/retry-hook";
import { runAction } from "#lib/commands/run-action";
import { setLease } from "#lib/commands/set-lease";
import { upgradeEnvironment } from "#lib/commands/upgrade-environment";
import { mostPerMinute } from "#lib/domain/access/pace";
import {
  abortEnvironmentInput,
  changeEnvironmentKeysInput,
  changeInputsInput,
  launchEnvironmentInput,
  operateEnvironmentInput,
  releaseEnvironmentInput,
  retryEnvironmentInput,
  runActionInput,
  setLeaseInput,
  upgradeEnvironmentInput,
} from "#lib/schemas/environment";
import { endHoldInput, placeHoldInput } from "#lib/schemas/hold";
import { retryHookInput } from "#lib/schemas/hook";
import { projectAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";

export const launchEnvironmentAction = projectAction({
  permission: "environment.launch",
  input: launchEnvironmentInput,
  run: (db, grant, input) =>
    launchEnvironment(db, grant, input, sealingKey(), mostPerMinute.launch),
});

export const placeHoldAction = projectAction({
  permission: "environment.launch",
  input: placeHoldInput,
  run: placeHold,
});

export const letGoHoldAction = projectAction({
  permission: "environment.launch",
  input: endHoldInput,
  run: letGoHold,
});

export const operateEnvironmentAction = projectAction({
  permission: "environment.operate",
  input: operateEnvironmentInput,
  run: operateEnvironment,
});

export const upgradeEnvironmentAction = projectAction({
  permission: "environment.operate",
  input: upgradeEnvironmentInput,
  run: (db, grant, input) => upgradeEnvironment(db, grant, input, sealingKey()),
});

export const runActionAction = projectAction({
  permission: "environment.act",
  input: runActionInput,
  run: runAction,
});

export const abortEnvironmentAction = projectAction({
  permission: "environment.operate",
  input: abortEnvironmentInput,
  run: abortEnvironment,
});

export const retryEnvironmentAction = projectAction({
  permission: "environment.operate",
  input: retryEnvironmentInput,
  run: retryEnvironment,
});

export const retryHookAction = projectAction({
  permission: "environment.operate",
  input: retryHookInput,
  run: retryHook,
});

export const releaseEnvironmentAction = projectAction({
  permission: "environment.release",
  input: releaseEnvironmentInput,
  run: releaseEnvironment,
});

export const setLeaseAction = projectAction({
  permission: "environment.operate",
  input: setLeaseInput,
  run: setLease,
});

export const changeInputsAction = projectAction({
  permission: "environment.operate",
  input: changeInputsInput,
  run: (db, grant, input) => changeInputs(db, grant, input, sealingKey()),
});

export const changeEnvironmentKeysAction = projectAction({
  permission: "environment.keys",
  input: changeEnvironmentKeysInput,
  run: changeEnvironmentKeys,
});
