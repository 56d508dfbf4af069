import { expect, test } from "vitest";
import { gridEndMs } from "#lib/domain/telemetry/buckets";
import { dayGrid } from "#lib/domain/telemetry/day-grid";
import { gpusNow, type HeldGpu } from "#lib/domain/telemetry/gpus-now";
import { levelsWithin } from "#lib/domain/telemetry/rollup-level";

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

test("a day is whole buckets up to now, and of many nodes it is read of wider roll-ups", () => {
  const nowMs = Date.UTC(2026, 10, 28, 12, 34, 56);
  const widestOf = (nodes: number) => {
    const grid = dayGrid(nodes, nowMs);
    expect(grid.count * grid.stepMs).toBe(86_400_000);
    expect(gridEndMs(grid)).toBeGreaterThan(nowMs);
    expect(gridEndMs(grid) - nowMs).toBeLessThanOrEqual(grid.stepMs);
    return (levelsWithin(grid)[0]?.stepMs ?? 0) / 60_000;
  };
  expect([0, 5, 6, 50, 51, 1_000].map(widestOf)).toEqual([1, 1, 15, 15, 60, 60]);
});
