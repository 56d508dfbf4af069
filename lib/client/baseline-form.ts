import { linesOf, numberOf, textOf } from "#lib/client/form-values";
import type { FirmwareRule, SecurityBaseline } from "#lib/domain/node/baseline-rules";
import type { MeasureMode, WipeRules } from "#lib/domain/node/wipe-measure";

/** The rules on firmware and security that a form holds; undefined when it holds none. */
export function baselineOfForm(form: FormData): SecurityBaseline | undefined {
  const isOn = (name: string) => form.get(`baseline.${name}`) === "on";
  const want = (name: string) => textOf(form, `baseline.${name}`);
  const required = (name: string) => (isOn(`${name}.required`) ? { required: true } : {});
  const baseline: SecurityBaseline = {};
  const firmware = firmwareOf(form);
  if (firmware.length > 0) baseline.firmware = firmware;
  const secureBoot = want("secureBoot");
  if (secureBoot !== "") {
    baseline.secureBoot = { want: secureBoot as "on" | "off", ...required("secureBoot") };
  }
  const tpm = want("tpm");
  if (tpm !== "") baseline.tpm = { want: tpm as "present" | "2.0", ...required("tpm") };
  if (want("ipmiOff") !== "") baseline.ipmiOff = required("ipmiOff");
  if (want("certificate") !== "") {
    const days = textOf(form, "baseline.certificate.maxAgeDays");
    baseline.certificate = {
      ...(days !== "" && { maxAgeDays: numberOf(form, "baseline.certificate.maxAgeDays") }),
      ...required("certificate"),
    };
  }
  if (want("accounts") !== "") {
    baseline.accounts = {
      allowed: linesOf(form, "baseline.accounts.allowed"),
      ...required("accounts"),
    };
  }
  return Object.keys(baseline).length > 0 ? baseline : undefined;
}

/** A row without component and version is none; the others come in the order they are shown. */
function firmwareOf(form: FormData): FirmwareRule[] {
  return form.getAll("baseline.firmware").flatMap((row): FirmwareRule[] => {
    const field = (name: string) => textOf(form, `baseline.firmware.${row}.${name}`);
    const [component, version] = [field("component"), field("version")];
    if (component === "" && version === "") return [];
    const match = field("match") === "exactly" ? "exactly" : "at_least";
    return [{ component, match, version, ...(field("required") === "on" && { required: true }) }];
  });
}

/** What a wipe does beside the drives, as far as it is not as usual. */
export function wipeOfForm(form: FormData): WipeRules | undefined {
  const rules: WipeRules = {};
  for (const name of ["controllerPassword", "biosReset", "tpmClear"] as const) {
    const mode = textOf(form, `wipe.${name}`);
    if (mode !== "") rules[name] = mode as MeasureMode;
  }
  return Object.keys(rules).length > 0 ? rules : undefined;
}
