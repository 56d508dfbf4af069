import type { EnvironmentState } from "#lib/domain/environment/state";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";

/** What a state is called on screen. */
export const stateLabels = {
  queued: "Queued",
  provisioning: "Provisioning",
  ready: "Ready",
  stopping: "Stopping",
  stopped: "Stopped",
  starting: "Starting",
  restarting: "Restarting",
  reinstalling: "Reinstalling",
  failed: "Failed",
  releasing: "Releasing",
  released: "Released",
} as const satisfies Record<EnvironmentState, string>;

/** What comes next in a state, or what a person can do there: the end of its sentence. */
export const whatNext = {
  queued: "a worker begins within seconds",
  provisioning: "ready when every node has phoned home",
  ready: "sign in by SSH",
  stopping: "stopped when every node is off",
  stopped: "start it again, or release it: its nodes and its quota are still held",
  starting: "ready when every node has phoned home",
  restarting: "ready when every node has phoned home",
  reinstalling: "ready when every node has phoned home",
  failed: "try again what did not get through, from its first step, or release it",
  releasing: "your quota is free already; the nodes are being taken back and wiped",
  released: "its nodes have been given back",
} as const satisfies Record<EnvironmentState, string>;

/** Why an environment has no node yet, while hooks are asked before any is taken. */
export const waitsForNodes = "No node is taken before the hooks for that have ended.";

/** An operation as its history names it. */
export const operationLabels = {
  "environment.launch": "Launch",
  "environment.stop": "Stop",
  "environment.start": "Start",
  "environment.restart": "Restart",
  "environment.reinstall": "Reinstall",
  "environment.release": "Release",
  "environment.act": "Action",
} as const satisfies Record<EnvironmentOperation, string>;
