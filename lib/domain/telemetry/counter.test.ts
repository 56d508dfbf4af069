import fc from "fast-check";
import { expect, test } from "vitest";
import { type BucketGrid, bucketsOf, seriesOf } from "#lib/domain/telemetry/buckets";
import { readCounter } from "#lib/domain/telemetry/counter";

const grid: BucketGrid = { fromMs: 0, stepMs: 10, count: 8 };

/** What is seen in readings `[moment, value]`, through the same buckets as a chart's. */
const read = (readings: [number, number][]) =>
  readCounter(
    seriesOf(
      grid,
      bucketsOf(
        grid,
        readings.map(([atMs, value]) => ({ atMs, value })),
      ),
    ),
  );

test.for<[string, [number, number][], number | null, number[]]>([
  ["nothing known", [], null, []],
  ["one look", [[0, 500]], null, []],
  [
    "standing still",
    [
      [0, 500],
      [10, 500],
    ],
    0,
    [],
  ],
  [
    "counting on",
    [
      [0, 500],
      [10, 520],
      [20, 550],
    ],
    50,
    [],
  ],
  [
    "counting on through a gap",
    [
      [0, 500],
      [60, 550],
    ],
    50,
    [],
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
    [],
  ],
  [
    "a restart between buckets counts from zero",
    [
      [0, 500],
      [10, 30],
      [20, 45],
    ],
    45,
    [1],
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
    [1],
  ],
  [
    "a restart in the very first bucket",
    [
      [0, 500],
      [5, 3],
      [10, 10],
    ],
    10,
    [0],
  ],
  [
    "two restarts, each among the samples of its bucket",
    [
      [0, 500],
      [10, 510],
      [15, 5],
      [20, 40],
      [30, 60],
      [35, 2],
      [40, 8],
    ],
    78,
    [1, 3],
  ],
  [
    "a restart in a gap stands where the samples go on",
    [
      [0, 500],
      [60, 30],
    ],
    30,
    [6],
  ],
])("%s", ([, readings, increase, restarts]) => {
  expect(read(readings)).toEqual({ increase, restarts });
});

test("whatever restarts there are, no more is counted than was, and no more of them are told", () => {
  // What was counted in each tick, and in which ticks the counter restarted.
  const tick = fc.record({ added: fc.nat(100), restart: fc.boolean() });
  fc.assert(
    fc.property(fc.array(tick, { minLength: 2, maxLength: 80 }), fc.nat(1_000), (ticks, start) => {
      let counter = start;
      let counted = 0;
      let restarts = 0;
      const readings = ticks.map(({ added, restart }, atMs): [number, number] => {
        if (restart) {
          counter = 0;
          restarts++;
        }
        counter += added;
        if (atMs > 0) counted += added;
        return [atMs, counter];
      });
      const told = read(readings);
      expect(told.increase ?? 0).toBeLessThanOrEqual(counted);
      expect(told.restarts.length).toBeLessThanOrEqual(restarts);
    }),
  );
});

test("where each bucket holds one sample, every restart that shows is told, in its bucket", () => {
  const readings = fc.array(fc.nat(50), { maxLength: grid.count });
  fc.assert(
    fc.property(readings, (values) => {
      const below = values.flatMap((value, n) => (value < (values[n - 1] ?? 0) ? [n] : []));
      expect(read(values.map((value, n) => [n * grid.stepMs, value])).restarts).toEqual(below);
    }),
  );
});
