/** What a wipe does beside the drives, in the order it is done. */
export const measureKinds = [
  "bios_reset",
  "tpm_clear",
  "controller_password",
  "controller_accounts",
  "firmware",
] as const;
export type MeasureKind = (typeof measureKinds)[number];

/**
 * `ordered`: the controller took it, and whether it was done cannot be told. `not_offered`: it has no
 * way to do it. `not_applied`: it took it, and it was not done. `failed`: it refused, or did not keep
 * it. `off`: the node type does not ask for it.
 */
export const measureOutcomes = [
  "done",
  "ordered",
  "not_offered",
  "not_applied",
  "failed",
  "off",
] as const;
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
  tpmClear?: MeasureMode;
};

/**
 * What holds for what a node type does not say. Defaults of a BIOS may turn network boot off, so a
 * reset is done only where it was asked for. A TPM may hold keys of the tenant before: it is cleared
 * wherever that can be ordered, and a host whose firmware then waits for a person at its keyboard
 * never gets to the wipe, so it ends in quarantine and not with the next tenant.
 */
export const usualWipeRules = {
  controllerPassword: "offered",
  biosReset: "off",
  tpmClear: "offered",
} as const satisfies Required<WipeRules>;
