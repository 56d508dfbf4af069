import type { InventoryReading } from "#lib/domain/node/inventory";
import type { PowerState, Sensors } from "#lib/ports/controller";

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

const units = { "degrees C": "temperature", RPM: "fan", Watts: "power" } as const;
const unitWords = { temperature: "°C", fan: "rpm", power: "W" } as const;
/** How `sdr` writes that a reading is beyond a threshold: non-critical, critical, non-recoverable. */
const healths: Record<string, string> = { ok: "OK", nc: "Warning", cr: "Critical", nr: "Critical" };
/** Entity 10 is a power supply (IPMI 2.0, table 43-13). */
const supplyEntity = /^10\./;

/** What is measured: name, value, unit, state, entity; then its name, its type, and the thresholds. */
const measured = /^(.+),(-?\d+(?:\.\d+)?),(degrees C|RPM|Watts),(\w+),\d+\.\d+(?:,(.*))?$/;
/** What is one of several things: name, number, state, entity, and what is so. */
const discrete = /^(.+),[\dA-F]{2}h,\w+,(\d+\.\d+),(.*)$/i;
/** Where the upper critical threshold stands after the entity: behind six others. */
const upperCritical = 6;

/**
 * What is measured, of `-c -v sdr elist all`: a line a sensor, with commas between its parts; a name may
 * have some of its own. A sensor says by its state that it is beyond a threshold.
 */
export function sensorsOf(output: string): Sensors {
  const told: Sensors = {
    supplies: [],
    readings: [],
    unread: { supplies: false, readings: false },
  };
  for (const line of output.split("\n").map((each) => each.trim())) {
    const [, name = "", number, unit, state = "", more = ""] = line.match(measured) ?? [];
    const [, slot = "", entity = "", said = ""] = line.match(discrete) ?? [];
    if (unit) {
      const kind: InventoryReading["kind"] = units[unit as keyof typeof units];
      const limit = Number(more.split(",")[upperCritical] || Number.NaN);
      told.readings.push({
        ...{ kind, name, value: Number(number), unit: unitWords[kind] },
        criticalAt: kind === "temperature" && limit > 0 ? limit : null,
        health: healths[state] ?? null,
      });
    } else if (supplyEntity.test(entity) && /presence detected/i.test(said)) {
      told.supplies.push({
        ...{ slot, model: null, serial: null, partNumber: null, firmwareVersion: null },
        ...{ capacityWatts: null, health: /fail/i.test(said) ? "Critical" : "OK" },
      });
    }
  }
  return told;
}
