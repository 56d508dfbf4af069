import type { PowerState } from "#lib/ports/controller";

/** Lines of the form `Name : value`, as most of `ipmitool`'s answers are; the first of a name counts. */
export function fieldsOf(output: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [, name, value] = line.match(/^\s*([^:]+?)\s*:\s*(.*?)\s*$/) ?? [];
    if (name && value && !fields.has(name)) fields.set(name, value);
  }
  return fields;
}

/** A fact, or null where the controller says that it has none. */
export function factOf(fields: Map<string, string>, name: string): string | null {
  const value = fields.get(name) ?? "";
  return value === "" || /^unknown\b|^n\/a$|^to be filled/i.test(value) ? null : value;
}

/** The host's power, of `chassis power status`. */
export function powerOf(output: string): PowerState {
  const [, word] = output.match(/Chassis Power is (on|off)/i) ?? [];
  if (word === undefined) return "unknown";
  return word.toLowerCase() === "on" ? "on" : "off";
}

/** What the host starts from next, of `chassis bootparam get 5`. */
export function bootDeviceOf(output: string): "pxe" | "none" | "other" {
  const device = fieldsOf(output.replace(/^ +- /gm, "")).get("Boot Device Selector") ?? "";
  if (/PXE/i.test(device)) return "pxe";
  return /No override/i.test(device) ? "none" : "other";
}
