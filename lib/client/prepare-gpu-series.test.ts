import { expect, test } from "vitest";
import { prepareGpuSeries } from "#lib/client/prepare-gpu-series";
import { newId } from "#lib/domain/id";
import type { BucketSeries } from "#lib/domain/telemetry/buckets";
import { type GpuTelemetry, gpuTelemetry } from "#lib/schemas/telemetry";

const nodeId = newId("node");
type Gpus = GpuTelemetry["gpus"];
const flat = (values: (number | null)[]): BucketSeries => ({
  min: values,
  avg: values,
  max: values,
});

function answer(gpus: Gpus, instances: GpuTelemetry["instances"] = []): GpuTelemetry {
  return gpuTelemetry.parse({
    window: "15m",
    nowMs: 60_000,
    scrapeMs: 15_000,
    grid: { fromMs: 0, stepMs: 15_000, count: 4 },
    store: null,
    nodes: [
      {
        id: nodeId,
        hostname: "train-workers-1",
        heldFromMs: 0,
        heldUntilMs: null,
        lastMs: 46_000,
        outage: null,
      },
    ],
    nodeId,
    gpus,
    instances,
    events: [],
  });
}
const chartOf = (gpus: Gpus, metric: string, gpu: number | null = null) =>
  prepareGpuSeries(answer(gpus), gpu).charts.find((chart) => chart.metric === metric);

const two: Gpus = [
  {
    gpu: 0,
    metrics: { power_w: { min: [1, null, 0, 9], avg: [2, null, 0, 10], max: [3, null, 0, 11] } },
  },
  { gpu: 3, metrics: { power_w: flat([null, 100, 100, null]) } },
];

test("every GPU is a line of its means, and a bucket without a sample stays a gap", () => {
  const chart = chartOf(two, "power_w");
  expect(chart?.lines.map(({ id, label }) => [id, label])).toEqual([
    ["gpu0", "GPU 0"],
    ["gpu3", "GPU 3"],
  ]);
  expect(chart?.rows).toMatchObject([
    { at: 0, gpu0: 2, gpu3: null },
    { at: 15_000, gpu0: null, gpu3: 100 },
    { at: 30_000, gpu0: 0, gpu3: 100 },
    { at: 45_000, gpu0: 10, gpu3: null },
  ]);
  expect(chart?.lines.some((line) => line.band)).toBe(false);
  // For the table and for a chart of each.
  expect(chart?.rows[3]).toMatchObject({ gpu0_low: 9, gpu0_high: 11, gpu3_high: null });
  expect(chart?.lines[0]?.summary).toEqual({ min: 0, mean: 4, max: 11 });
  expect(chart?.lines[0]?.present).toBe(10);
});

test("one GPU alone is drawn between its least and greatest values, under its own name", () => {
  const chart = chartOf(two, "power_w", 0);
  expect(chart?.lines.map((line) => line.band)).toEqual([{ low: "gpu0_low", high: "gpu0_high" }]);
  expect(chart?.rows[3]).toEqual({ at: 45_000, gpu0: 10, gpu0_low: 9, gpu0_high: 11 });
  expect(prepareGpuSeries(answer(two), 0).gpus).toEqual([0, 3]);
});

test("zoomed in, what begins before the stretch is in no summary, as it is in no row that is drawn", () => {
  const meansOf = (from: number) =>
    prepareGpuSeries(answer(two), null, { from, to: 60_000 })
      .charts.find(({ metric }) => metric === "power_w")
      ?.lines.map(({ summary }) => summary?.mean);
  expect(meansOf(0)).toEqual([4, 100]);
  expect(meansOf(1)).toEqual([5, 100]);
  expect(meansOf(30_001)).toEqual([10, undefined]);
});

