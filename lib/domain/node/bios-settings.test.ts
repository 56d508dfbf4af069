import { describe, expect, test } from "vitest";
import {
  type BiosSettings,
  biosDifferences,
  judgeReset,
  judgeTpmClear,
  resetOrder,
} from "#lib/domain/node/bios-settings";

const told: BiosSettings = {
  attributes: { Boot: "Uefi", Cores: 0, Turbo: true },
  pending: {},
  resetPending: null,
  tpmClearPending: false,
};
const settings = (given: Partial<BiosSettings> = {}): BiosSettings => ({ ...told, ...given });
const record = { Boot: "Uefi", Cores: 0, Turbo: true };
const attributes = { Boot: "Legacy", Cores: 0, Turbo: false };

describe("a reset that was ordered is", () => {
  test.each([
    ["ordered, where nothing can be told", null, null, null, null, "ordered"],
    ["ordered, where nothing shows it", null, settings(), settings(), settings(), "ordered"],
    ["ordered, where nothing was changed", record, settings(), settings(), settings(), "ordered"],
    [
      "done, where the order waited and does no more",
      null,
      settings({ resetPending: false }),
      settings({ resetPending: true }),
      settings({ resetPending: false }),
      "done",
    ],
    [
      "not applied, where the order still waits",
      null,
      settings(),
      settings({ resetPending: true }),
      settings({ resetPending: true }),
      "not_applied",
    ],
    [
      "done, where defaults waited and are there",
      null,
      settings({ attributes }),
      settings({ attributes, pending: { Boot: "Uefi" } }),
      settings(),
      "done",
    ],
    [
      "not applied, where defaults wait on",
      null,
      settings({ attributes }),
      settings({ attributes, pending: { Boot: "Uefi" } }),
      settings({ attributes, pending: { Boot: "Uefi" } }),
      "not_applied",
    ],
    [
      // A settings object that is never brought up to date tells nothing of the order.
      "not held against what waited before it",
      null,
      settings({ pending: { Boot: "Legacy" }, resetPending: false }),
      settings({ pending: { Boot: "Legacy" }, resetPending: true }),
      settings({ pending: { Boot: "Legacy" }, resetPending: false }),
      "done",
    ],
    [
      "done, where what had been changed is so no more",
      record,
      settings({ attributes }),
      settings({ attributes }),
      settings({ attributes: { Boot: "Uefi", Cores: 0, Turbo: "Default" } }),
      "done",
    ],
    [
      "not applied, where one that had been changed still is",
      record,
      settings({ attributes }),
      settings({ attributes }),
      settings({ attributes: { Boot: "Uefi", Cores: 0, Turbo: false } }),
      "not_applied",
    ],
    ["ordered, where it is told no more", record, settings(), settings(), null, "ordered"],
  ] as const)("%s", (_, known, before, after, now, outcome) => {
    const order = resetOrder(known, before, after);
    expect(judgeReset(order, now).outcome).toBe(outcome);
    // Words for tenants.
    expect(judgeReset(order, now).words).not.toMatch(/Boot|Turbo|Legacy|Uefi/);
  });

  test("not applied, where a worker ended after it had ordered it, and it still waits", () => {
    const waits = settings({ attributes, pending: { Boot: "Uefi" } });
    const again = resetOrder(null, waits, waits, true);
    expect(judgeReset(again, waits).outcome).toBe("not_applied");
    expect(judgeReset(again, settings()).outcome).toBe("ordered");
  });

  test("a difference for each setting that it left, and of what came after the record none", () => {
    const now = settings({ attributes: { ...attributes, New: "On" } });
    const order = resetOrder(record, now, now);
    expect(biosDifferences(record, order, now).map(({ words }) => words)).toEqual([
      "BIOS settings that a reset left since it was last in order: Boot is Legacy, and was Uefi; Turbo is false, and was true",
    ]);
    expect(biosDifferences(record, order, settings())).toEqual([]);
    expect(biosDifferences(record, order, null)).toEqual([]);
    // One that still waits has failed, and cannot be accepted setting by setting.
    expect(biosDifferences(record, order, { ...now, resetPending: true })).toEqual([]);
  });

  test("a sentence that stays short, however many it left", () => {
    const names = Array.from({ length: 300 }, (_, at) => `Setting${at}`);
    const before = Object.fromEntries(names.map((name) => [name, "a"]));
    const now = settings({ attributes: Object.fromEntries(names.map((name) => [name, "b"])) });
    const [difference] = biosDifferences(before, resetOrder(before, now, now), now);
    expect(difference?.words).toMatch(/Setting4 is b, and was a; and 295 more$/);
  });
});

test.each([
  [settings({ tpmClearPending: false }), "done"],
  [settings({ tpmClearPending: true }), "not_applied"],
  [settings({ tpmClearPending: null }), "not_applied"],
  [null, "not_applied"],
] as const)("a clear of the TPM of which %j is told afterwards is %s", (now, outcome) => {
  expect(judgeTpmClear(now).outcome).toBe(outcome);
});

test("beside a reset nothing shows whether the TPM was cleared, or the order forgotten", () => {
  expect(judgeTpmClear(settings()).outcome).toBe("done");
  expect(judgeTpmClear(settings(), true).outcome).toBe("ordered");
  expect(judgeTpmClear(settings({ tpmClearPending: true }), true).outcome).toBe("not_applied");
});
