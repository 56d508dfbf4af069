/** `PowerState` of Redfish's Resource schema, without `Paused`. */
export type PowerState = "On" | "Off" | "PoweringOn" | "PoweringOff";

/** `ResetType` of Redfish's Resource schema, those that the rack understands. */
export const resetTypes = [
  "On",
  "ForceOn",
  "ForceOff",
  "GracefulShutdown",
  "GracefulRestart",
  "ForceRestart",
  "PowerCycle",
  "PushPowerButton",
] as const;

export type ResetType = (typeof resetTypes)[number];