test("wide buckets are drawn between the least and greatest values of all GPUs, narrow ones are not", () => {
  const narrow = answer(two);
  const wide = { ...narrow, grid: { ...narrow.grid, stepMs: 120_000 } };
  const power = ({ charts }: ReturnType<typeof prepareGpuSeries>) =>
    charts.find(({ metric }) => metric === "power_w");
  const chart = power(prepareGpuSeries(wide, null));
  expect(chart?.envelope).toEqual({ low: "all_low", high: "all_high" });
  expect(chart?.rows.map(({ all_low, all_high }) => [all_low, all_high])).toEqual([
    [1, 3],
    [100, 100],
    [0, 100],
    [9, 11],
  ]);
  expect(power(prepareGpuSeries(narrow, null))?.envelope).toBeUndefined();
  expect(power(prepareGpuSeries(wide, 0))?.envelope).toBeUndefined();
  // Where exporters are asked so seldom, a bucket of two minutes is no wide one.
  expect(power(prepareGpuSeries({ ...wide, scrapeMs: 60_000 }, null))?.envelope).toBeUndefined();
});

test("what a GPU was told to draw before it was split is not what it draws now", () => {
  const split = { gpu: 3, metrics: { power_w: flat([650, null, null, null]) } };
  const present = (gpus: Gpus) => chartOf(gpus, "power_w")?.lines.map((line) => line.present);
  expect(present([{ gpu: 0, metrics: { power_w: flat([1, 2, 3, null]) } }, split])).toEqual([
    3,
    null,
  ]);
});

test("a metric that the exporter does not give is unknown, not zero", () => {
  const chart = chartOf(two, "sm_active");
  expect(chart?.rows[0]).toMatchObject({ at: 0, gpu0: null, gpu3: null });
  expect(chart?.lines[0]?.summary).toBeNull();
});

test("NVLink is one chart where the total is given, and two where only the directions are", () => {
  const nvlinkCharts = (metrics: Gpus[number]["metrics"]) =>
    prepareGpuSeries(answer([{ gpu: 0, metrics }]), null)
      .charts.map(({ metric }) => metric)
      .filter((metric) => metric.startsWith("nvlink"));
  const some = flat([1, 2, 3, 4]);
  expect(nvlinkCharts({ nvlink: some, nvlink_tx: some, nvlink_rx: some })).toEqual(["nvlink"]);
  expect(nvlinkCharts({ nvlink_tx: some, nvlink_rx: some })).toEqual(["nvlink_tx", "nvlink_rx"]);
  expect(nvlinkCharts({})).toEqual(["nvlink"]);
});

test("memory is held against its total, which belongs to the scale; what is seldom given is no empty chart", () => {
  const gpus: Gpus = [
    { gpu: 0, metrics: { fb_used: flat([1, 2, null, 4]), fb_total: flat([80, 80, null, 80]) } },
    { gpu: 1, metrics: { fb_used: flat([1, 2, 3, 4]), fp32_active: flat([1, 1, 1, 1]) } },
  ];
  expect(chartOf(gpus, "fb_used")).toMatchObject({
    ...{ limit: { value: 80, label: "Total" }, most: 80 },
    lines: [{ limit: { value: 80 } }, {}],
  });
  expect(chartOf(gpus, "fb_used", 1)?.limit).toBeUndefined();
  expect(chartOf(gpus, "fp32_active")?.lines[0]?.summary).toBeNull();
  expect(chartOf(gpus, "fp32_active", 0)).toBeUndefined();
  expect(chartOf(gpus, "dram_active")).toBeUndefined();
});

