import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BucketGrid,
  bucketGrid,
  bucketsOf,
  gridEndMs,
  presentOf,
  seriesOf,
  summarize,
} from "#lib/domain/telemetry/buckets";
import { levelsWithin } from "#lib/domain/telemetry/rollup-level";
import { telemetryWindows, windowSpecs, windowStepMs } from "#lib/domain/telemetry/window";

const grid: BucketGrid = { fromMs: 1_000, stepMs: 100, count: 4 };
const series = (samples: { atMs: number; value: number }[]) =>
  seriesOf(grid, bucketsOf(grid, samples));

test.for(telemetryWindows)("the last %s is whole buckets that end after now", (window) => {
  const { spanMs, stepMs } = windowSpecs[window];
  fc.assert(
    fc.property(fc.integer({ min: 1e12, max: 4e12 }), (nowMs) => {
      const made = bucketGrid(window, nowMs);
      expect(made.count).toBe(spanMs / stepMs);
      expect(made.count).toBeLessThanOrEqual(300);
      expect(made.fromMs % stepMs).toBe(0);
      expect(gridEndMs(made)).toBeGreaterThan(nowMs);
      expect(gridEndMs(made) - nowMs).toBeLessThanOrEqual(stepMs);
    }),
  );
});

test.for(telemetryWindows)("the last %s is drawn of what is kept, where it is wide", (window) => {
  const { count, ...grid } = bucketGrid(window, 1.8e12);
  expect(count).toBeGreaterThanOrEqual(45);
  expect(count).toBeLessThanOrEqual(240);
  const widths = { "15m": 0, "1h": 0, "6h": 60_000, "24h": 900_000, "7d": 3_600_000 };
  expect(levelsWithin(grid)[0]?.stepMs ?? 0).toBe({ ...widths, "30d": 3_600_000 }[window]);
});

test("no bucket is narrower than a fifth more than the scrape interval, and all are whole", () => {
  expect(windowStepMs("15m", 15_000)).toBe(20_000);
  expect(windowStepMs("15m", 30_000)).toBe(36_000);
  expect(windowStepMs("15m", 120_000)).toBe(150_000);
  expect(windowStepMs("1h", 120_000)).toBe(144_000);
  expect(windowStepMs("30d", 120_000)).toBe(windowSpecs["30d"].stepMs);
  for (const window of telemetryWindows) {
    const { spanMs } = windowSpecs[window];
    for (let second = 1; second <= 3_600; second++) {
      const stepMs = windowStepMs(window, second * 1_000);
      expect(stepMs % 1_000).toBe(0);
      expect(spanMs % stepMs).toBe(0);
      // One bucket is the least: a window may be narrower than the interval.
      expect(stepMs >= 1_200 * second || stepMs === spanMs).toBe(true);
    }
  }
});

test("a bucket without a sample is unknown: not zero, and not the value before it", () => {
  const { min, avg, max } = series([
    { atMs: 1_000, value: 5 },
    { atMs: 1_250, value: 0 },
  ]);
  expect(min).toEqual([5, null, 0, null]);
  expect(avg).toEqual([5, null, 0, null]);
  expect(max).toEqual([5, null, 0, null]);
});

test("a bucket holds its first moment and not the next one's", () => {
  expect(
    series([
      { atMs: 1_099, value: 1 },
      { atMs: 1_100, value: 2 },
    ]).avg,
  ).toEqual([1, 2, null, null]);
});

test("a short dip is seen in the least value however wide the bucket", () => {
  expect(
    series([
      { atMs: 1_000, value: 98 },
      { atMs: 1_010, value: 0 },
      { atMs: 1_020, value: 100 },
    ]),
  ).toMatchObject({
    min: [0, null, null, null],
    avg: [66, null, null, null],
    max: [100, null, null, null],
  });
});

test("samples outside the grid change nothing", () => {
  expect(
    series([
      { atMs: 999, value: 1 },
      { atMs: 1_400, value: 1 },
    ]).avg,
  ).toEqual([null, null, null, null]);
});

test("least is never above mean, nor mean above greatest, and every sample lies between", () => {
  const samples = fc.array(
    fc.record({
      atMs: fc.integer({ min: 900, max: 1_500 }),
      value: fc.integer({ min: 0, max: 100 }),
    }),
  );
  fc.assert(
    fc.property(samples, (given) => {
      const { min, avg, max } = series(given);
      for (let i = 0; i < grid.count; i++) {
        const inside = given.filter(({ atMs }) => Math.floor((atMs - 1_000) / 100) === i);
        expect(avg[i] === null).toBe(inside.length === 0);
        for (const { value } of inside) {
          expect(value).toBeGreaterThanOrEqual(min[i] ?? Number.NaN);
          expect(value).toBeLessThanOrEqual(max[i] ?? Number.NaN);
        }
        if (avg[i] !== null)
          expect((min[i] ?? 0) <= (avg[i] ?? 0) && (avg[i] ?? 0) <= (max[i] ?? 0)).toBe(true);
      }
    }),
  );
});

test("a series in four numbers leaves the unknown out, and nothing known is no summary", () => {
  expect(
    summarize(
      series([
        { atMs: 1_000, value: 10 },
        { atMs: 1_001, value: 30 },
        { atMs: 1_200, value: 40 },
      ]),
    ),
  ).toEqual({ min: 10, mean: 30, max: 40 });
  expect(summarize(series([]))).toBeNull();
});

test("a bucket that ended a while ago is not the present, however wide it is", () => {
  const hour = 3_600_000;
  const grid = { fromMs: 0, stepMs: 3 * hour, count: 3 };
  const told = (avg: (number | null)[], nowMs: number, scrapeMs = 15_000) =>
    presentOf({ min: avg, avg, max: avg }, grid, { nowMs, scrapeMs });
  expect(told([300, 400, 500], 7 * hour)).toBe(500);
  // The newest has just begun, and nothing has come in it yet.
  expect(told([300, 400, null], 6 * hour + 10_000)).toBe(400);
  expect(told([300, 400, null], 7 * hour)).toBeNull();
  expect(told([300, null, null], 6 * hour + 10_000)).toBeNull();
  expect(told([null, null, null], 7 * hour)).toBeNull();
  // Where exporters are asked seldom, three times that is the present.
  expect(told([300, 400, null], 6 * hour + 170_000)).toBeNull();
  expect(told([300, 400, null], 6 * hour + 170_000, 60_000)).toBe(400);
  expect(told([300, 400, null], 6 * hour + 190_000, 60_000)).toBeNull();
});
