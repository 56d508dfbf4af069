import fc from "fast-check";
import { expect, test } from "vitest";
import { gridEndMs } from "#lib/domain/telemetry/buckets";
import { type KeepDays, rollupLevels } from "#lib/domain/telemetry/rollup-level";
import {
  askedGrid,
  fitStretch,
  leastStretchMs,
  mostStretchMs,
  stretchGrid,
} from "#lib/domain/telemetry/stretch";

const nowMs = Date.UTC(2026, 10, 30, 12, 0, 7);
const minute = 60_000;
const day = 1_440 * minute;

test("a stretch is covered by few whole buckets, the narrower the shorter it is", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: leastStretchMs, max: mostStretchMs }),
      fc.integer({ min: 0, max: 300 * day }),
      (span, ago) => {
        const [from, to] = [nowMs - ago - span, nowMs - ago];
        const grid = stretchGrid({ from, to }, nowMs);
        expect(grid.count).toBeGreaterThan(0);
        expect(grid.count).toBeLessThanOrEqual(240);
        expect(grid.fromMs % grid.stepMs).toBe(0);
        expect(grid.fromMs <= from && from < grid.fromMs + grid.stepMs).toBe(true);
        expect(gridEndMs(grid) >= to && gridEndMs(grid) < to + grid.stepMs).toBe(true);
        // What is older than samples are kept is read of means, by and by of wider ones.
        for (const [days, { stepMs }] of [
          [7, rollupLevels[0]],
          [32, rollupLevels[1]],
          [100, rollupLevels[2]],
        ] as const) {
          if (from < nowMs - days * day) expect(grid.stepMs % stepMs).toBe(0);
        }
      },
    ),
  );
  const stepOf = (span: number) => stretchGrid({ from: nowMs - span, to: nowMs }, nowMs).stepMs;
  expect([5 * minute, 3 * 60 * minute, day, 30 * day].map(stepOf)).toEqual([
    20_000,
    minute,
    15 * minute,
    360 * minute,
  ]);
});

test("a stretch is read of what is narrowest of all that is kept as long as is set", () => {
  const stepOf = (days: number, keepDays?: KeepDays | null) => {
    const from = nowMs - days * day;
    return stretchGrid({ from, to: from + 5 * minute }, nowMs, 15_000, keepDays).stepMs / 1_000;
  };
  expect([6.9, 7.1, 31.9, 32.1, 99.9, 100.1].map((days) => stepOf(days))).toEqual([
    ...[20, 60, 60, 900, 900, 3_600],
  ]);
  const few = { samples: 1, minutes: 3, quarters: 4, hours: 31 };
  expect([0.9, 1.1, 3.1, 4.1].map((days) => stepOf(days, few))).toEqual([20, 60, 900, 3_600]);
  const many = { samples: 90, minutes: 90, quarters: 400, hours: 400 };
  expect([40, 89, 91].map((days) => stepOf(days, many))).toEqual([20, 20, 900]);
  // A store elsewhere keeps what it has as long as it likes.
  expect(stepOf(300, null)).toBe(20);
  const from = nowMs - 40 * day;
  const asked = { window: "15m", from, to: from + 5 * minute } as const;
  expect(askedGrid(asked, nowMs, 15_000, many).stepMs).toBe(20_000);
});

test("a stretch that reaches into the future, or is too short or too long, is made one that can be shown", () => {
  expect(fitStretch({ from: nowMs - 1_000, to: nowMs + 599_000 }, nowMs)).toEqual({
    from: nowMs - 600_000,
    to: nowMs,
  });
  expect(fitStretch({ from: nowMs - 90_000.5, to: nowMs - 89_999.5 }, nowMs)).toEqual({
    from: nowMs - 120_000,
    to: nowMs - 60_000,
  });
  const long = fitStretch({ from: nowMs - 90 * day, to: nowMs }, nowMs);
  expect(long.to - long.from).toBe(mostStretchMs);
  // A drag moves it by parts of a millisecond, and it is no longer than it was.
  const dragged = fitStretch({ from: long.from - 7.3, to: long.to - 7.3 }, nowMs);
  expect(dragged.to - dragged.from).toBe(mostStretchMs);
});

test("what lies after now has no buckets, and without a stretch the window's are asked for", () => {
  const ahead = stretchGrid({ from: nowMs - minute, to: nowMs + day }, nowMs);
  expect(gridEndMs(ahead) - nowMs).toBeLessThanOrEqual(ahead.stepMs);
  expect(askedGrid({ window: "1h" }, nowMs).count * askedGrid({ window: "1h" }, nowMs).stepMs).toBe(
    60 * minute,
  );
  expect(askedGrid({ window: "1h", from: nowMs - day, to: nowMs - day + minute }, nowMs)).toEqual(
    stretchGrid({ from: nowMs - day, to: nowMs - day + minute }, nowMs),
  );
});
