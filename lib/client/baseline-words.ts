import { componentName } from "#lib/domain/node/baseline";
import type { SecurityBaseline } from "#lib/domain/node/baseline-rules";
import type { MeasureKind, MeasureMode, WipeRules } from "#lib/domain/node/wipe-measure";

type Line = { label: string; value: string };

/** The rules of a baseline, each in words. */
export function baselineWords(baseline: SecurityBaseline | undefined): Line[] {
  if (!baseline) return [];
  const { firmware = [], secureBoot, tpm, ipmiOff, certificate, accounts } = baseline;
  const must = (rule: { required?: boolean }) => (rule.required ? ", and it must be told" : "");
  const lines = firmware.map((rule) => ({
    label: componentName(rule.component),
    value: `${rule.version}${rule.match === "exactly" ? "" : " or newer"}${must(rule)}`,
  }));
  const add = (label: string, rule: { required?: boolean } | undefined, value: string) => {
    if (rule) lines.push({ label, value: `${value}${must(rule)}` });
  };
  add("Secure Boot", secureBoot, secureBoot?.want ?? "");
  add("TPM", tpm, tpm?.want === "2.0" ? "TPM 2.0" : "one that is on");
  add("IPMI over the network", ipmiOff, "off");
  const age = certificate?.maxAgeDays;
  add("Certificate", certificate, age === undefined ? "valid" : `valid, ${age} days old at most`);
  const allowed = accounts?.allowed.join(", ");
  add("Accounts", accounts, `none but Ingot's own${allowed ? ` and ${allowed}` : ""}`);
  return lines;
}

const modeWords: Record<MeasureMode, string> = {
  off: "not in a wipe",
  offered: "in a wipe, where the controller can",
  required: "in a wipe, always",
};

export const wipeRuleWords: Record<keyof WipeRules, string> = {
  controllerPassword: "New controller password",
  biosReset: "BIOS reset",
  tpmClear: "TPM clear",
};

/** What a wipe does beside the drives, as far as the node type says so. */
export function wipeWords(rules: WipeRules = {}): Line[] {
  return (Object.keys(wipeRuleWords) as (keyof WipeRules)[]).flatMap((rule) => {
    const mode = rules[rule];
    return mode === undefined ? [] : [{ label: wipeRuleWords[rule], value: modeWords[mode] }];
  });
}

/** What a measure of a wipe is called. */
export const measureWords: Record<MeasureKind, string> = {
  bios_reset: "BIOS settings",
  tpm_clear: "TPM",
  controller_password: "Controller password",
  controller_accounts: "Controller accounts",
  firmware: "Firmware",
};
