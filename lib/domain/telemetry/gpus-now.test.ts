import { expect, test } from "vitest";
import { dayPlan } from "#lib/domain/telemetry/day-plan";
import { gpusNow, type HeldGpu } from "#lib/domain/telemetry/gpus-now";

const gpu = (
  allocationId: string,
  sample: Partial<NonNullable<HeldGpu["sample"]>> | null,
): HeldGpu => ({
  ...{ allocationId, gpus: 8, model: "H100" },
  sample: sample && {
    ...{ atMs: 1_000, utilization: null, activity: null, powerWatts: null, limitWatts: null },
    ...sample,
  },
});

test("what is not known of a GPU is in no figure", () => {
  const now = gpusNow([
    gpu("one", { atMs: 2_000, utilization: 90, activity: 95, powerWatts: 600, limitWatts: 700 }),
    // Nothing runs, and it draws what an idle one draws.
    gpu("one", { utilization: 0, activity: 0, powerWatts: 70, limitWatts: 700 }),
    // Held memory or a kernel that waits: which of the two it is, nobody can say.
    gpu("one", { utilization: 0, activity: 0 }),
    gpu("one", {}),
    gpu("two", null),
  ]);
  expect(now).toEqual({
    nodes: 2,
    gpus: 16,
    busy: { gpus: 1, of: 2 },
    utilization: { mean: 30, of: 3 },
    power: { watts: 670, of: 2 },
    lastMs: 2_000,
  });
});

test("of no GPU, or of silent ones alone, nothing is known and nothing is zero", () => {
  const nothing = {
    ...{ busy: { gpus: 0, of: 0 }, utilization: { mean: null, of: 0 } },
    ...{ power: { watts: null, of: 0 }, lastMs: null },
  };
  expect(gpusNow([])).toEqual({ nodes: 0, gpus: 0, ...nothing });
  expect(gpusNow([gpu("one", null)])).toEqual({ nodes: 1, gpus: 8, ...nothing });
});

test("a day is whole buckets up to now, and of many nodes as much is read as of few", () => {
  const nowMs = Date.UTC(2026, 10, 28, 12, 34, 56);
  for (const nodes of [0, 1, 10, 11, 100, 101, 1_000]) {
    const { grid, everyMs } = dayPlan(nodes, nowMs);
    expect(grid.count * grid.stepMs).toBe(86_400_000);
    expect(nowMs - (grid.fromMs + grid.count * grid.stepMs)).toBeLessThanOrEqual(0);
    expect(grid.fromMs % everyMs).toBe(0);
    expect((nodes * grid.count * grid.stepMs) / everyMs).toBeLessThanOrEqual(24_000);
  }
  expect(dayPlan(5, nowMs).everyMs).toBe(60_000);
});
