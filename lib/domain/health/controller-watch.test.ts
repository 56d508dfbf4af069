import { expect, test } from "vitest";
import type { ControllerLook } from "#lib/domain/health/controller-conditions";
import {
  type ControllerWatch,
  type OpenReason,
  observeController,
  rememberedOf,
} from "#lib/domain/health/controller-watch";
import type { InventoryPowerSupply, InventoryReading } from "#lib/domain/node/inventory";

const minute = 60_000;
const nothing: ControllerLook = {
  supplies: null,
  readings: null,
  unread: { supplies: false, readings: false },
  fresh: null,
  silentSinceMs: null,
  refused: null,
};
const supply = (slot: string, health: string): InventoryPowerSupply => ({
  ...{ slot, health, model: null, serial: null, partNumber: null, firmwareVersion: null },
  capacityWatts: null,
});
const celsius = (name: string, value: number, criticalAt: number | null): InventoryReading => ({
  ...{ kind: "temperature", name, value, unit: "°C", criticalAt, health: "OK" },
});
const broken = { ...nothing, supplies: [supply("PSU0", "OK"), supply("PSU1", "Critical")] };
const whole = { ...nothing, supplies: [supply("PSU0", "OK"), supply("PSU1", "OK")] };

/** Takes looks a minute apart, as one worker after another would, and gives the words of each. */
function told(looks: ControllerLook[], open: OpenReason[] = []): string[][] {
  let watch: ControllerWatch = {};
  const reasons = [...open];
  return looks.map((look, n) => {
    const seen = observeController(rememberedOf(watch, reasons), look, n * minute);
    // As the database keeps it.
    watch = JSON.parse(JSON.stringify(seen.watch));
    for (const { kind, code } of seen.changes) {
      const at = reasons.findIndex((reason) => reason.code === code);
      if (kind === "quiet") reasons.splice(at, 1);
      else if (at < 0) reasons.push({ code, firstSeenMs: 0, lastSeenMs: 0, isOfHolder: true });
    }
    return seen.changes.map((change) =>
      change.kind === "quiet" ? `${change.code} quiet` : `${change.code} x${change.occurrences}`,
    );
  });
}

test("a failed supply opens with the second look, and closes when it has been whole for five minutes", () => {
  const looks = [broken, broken, broken, ...Array(6).fill(whole)];
  expect(told(looks)).toEqual([
    ...[[], ["psu_failed x1"], [], [], [], [], [], []],
    ["psu_failed quiet"],
  ]);
  expect(told([broken, whole, broken, whole])).toEqual([[], [], [], []]);
});

test("what could not be read says neither that it is so nor that it is past", () => {
  const empty = { ...nothing, supplies: [], readings: [] };
  expect(told([broken, broken, ...Array(8).fill(empty), broken])).toEqual([
    ...[[], ["psu_failed x1"]],
    ...Array(8).fill(expect.not.arrayContaining(["psu_failed quiet"])),
    expect.any(Array),
  ]);
});

test("a part that was not read may be the one that has failed; what was read and has failed is told", () => {
  const part = {
    ...whole,
    supplies: [supply("PSU0", "OK")],
    unread: { supplies: true, readings: false },
  };
  expect(told([broken, broken, ...Array(8).fill(part)]).flat()).toEqual(["psu_failed x1"]);
  const partBroken = { ...part, supplies: broken.supplies };
  expect(told([partBroken, partBroken]).flat()).toEqual(["psu_failed x1"]);
});

test("what an operator has cleared opens anew only when it is seen in two looks more", () => {
  const kept = { psu_failed: { sinceMs: 0, open: true, toldMs: 0, quietSinceMs: null } };
  expect([...rememberedOf(kept, []).keys()]).toEqual([]);
});

test("the node's next holder is told at once of what goes on", () => {
  const open = { code: "psu_failed", firstSeenMs: -9 * minute, lastSeenMs: 0, isOfHolder: false };
  expect(told([broken], [open as OpenReason])).toEqual([["psu_failed x1"]]);
});

test("a sensor is judged by its own threshold, and the worst is named", () => {
  const readings = [celsius("CPU0", 90, 98), celsius("Inlet", 47, 45), celsius("PCH", 90, 89)];
  const rules = rememberedOf({}, []);
  const look = { ...nothing, readings: [...readings, celsius("VR", 120, null)] };
  const first = observeController(rules, look, 0);
  const second = observeController(rememberedOf(first.watch, []), look, minute);
  expect(second.changes).toMatchObject([
    { evidence: { sensor: "Inlet", celsius: 47, celsius_limit: 45, more: 1 } },
  ]);
});

test("what refuses us is told at once, and past with the first look that succeeds", () => {
  const refused = { ...nothing, refused: "it refused our sign-in" };
  const silent = { ...nothing, silentSinceMs: 0 };
  expect(told([nothing, refused, silent, whole])).toEqual([
    ...[[], ["controller_refused x1"], []],
    ["controller_refused quiet"],
  ]);
});

test("entries count each, and a warning is past an hour after the last", () => {
  const entry = (severity: "warning" | "critical") => ({
    ...{ id: "1", at: null, severity, message: "Fan 3 slow" },
  });
  const looks: ControllerLook[] = [
    { ...nothing, fresh: [entry("warning"), entry("warning"), entry("critical")] },
    ...Array.from({ length: 62 }, () => ({ ...nothing, fresh: [] })),
  ];
  const all = told(looks);
  expect(all[0]).toEqual(["controller_critical x1", "controller_warning x2"]);
  expect(all.flat().filter((words) => words.endsWith("quiet"))).toEqual([
    "controller_warning quiet",
  ]);
});
