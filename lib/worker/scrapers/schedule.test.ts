import { expect, test } from "vitest";
import { newId } from "#lib/domain/id";
import { roundsToSkip, slotOf } from "#lib/worker/scrapers/schedule";

test("a node keeps its slot for life", () => {
  const nodeId = newId("node");
  expect(slotOf(nodeId, 100)).toBe(slotOf(nodeId, 100));
});

test("nodes enrolled in one go spread evenly over the interval", () => {
  const nowMs = Date.UTC(2025, 10, 24);
  const perSlot = new Array<number>(100).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const slot = slotOf(newId("node", nowMs + i), 100);
    perSlot[slot] = (perSlot[slot] ?? 0) + 1;
  }
  // 100 expected; a Poisson spread of five deviations.
  expect(Math.min(...perSlot)).toBeGreaterThan(50);
  expect(Math.max(...perSlot)).toBeLessThan(150);
});

test("a failing node rests longer and longer, and never more than a minute", () => {
  const rounds = [0, 1, 2, 3, 4, 5, 6, 50].map((failures) => roundsToSkip(failures, 10_000));
  expect(rounds).toEqual([0, 0, 0, 1, 3, 5, 5, 5]);
  expect(roundsToSkip(50, 120_000)).toBe(0);
});
