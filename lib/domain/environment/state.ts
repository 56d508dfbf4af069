import type { EnvironmentOperation } from "#lib/domain/operation/operation";

/** Where an environment is in its life. `degraded` is not here: it is read off node health. */
export const environmentStates = [
  "queued",
  "provisioning",
  "ready",
  "stopping",
  "stopped",
  "starting",
  "restarting",
  "reinstalling",
  "failed",
  "releasing",
  "released",
] as const;
export type EnvironmentState = (typeof environmentStates)[number];

/** What a person may ask for. */
export const environmentCommands = [
  "stop",
  "start",
  "restart",
  "reinstall",
  "abort",
  "retry",
  "release",
] as const;
export type EnvironmentCommand = (typeof environmentCommands)[number];

/** What the worker reports back. */
export const environmentReports = ["claimed", "succeeded", "failed"] as const;
export type EnvironmentReport = (typeof environmentReports)[number];

export type EnvironmentEvent = EnvironmentCommand | EnvironmentReport;

// The whole lifecycle, once. Buttons, commands, the worker and the tests read this table; a new
// state does not compile until it has a row here. An abort keeps the state: the worker takes the
// work back first and then reports `failed`. A retry goes to the state of the operation that
// failed, which `stateOf` names; `provisioning` stands here for "in motion again".
const transitions = {
  queued: { claimed: "provisioning", failed: "failed", abort: "queued", release: "releasing" },
  provisioning: {
    succeeded: "ready",
    failed: "failed",
    abort: "provisioning",
    release: "releasing",
  },
  ready: {
    stop: "stopping",
    restart: "restarting",
    reinstall: "reinstalling",
    release: "releasing",
  },
  // A stop has no abort: it ends in minutes, and an environment half stopped helps nobody.
  stopping: { succeeded: "stopped", failed: "failed", release: "releasing" },
  stopped: { start: "starting", reinstall: "reinstalling", release: "releasing" },
  starting: { succeeded: "ready", failed: "failed", abort: "starting", release: "releasing" },
  restarting: { succeeded: "ready", failed: "failed", abort: "restarting", release: "releasing" },
  reinstalling: {
    succeeded: "ready",
    failed: "failed",
    abort: "reinstalling",
    release: "releasing",
  },
  failed: { retry: "provisioning", release: "releasing" },
  // No "failed" edge: a release is retried until an operator steps in, on our time and not on
  // the tenant's quota.
  releasing: { succeeded: "released" },
  released: {},
} as const satisfies Record<EnvironmentState, Partial<Record<EnvironmentEvent, EnvironmentState>>>;

/** The state an event leads to, or undefined when the event has no meaning in this state. */
export function nextState(
  state: EnvironmentState,
  event: EnvironmentEvent,
): EnvironmentState | undefined {
  const row: Partial<Record<EnvironmentEvent, EnvironmentState>> = transitions[state];
  return row[event];
}

/** The states a command is allowed in, for the sentence beside a disabled button. */
export function statesAllowing(command: EnvironmentCommand): EnvironmentState[] {
  return environmentStates.filter((state) => nextState(state, command) !== undefined);
}

/** True while the worker owns the environment and a page should refresh quickly. */
export function isInMotion(state: EnvironmentState): boolean {
  return nextState(state, "succeeded") !== undefined || nextState(state, "claimed") !== undefined;
}

/** The state an environment is in while this operation runs: also where a retry goes back to. */
export function stateOf(kind: EnvironmentOperation): EnvironmentState {
  return motions[kind];
}

const motions = {
  "environment.launch": "provisioning",
  "environment.stop": "stopping",
  "environment.start": "starting",
  "environment.restart": "restarting",
  "environment.reinstall": "reinstalling",
  "environment.release": "releasing",
  // An action moves nothing.
  "environment.act": "ready",
} as const satisfies Record<EnvironmentOperation, EnvironmentState>;
