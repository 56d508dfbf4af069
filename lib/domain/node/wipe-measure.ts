/** What a wipe does beside the drives, in the order it is done. */
export const measureKinds = [
  "bios_reset",
  "tpm_clear",
  "controller_password",
  "controller_accounts",
  "firmware",
] as const;
export type MeasureKind = (typeof measureKinds)[number];

/** `not_offered`: the controller has no way to do it. `off`: the node type does not ask for it. */
export const measureOutcomes = ["done", "not_offered", "failed", "off"] as const;
export type MeasureOutcome = (typeof measureOutcomes)[number];

/** One measure of one wipe, and what came of it in a sentence without secrets. */
export type WipeMeasure = { kind: MeasureKind; outcome: MeasureOutcome; words: string };

/** How much a node type insists on a measure: not at all, where the controller can, or always. */
export const measureModes = ["off", "offered", "required"] as const;
export type MeasureMode = (typeof measureModes)[number];

/** What a wipe does beside the drives, where the node type says so. */
export type WipeRules = {
  controllerPassword?: MeasureMode;
  biosReset?: MeasureMode;
};

/**
 * What holds for what a node type does not say. Defaults of a BIOS may turn network boot off, so a
 * reset is done only where it was asked for.
 */
export const usualWipeRules = {
  controllerPassword: "offered",
  biosReset: "off",
} as const satisfies Required<WipeRules>;
