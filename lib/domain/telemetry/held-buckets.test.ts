import fc from "fast-check";
import { expect, test } from "vitest";
import { heldBuckets } from "#lib/domain/telemetry/held-buckets";

const grid = { fromMs: 1_000_000, stepMs: 100, count: 10 };

test("whole buckets are one part, and those that an edge cuts parts of their own", () => {
  expect(heldBuckets(grid, [{ fromMs: 0, untilMs: null }])).toEqual([
    { first: 0, count: 10, fromMs: 1_000_000, widthMs: 100, stepMs: 100 },
  ]);
  expect(heldBuckets(grid, [{ fromMs: 1_000_130, untilMs: 1_000_520 }])).toEqual([
    { first: 1, count: 1, fromMs: 1_000_130, widthMs: 70, stepMs: 100 },
    { first: 2, count: 3, fromMs: 1_000_200, widthMs: 100, stepMs: 100 },
    { first: 5, count: 1, fromMs: 1_000_500, widthMs: 20, stepMs: 100 },
  ]);
  expect(heldBuckets(grid, [{ fromMs: 1_000_130, untilMs: 1_000_140 }])).toEqual([
    { first: 1, count: 1, fromMs: 1_000_130, widthMs: 10, stepMs: 100 },
  ]);
  expect(heldBuckets(grid, [{ fromMs: 0, untilMs: 1_000_000 }])).toEqual([]);
  expect(heldBuckets(grid, [{ fromMs: 1_001_000, untilMs: null }])).toEqual([]);
});

test("every held moment of the grid is in one part, and no other moment is in any", () => {
  const moment = fc.integer({ min: grid.fromMs - 150, max: grid.fromMs + 1_150 });
  fc.assert(
    fc.property(moment, moment, moment, fc.boolean(), (a, b, c, open) => {
      // Two stretches, one after the other, as allocations of one node are.
      const [one = 0, two = 0, three = 0] = [a, b, c].sort((x, y) => x - y);
      const held = [
        { fromMs: one, untilMs: two },
        { fromMs: three, untilMs: open ? null : three + 77 },
      ];
      const asked = new Map<number, number>();
      for (const { first, count, fromMs, widthMs, stepMs } of heldBuckets(grid, held)) {
        for (let n = 0; n < count; n++) {
          for (let ms = fromMs + n * stepMs; ms < fromMs + n * stepMs + widthMs; ms++) {
            expect(asked.has(ms)).toBe(false);
            asked.set(ms, first + n);
          }
        }
      }
      for (let ms = grid.fromMs - 200; ms < grid.fromMs + 1_200; ms++) {
        const inGrid = ms >= grid.fromMs && ms < grid.fromMs + 1_000;
        const isHeld = held.some((s) => ms >= s.fromMs && ms < (s.untilMs ?? Infinity));
        expect(asked.get(ms)).toBe(
          inGrid && isHeld ? Math.floor((ms - grid.fromMs) / 100) : undefined,
        );
      }
    }),
    { numRuns: 60 },
  );
});
