import { describe, expect, test } from "vitest";
import { gpuModels } from "./hardware.ts";
import { type GpuLoad, LoadModel, type Workload } from "./load-model.ts";

const startedAtMs = Date.UTC(2026, 0, 1);

function hourOf(workload: Workload, seed = "a"): GpuLoad[] {
  const model = new LoadModel({ seed, model: gpuModels.h100, gpus: 2, workload, startedAtMs });
  return Array.from({ length: 3_600 }, (_, second) => model.at(0, startedAtMs + second * 1_000));
}

describe("LoadModel", () => {
  test("gives the same load for the same seed and time, and another for another seed", () => {
    expect(hourOf("training")).toEqual(hourOf("training"));
    expect(hourOf("training")[900]).not.toEqual(hourOf("training", "b")[900]);
  });

  test("keeps every value within what the GPU can do, for every workload", () => {
    const { limitWatts, memoryMib } = gpuModels.h100;
    for (const workload of ["training", "inference", "idle"] as const) {
      for (const load of hourOf(workload)) {
        expect(load.powerWatts).toBeGreaterThan(40);
        expect(load.powerWatts).toBeLessThanOrEqual(limitWatts);
        expect(load.utilShare).toBeGreaterThanOrEqual(0);
        expect(load.utilShare).toBeLessThanOrEqual(1);
        expect(load.temperatureC).toBeGreaterThan(20);
        expect(load.temperatureC).toBeLessThan(85);
        expect(load.memoryUsedMib + load.memoryReservedMib).toBeLessThan(memoryMib);
      }
    }
  });

  test("training is busy most of the time and dips for its checkpoints", () => {
    const utils = hourOf("training")
      .slice(60)
      .map((load) => load.utilShare);
    const busy = utils.filter((share) => share > 0.85).length / utils.length;
    expect(busy).toBeGreaterThan(0.8);
    expect(Math.min(...utils)).toBeLessThan(0.45);
  });

  test("moves without jumps: a second never changes power by more than half the range", () => {
    const watts = hourOf("training").map((load) => load.powerWatts);
    const largest = Math.max(
      ...watts.slice(1).map((value, i) => Math.abs(value - (watts[i] ?? 0))),
    );
    expect(largest).toBeLessThan(300);
  });

  test("counts energy as the sum of power", () => {
    const hour = hourOf("training");
    const gained = (hour.at(-1)?.energyJoules ?? 0) - (hour[0]?.energyJoules ?? 0);
    const summed = hour.slice(0, -1).reduce((sum, load) => sum + load.powerWatts, 0);
    expect(gained / summed).toBeCloseTo(1, 2);
  });

  test("an idle node draws idle power and holds no memory", () => {
    const load = hourOf("idle")[1_800];
    expect(load?.utilShare).toBe(0);
    expect(load?.smClockMhz).toBe(345);
    expect(load?.memoryUsedMib).toBe(4);
    expect(load?.clockReasons).toBe(1);
  });
});
