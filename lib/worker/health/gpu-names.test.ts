import { expect, test } from "vitest";
import { gpuNames } from "#lib/worker/health/gpu-names";

const named = (prefix: string, count = 8) =>
  new Set(Array.from({ length: count }, (_, gpu) => `GPU-${prefix}-${gpu}`));

test("GPUs that two nodes name within two minutes are told of, to whichever is asked", () => {
  const names = gpuNames();
  expect(names.elsewhere("a", named("x"), 0)).toBe(0);
  expect(names.elsewhere("b", new Set(), 1_000)).toBeUndefined();
  expect(names.elsewhere("b", named("x", 3), 60_000)).toBe(3);
  expect(names.elsewhere("a", named("x"), 90_000)).toBe(3);
  expect(names.elsewhere("b", named("x", 3), 90_000 + 120_000)).toBe(0);
});

test("a node that makes up new names has few of them kept, and old ones are dropped", () => {
  const names = gpuNames();
  names.elsewhere("honest", named("x"), 0);
  for (let scrape = 0; scrape < 1_000; scrape++) {
    names.elsewhere("liar", named(`made-up-${scrape}`, 32), scrape * 100);
  }
  expect(names.size()).toBe(64 + 8);
  // What it named last is kept, so its neighbours are still told.
  expect(names.elsewhere("honest", named("made-up-999", 32), 100_000)).toBe(32);
  names.elsewhere("liar", named("y", 1), 300_000);
  expect(names.size()).toBe(8 + 32 + 1);
  names.keepOnly(new Set(["liar"]));
  expect(names.size()).toBe(1);
});