test("power is held against its limit, and clocks show when a GPU is held back", () => {
  const gpus: Gpus = [
    {
      gpu: 0,
      metrics: { power_w: flat([1, 2, 3, 4]), power_limit: flat([700, 700, null, 700]) },
      clockReasons: [0x4, 0x40, 0x20, null],
    },
    { gpu: 1, metrics: { sm_clock: flat([1, 1, 1, 1]) }, clockReasons: [1, 0, 0, 0x80] },
  ];
  expect(chartOf(gpus, "power_w")?.limit?.value).toBe(700);
  const unlike: Gpus = [
    ...gpus,
    { gpu: 2, metrics: { power_w: flat([1, 1, 1, 1]), power_limit: flat([400, 400, 350, null]) } },
  ];
  // A chart of each GPU holds it against its own, on the scale of all.
  expect(chartOf(unlike, "power_w")).toMatchObject({ limit: { value: 700 }, most: 700 });
  const limits = chartOf(unlike, "power_w")?.lines.map(({ limit }) => limit?.value);
  expect(limits).toEqual([700, undefined, 400]);
  const reasons = (gpu: number | null) =>
    chartOf(gpus, "sm_clock", gpu)?.strips?.map(({ label }) => label);
  expect(reasons(null)).toEqual([
    "Held back by heat, by the hardware: GPU 0",
    "Held back by heat, by the driver: GPU 0",
    "Held back by power brake: GPU 1",
    "Held back by power limit: GPU 0",
  ]);
  expect(reasons(1)).toEqual(["Held back by power brake: GPU 1"]);
  // What the exporter is not told to give is no chart at all.
  expect(chartOf(two, "sm_clock")).toBeUndefined();
});

test("energy is what the counters moved, over all GPUs that have one", () => {
  const energyOf = (gpus: Gpus) => prepareGpuSeries(answer(gpus), null).energyJoules;
  expect(
    energyOf([
      { gpu: 0, metrics: { energy_j: flat([100, 200, null, 400]) } },
      { gpu: 1, metrics: { energy_j: flat([50, 5, 10, 20]) } },
      { gpu: 2, metrics: {} },
    ]),
  ).toBe(300 + 20);
  expect(energyOf([{ gpu: 0, metrics: {} }])).toBeNull();
});

test("a restart that only the counters tell is marked once for all GPUs, among what else happened", () => {
  const given = answer([
    { gpu: 0, metrics: { energy_j: flat([100, 200, 5, 9]) } },
    { gpu: 1, metrics: { energy_j: flat([50, null, 7, 7]) } },
    { gpu: 2, metrics: { energy_j: flat([50, 60, 70, 80]) } },
    { gpu: 3, metrics: { power_w: flat([50, 5, 70, 80]) } },
  ]);
  const event = (atMs: number, words: string) =>
    ({ atMs, untilMs: atMs, kind: "neutral", words }) as const;
  const told = { ...given, events: [event(20_000, "Restart"), event(50_000, "Stop")] };
  const anew = event(30_000, "GPU counters began anew: the driver or the node restarted");
  const marked = [event(20_000, "Restart"), anew, event(50_000, "Stop")];
  expect(prepareGpuSeries(told, null).events).toEqual(marked);
  // The node's, whichever GPU is looked at; but not in a bucket that is not drawn.
  expect(prepareGpuSeries(told, 2).events).toEqual(marked);
  expect(prepareGpuSeries(given, null, { from: 31_000, to: 60_000 }).events).toEqual([]);
  expect(prepareGpuSeries(given, null, { from: 30_000, to: 60_000 }).events).toEqual([anew]);
});

test("the shown node is the one the answer speaks of; without nodes there is none", () => {
  expect(prepareGpuSeries(answer([]), null).node?.hostname).toBe("train-workers-1");
  expect(prepareGpuSeries({ ...answer([]), nodes: [], nodeId: null }, null).node).toBeNull();
});

test("a node is live while its samples come in, and no longer", () => {
  const liveWith = (change: Partial<GpuTelemetry["nodes"][number]>, scrapeMs = 15_000) => {
    const given = answer([]);
    const nodes = given.nodes.map((node) => ({ ...node, ...change }));
    return prepareGpuSeries({ ...given, scrapeMs, nodes, nowMs: 100_000 }, null).live;
  };
  expect(liveWith({ lastMs: 46_000 })).toBe(true);
  expect(liveWith({ lastMs: 40_000 })).toBe(false);
  expect(liveWith({ lastMs: 40_000 }, 16_000)).toBe(true);
  expect(liveWith({ lastMs: null })).toBe(false);
  expect(liveWith({ heldUntilMs: 99_000 })).toBe(false);
  expect(liveWith({ outage: { reason: "Nothing listens on port 9400.", sinceMs: 99_000 } })).toBe(
    false,
  );
});
