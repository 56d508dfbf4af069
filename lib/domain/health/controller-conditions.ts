import type { Evidence, Finding } from "#lib/domain/health/conditions";
import { type ConditionCode, type HealthRule, healthRules } from "#lib/domain/health/rules";
import type { ControllerLogEntry } from "#lib/domain/node/controller-log";
import type { InventoryPowerSupply, InventoryReading } from "#lib/domain/node/inventory";

/** What the controller of a node is looked at for, whoever holds the node. */
export const controllerCodes = [
  "psu_failed",
  "fan_failed",
  "sensor_critical",
  "controller_critical",
  "controller_warning",
  "controller_silent",
  "controller_refused",
] as const satisfies readonly ConditionCode[];
export type ControllerCode = (typeof controllerCodes)[number];

/** What one look came to. What was not asked for, or not answered, is null. */
export type ControllerLook = {
  supplies: readonly InventoryPowerSupply[] | null;
  readings: readonly InventoryReading[] | null;
  /** Where some of these could not be read: then the rest does not say that all is well. */
  unread: { supplies: boolean; readings: boolean };
  /** The entries that are new in its logs, the newest first of each. */
  fresh: readonly ControllerLogEntry[] | null;
  /** Since when it has not answered; null when it has. */
  silentSinceMs: number | null;
  /** Why it is not asked any more, in words; null when it may be. */
  refused: string | null;
};

/** Whether a tenant that holds the node is told of it: then the reason is of its time alone. */
export function isToldToTenant(code: ControllerCode): boolean {
  const rule: HealthRule = healthRules[code];
  return rule.plain !== null;
}

/** What one look says of each condition; a condition it says nothing of is no key. */
export function findControllerConditions(
  { supplies, readings, unread, fresh, silentSinceMs, refused }: ControllerLook,
  atMs: number,
): Map<ControllerCode, Finding> {
  const found = new Map<ControllerCode, Finding>();
  const silentSeconds = silentSinceMs === null ? 0 : Math.round((atMs - silentSinceMs) / 1_000);
  found.set("controller_silent", silentSinceMs === null ? null : { silent_seconds: silentSeconds });
  if (refused !== null) found.set("controller_refused", { refusal: refused });
  else if (silentSinceMs === null) found.set("controller_refused", null);
  const note = (code: ControllerCode, finding: Evidence | null, isPart: boolean) => {
    if (finding !== null || !isPart) found.set(code, finding);
  };
  if (supplies && supplies.length > 0) {
    note(
      "psu_failed",
      failed(supplies, ({ slot }) => (/^\d+$/.test(slot) ? `supply ${slot}` : slot)),
      unread.supplies,
    );
  }
  const fans = readings?.filter(({ kind }) => kind === "fan") ?? [];
  if (fans.length > 0) {
    note(
      "fan_failed",
      failed(fans, ({ name }) => name),
      unread.readings,
    );
  }
  const temperatures = readings?.filter(({ kind }) => kind === "temperature") ?? [];
  if (temperatures.length > 0) note("sensor_critical", tooHot(temperatures), unread.readings);
  if (fresh) {
    found.set("controller_critical", entriesOf(fresh, "critical"));
    found.set("controller_warning", entriesOf(fresh, "warning"));
  }
  return found;
}

/** How many times a condition has happened in a look: what is of a log, as often as there are entries. */
export function occurrencesOf(code: ControllerCode, { fresh }: ControllerLook): number {
  if (code !== "controller_critical" && code !== "controller_warning") return 1;
  const severity = code === "controller_critical" ? "critical" : "warning";
  return (fresh ?? []).filter((entry) => entry.severity === severity).length;
}

const isCritical = (health: string | null) => health?.toLowerCase() === "critical";
const mostNamed = 4;

function failed<T extends { health: string | null }>(
  parts: readonly T[],
  nameOf: (part: T) => string,
): Evidence | null {
  const names = parts.filter(({ health }) => isCritical(health)).map(nameOf);
  if (names.length === 0) return null;
  return { failed: names.length, which: names.slice(0, mostNamed).join(", ") };
}

function tooHot(temperatures: readonly InventoryReading[]): Evidence | null {
  const over = ({ value, criticalAt }: InventoryReading) =>
    criticalAt === null || criticalAt <= 0 ? null : value - criticalAt;
  const hot = temperatures.filter(
    (reading) => isCritical(reading.health) || (over(reading) ?? -1) >= 0,
  );
  const [worst, ...others] = hot.toSorted((a, b) => (over(b) ?? 0) - (over(a) ?? 0));
  if (!worst) return null;
  return {
    ...{ sensor: worst.name, celsius: worst.value },
    ...(worst.criticalAt === null ? {} : { celsius_limit: worst.criticalAt }),
    ...(others.length > 0 ? { more: others.length } : {}),
  };
}

function entriesOf(
  fresh: readonly ControllerLogEntry[],
  severity: "critical" | "warning",
): Evidence | null {
  const [newest, ...others] = fresh.filter((entry) => entry.severity === severity);
  if (!newest) return null;
  return { entry: newest.message, ...(others.length > 0 ? { more: others.length } : {}) };
}
