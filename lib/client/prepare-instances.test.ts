import { expect, test } from "vitest";
import { prepareInstances } from "#lib/client/prepare-instances";
import { newId } from "#lib/domain/id";
import type { BucketSeries } from "#lib/domain/telemetry/buckets";
import { type GpuTelemetry, gpuTelemetry } from "#lib/schemas/telemetry";

const nodeId = newId("node");
const flat = (values: (number | null)[]): BucketSeries => ({
  min: values.map((value) => value && value - 1),
  avg: values,
  max: values.map((value) => value && value + 1),
});

function answer(instances: GpuTelemetry["instances"], lastMs: number | null = 56_000) {
  return gpuTelemetry.parse({
    ...{
      window: "15m",
      nowMs: 60_000,
      scrapeMs: 15_000,
      grid: { fromMs: 0, stepMs: 15_000, count: 4 },
    },
    ...{ store: null, nodeId, gpus: [], events: [], instances },
    nodes: [
      {
        ...{ id: nodeId, hostname: "train-1", heldFromMs: 0, heldUntilMs: null },
        ...{ lastMs, outage: null },
      },
    ],
  });
}

const instances: GpuTelemetry["instances"] = [
  {
    ...{ gpu: 0, instance: 1, profile: "4g.40gb" },
    metrics: { gr_active: flat([10, 20, 30, null]), fb_used: flat([1, 2, 3, null]) },
  },
  { gpu: 0, instance: 5, profile: "2g.20gb", metrics: { gr_active: flat([5, null, 50, 60]) } },
  { gpu: 3, instance: 1, profile: "7g.80gb", metrics: { gr_active: flat([7, 8, 9, 10]) } },
];

test("each instance is a row, and the instances of one GPU share its charts", () => {
  const { instances: rows, charts } = prepareInstances(answer(instances), null);
  expect(rows.map(({ gpu, instance, now }) => [gpu, instance, now.gr_active, now.fb_used])).toEqual(
    [
      [0, 1, 30, 3],
      [0, 5, 60, null],
      [3, 1, 10, null],
    ],
  );
  expect(charts.map(({ title, lines }) => [title, lines.map(({ label }) => label)])).toEqual([
    [
      "GPU 0, MIG instances: graphics engine activity",
      ["Instance 1, 4g.40gb", "Instance 5, 2g.20gb"],
    ],
    ["GPU 0, MIG instances: memory used", ["Instance 1, 4g.40gb"]],
    ["GPU 3, MIG instances: graphics engine activity", ["Instance 1, 7g.80gb"]],
    ["GPU 3, MIG instances: memory used", []],
  ]);
  // A bucket without a sample is a gap, and one that is alone has its least and greatest beside it.
  expect(charts[0]?.rows.map((row) => row["gpu0_5_2g.20gb"])).toEqual([5, null, 50, 60]);
  expect(charts[2]?.rows[1]).toEqual({
    ...{ at: 15_000, "gpu3_1_7g.80gb": 8 },
    ...{ "gpu3_1_7g.80gb_low": 7, "gpu3_1_7g.80gb_high": 9 },
  });
});

test("with a GPU chosen only its instances are shown", () => {
  const { instances: rows, charts } = prepareInstances(answer(instances), 3);
  expect(rows.map(({ gpu }) => gpu)).toEqual([3]);
  expect(new Set(charts.map(({ gpu }) => gpu))).toEqual(new Set([3]));
});

test("of a node that is silent nothing is told as present, and its charts remain", () => {
  const { instances: rows, charts } = prepareInstances(answer(instances, null), null);
  expect(rows).toHaveLength(3);
  expect(rows.flatMap(({ now }) => Object.values(now)).every((value) => value === null)).toBe(true);
  expect(charts).toHaveLength(4);
});

test("an instance that is there no more keeps its line, and is no row", () => {
  const gone = { gpu: 0, instance: 9, profile: "1g.10gb" };
  const told = answer([{ ...gone, metrics: { gr_active: flat([9, null, null, null]) } }]);
  const { instances: rows, charts } = prepareInstances(told, null);
  expect(rows).toEqual([]);
  expect(charts[0]?.lines).toHaveLength(1);
});
