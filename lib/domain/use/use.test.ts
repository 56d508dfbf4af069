import fc from "fast-check";
import { expect, test } from "vitest";
import { activeWatts, idleWindowMs, judgeWindow, wasActive } from "#lib/domain/use/idle";
import { monthAt, monthOf, recentMonths } from "#lib/domain/use/month";
import { reconciled, totalSeconds } from "#lib/domain/use/reconcile";

test.for([
  // activity, power, from (watts) -> active
  [0, 70, 175, false],
  [0.99, 174, 175, false],
  [1, 70, 175, true],
  [0, 175, 175, true],
  [100, null, null, true],
  [null, 500, 175, true],
  // Low in one, and the other is not known: neither busy nor idle.
  [0, null, 175, null],
  [0, 70, null, null],
  [null, 70, 175, null],
  [null, null, null, null],
] as const)(
  "activity %s %%, power %s W, works from %s W: active %s",
  ([activity, power, from, is]) => {
    expect(wasActive({ activityPercent: activity, powerWatts: power, activeWatts: from })).toBe(is);
  },
);

test.for([
  [700, "H100", 175],
  [350, "NVIDIA H100 PCIe", 87.5],
  [null, "NVIDIA H100 80GB HBM3", 175],
  [null, "gb200", 300],
  [0, "L4", 18],
  [null, "Some GPU", null],
  [null, null, null],
] as const)("a limit of %s W, model %s: works from %s W", ([limit, model, from]) => {
  expect(activeWatts(limit, model)).toBe(from);
});

test("a pause beside work is busy, quiet is idle once half the window was seen, all else unknown", () => {
  const whole = idleWindowMs / 1_000;
  expect(judgeWindow({ observedSeconds: whole, active: true })).toEqual({
    busySeconds: whole,
    idleSeconds: 0,
  });
  expect(judgeWindow({ observedSeconds: 120, active: true }).busySeconds).toBe(120);
  expect(judgeWindow({ observedSeconds: whole / 2, active: false })).toEqual({
    busySeconds: 0,
    idleSeconds: whole / 2,
  });
  expect(judgeWindow({ observedSeconds: whole / 2 - 1, active: false })).toEqual({
    busySeconds: 0,
    idleSeconds: 0,
  });
});

test("busy, idle and unknown add up to what was held, to the second, in every line and in the sum", () => {
  const figure = fc.double({ min: 0, max: 1e9, noNaN: true });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(figure, share, share)), (given) => {
      const rows = given.map(([held, known, busy]) => {
        const exact = { held, busy: held * known * busy, idle: held * known * (1 - busy) };
        const row = reconciled(exact);
        expect(Math.abs(row.busy - exact.busy)).toBeLessThanOrEqual(0.5);
        expect(Math.abs(row.idle - exact.idle)).toBeLessThanOrEqual(1);
        return row;
      });
      for (const row of [...rows, totalSeconds(rows)]) {
        expect(row.busy + row.idle + row.unknown).toBe(row.held);
        expect(Math.min(row.busy, row.idle, row.unknown)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

test("more known than was held is a bug, not a report", () => {
  expect(() => reconciled({ held: 10, busy: 9, idle: 3 })).toThrow("of 10 s held");
});

test("a month is whole in UTC, and what is none is refused", () => {
  const nowMs = Date.UTC(2026, 10, 28, 12);
  expect(monthOf("2026-02", nowMs)).toEqual({
    key: "2026-02",
    fromMs: Date.UTC(2026, 1),
    untilMs: Date.UTC(2026, 2),
  });
  for (const key of [
    "2026-12",
    "2026-13",
    "2026-00",
    "26-11",
    "2026-1",
    "1999-01",
    "",
    "2026-11x",
  ]) {
    expect(monthOf(key, nowMs), key).toBeNull();
  }
  expect(monthAt(nowMs).key).toBe("2026-11");
  expect(recentMonths(Date.UTC(2026, 0, 31), 3)).toEqual(["2026-01", "2025-12", "2025-11"]);
});
