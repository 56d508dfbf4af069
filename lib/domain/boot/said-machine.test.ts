import { expect, test } from "vitest";
import { whyElsewhere } from "#lib/domain/boot/boot-place";
import { readSaidMachine, whyAnother } from "#lib/domain/boot/said-machine";

const uuid = "3a1f6e52-77b0-4c1d-9d3e-8f00c0ffee01";
const turned = "526e1f3a-b077-1d4c-9d3e-8f00c0ffee01";
const other = "00112233-4455-6677-8899-aabbccddeeff";
const known = { macs: ["52:54:00:00:00:01", "52:54:00:00:00:02"], uuid };

test("what a machine says is read as iPXE and our own system in memory write it, and nothing else", () => {
  expect(readSaidMachine(`mac=52-54-00-00-00-01&uuid=${uuid.toUpperCase()}`)).toEqual({
    ...{ macs: ["52:54:00:00:00:01"], uuid },
  });
  expect(readSaidMachine("uuid=&mac=52:54:00:00:00:01,52:54:00:00:00:02,")).toEqual({
    ...{ macs: known.macs, uuid: null },
  });
  for (const nothing of [undefined, "", "mac=&uuid=", "mac=52-54&uuid=", "x".repeat(5_000)]) {
    expect(readSaidMachine(nothing)).toBe(null);
  }
});

test.for<[string, string[], string | null, boolean]>([
  ["both agree", ["52:54:00:00:00:02"], uuid, false],
  ["the UUID in the order in which it lies in memory", [], turned, false],
  ["a replaced network card", ["52:54:00:00:00:09"], uuid, false],
  ["a replaced mainboard", ["52:54:00:00:00:01"], other, false],
  ["one of several cards", ["52:54:00:00:00:09", "52:54:00:00:00:01"], null, false],
  ["a UUID that was never written", [], "00000000-0000-0000-0000-000000000000", false],
  ["another card, and a UUID that was never written", ["52:54:00:00:00:09"], "0", true],
  ["another card, and no UUID", ["52:54:00:00:00:09"], null, true],
  ["another UUID, and no card", [], other, true],
  ["another machine", ["52:54:00:00:00:09"], other, true],
])("%s", ([, macs, said, isAnother]) => {
  expect(whyAnother({ macs, uuid: said }, known) !== null).toBe(isAnother);
  // Of a node of which nothing is known, nothing can be told.
  expect(whyAnother({ macs, uuid: said }, { macs: [], uuid: null })).toBe(null);
});

test("a part of a boot asks from one address, or from one that DHCP gave to its node", () => {
  const [own, unknown] = [{ kind: "own" }, { kind: "unknown" }] as const;
  const gpu9 = { kind: "other", mac: "52:54:00:00:00:09", node: "gpu-9" } as const;
  const may = (place: string | undefined, holder: Parameters<typeof whyElsewhere>[2]) =>
    whyElsewhere(place, "10.0.0.9", holder) === null;
  expect([may(undefined, own), may(undefined, unknown), may(undefined, gpu9)]).toEqual([
    ...[true, true, false],
  ]);
  expect([may("10.0.0.8", own), may("10.0.0.8", unknown), may("10.0.0.8", gpu9)]).toEqual([
    ...[true, false, false],
  ]);
  // It has asked from there since before DHCP gave it to another.
  expect(may("10.0.0.9", gpu9)).toBe(true);
});
