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

/**
 * What is measured, of `sdr elist all`: lines of name, number, state, entity and reading. A sensor
 * says by its state that it is beyond a threshold, and nowhere here which that is.
 */
export function sensorsOf(output: string): Sensors {
  const told: Sensors = { supplies: [], readings: [] };
  for (const line of output.split("\n")) {
    const [name, , state = "", entity = "", said = ""] = line.split("|").map((part) => part.trim());
    if (!name) continue;
    const [, number, unit] = said.match(/^(-?\d+(?:\.\d+)?) (degrees C|RPM|Watts)$/) ?? [];
    if (unit) {
      const kind: InventoryReading["kind"] = units[unit as keyof typeof units];
      told.readings.push({
        ...{ kind, name, value: Number(number), unit: unitWords[kind] },
        ...{ criticalAt: null, health: healths[state] ?? null },
      });
    } else if (supplyEntity.test(entity) && /presence detected/i.test(said)) {
      told.supplies.push({
        ...{ slot: name, model: null, serial: null, partNumber: null, firmwareVersion: null },
        ...{ capacityWatts: null, health: /fail/i.test(said) ? "Critical" : "OK" },
      });
    }
  }
  return told;
}
