import { expect, test } from "vitest";
import { aHook } from "#e2e/fixtures/hooks";
import { type Upgraded, upgradeObstacles } from "#lib/domain/environment/upgrade";
import type { TemplateHook } from "#lib/domain/hook/hook";

const group = { name: "workers", profileId: "prf_1", profile: "gpu-8x", minCount: 1, maxCount: 4 };
const network = {} as Upgraded["network"];
const obstacles = (have: TemplateHook[], to: TemplateHook[], values: Upgraded["values"] = {}) =>
  upgradeObstacles(
    { groups: [group], counts: { workers: 2 }, network, values, secrets: [], hooks: have },
    { groups: [group], network, inputs: [], hooks: to },
  );
const asks = (name: string, point: TemplateHook["point"], change: Partial<TemplateHook> = {}) =>
  aHook({ name, point, kind: "http", providerId: "pvd_1" as never, ...change });

test("a hook that only a launch comes to is no upgrade's, unless this launch had it or would have skipped it", () => {
  const volume = asks("volume", "after_allocate");
  expect(obstacles([volume], [volume])).toEqual([]);
  expect(obstacles([], [volume])).toEqual([
    "Its hook volume comes at a launch, and would be passed over.",
  ]);
  expect(obstacles([asks("volume", "after_allocate", { seconds: 90 })], [volume])).toHaveLength(1);
  const skipIf = { input: "storage", is: "equal" as const, value: "none" };
  expect(obstacles([], [{ ...volume, skipIf }], { storage: "none" })).toEqual([]);
  // Those that a reinstall comes to run at an upgrade as well.
  for (const point of ["before_install", "after_install", "after_bootstrap"] as const) {
    expect(obstacles([], [asks("note", point)])).toEqual([]);
  }
  expect(obstacles([], [asks("note", "after_stop")])).toEqual([]);
});

test("who would have taken back what was made is asked by the other version, too", () => {
  const remove = asks("remove", "after_release");
  expect(obstacles([remove], [])).toEqual([
    "Its release does not ask the provider of remove, as this environment's does.",
  ]);
  expect(obstacles([remove], [asks("clean", "before_release")])).toEqual([]);
  expect(obstacles([], [remove])).toEqual([]);
});
