import fc from "fast-check";
import { expect, test } from "vitest";
import { type BucketGrid, bucketsOf, seriesOf } from "#lib/domain/telemetry/buckets";
import { seriesIncrease } from "#lib/domain/telemetry/counter";

const grid: BucketGrid = { fromMs: 0, stepMs: 10, count: 8 };

/** The increase seen in readings `[moment, value]`, through the same buckets as a chart's. */
const increase = (readings: [number, number][]) =>
  seriesIncrease(
    seriesOf(
      grid,
      bucketsOf(
        grid,
        readings.map(([atMs, value]) => ({ atMs, value })),
      ),
    ),
  );

test.for<[string, [number, number][], number | null]>([
  ["nothing known", [], null],
  ["one look", [[0, 500]], null],
  [
    "standing still",
    [
      [0, 500],
      [10, 500],
    ],
    0,
  ],
  [
    "counting on",
    [
      [0, 500],
      [10, 520],
      [20, 550],
    ],
    50,
  ],
  [
    "counting on through a gap",
    [
      [0, 500],
      [60, 550],
    ],
    50,
  ],
  [
    "counting on in the first bucket",
    [
      [0, 500],
      [5, 510],
      [10, 520],
      [15, 530],
    ],
    30,
  ],
  [
    "a restart between buckets counts from zero",
    [
      [0, 500],
      [10, 30],
      [20, 45],
    ],
    45,
  ],
  [
    "a restart among the samples of a bucket",
    [
      [0, 500],
      [10, 510],
      [15, 5],
      [20, 40],
    ],
    50,
  ],
  [
    "a restart in the very first bucket",
    [
      [0, 500],
      [5, 3],
      [10, 10],
    ],
    10,
  ],
])("%s", ([, readings, expected]) => {
  expect(increase(readings)).toBe(expected);
});

test("whatever restarts there are, no more is counted than was", () => {
  // What was counted in each tick, and in which ticks the counter restarted.
  const tick = fc.record({ added: fc.nat(100), restart: fc.boolean() });
  fc.assert(
    fc.property(fc.array(tick, { minLength: 2, maxLength: 80 }), fc.nat(1_000), (ticks, start) => {
      let counter = start;
      let counted = 0;
      const readings = ticks.map(({ added, restart }, atMs): [number, number] => {
        if (restart) counter = 0;
        counter += added;
        if (atMs > 0) counted += added;
        return [atMs, counter];
      });
      expect(increase(readings) ?? 0).toBeLessThanOrEqual(counted);
    }),
  );
});
