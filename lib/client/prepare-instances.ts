import { boundsOf, type ChartRow, rowsOf } from "#lib/client/chart-rows";
import { isLive } from "#lib/client/prepare-gpu-series";
import { presentOf, summarize } from "#lib/domain/telemetry/buckets";
import type { InstanceMetric } from "#lib/domain/telemetry/instance";
import { type GpuMetricUnit, gpuMetricSpecs } from "#lib/domain/telemetry/metric";
import type { GpuTelemetry } from "#lib/schemas/telemetry";

type Part = GpuTelemetry["instances"][number];

/** One part of a GPU as it is now; null is unknown. `key` is its column in the charts. */
export type InstanceNow = {
  key: string;
  gpu: number;
  instance: number;
  profile: string;
  now: Record<InstanceMetric, number | null>;
};

export type InstanceChart = {
  gpu: number;
  metric: InstanceMetric;
  /** Of which GPU, and what. */
  title: string;
  unit: GpuMetricUnit;
  lines: {
    id: string;
    label: string;
    /** The columns of its least and greatest values, which it is drawn between where it is alone (`band`). */
    bounds: { low: string; high: string };
    band?: { low: string; high: string };
  }[];
  rows: ChartRow[];
};

export type PreparedInstances = { instances: InstanceNow[]; charts: InstanceChart[] };

/** What is drawn of each GPU that is split. The first tells most: it is all that every exporter gives. */
const drawn = ["gr_active", "fb_used"] as const satisfies readonly InstanceMetric[];

/**
 * Turns what an answer holds of the parts of GPUs (MIG) into what a table and charts show, a pair of
 * charts for each GPU that is split; with `gpu` of that one alone. A part that is there no longer keeps
 * its line and is in the table no more.
 */
export function prepareInstances(telemetry: GpuTelemetry, gpu: number | null): PreparedInstances {
  const { grid, nodes, nodeId } = telemetry;
  const shown = telemetry.instances.filter((part) => gpu === null || part.gpu === gpu);
  const node = nodes.find(({ id }) => id === nodeId) ?? null;
  const live = node !== null && isLive(node, telemetry);
  const instances = shown.map((part): InstanceNow => {
    const value = (metric: InstanceMetric) => {
      const series = live && part.metrics[metric];
      return series ? presentOf(series, grid, telemetry) : null;
    };
    return {
      ...{ key: keyOf(part), gpu: part.gpu, instance: part.instance, profile: part.profile },
      now: {
        gr_active: value("gr_active"),
        sm_active: value("sm_active"),
        tensor_active: value("tensor_active"),
        dram_active: value("dram_active"),
        fb_used: value("fb_used"),
        fb_free: value("fb_free"),
        fb_total: value("fb_total"),
      },
    };
  });
  const gone = ({ now }: InstanceNow) => Object.values(now).every((value) => value === null);
  const byGpu = Map.groupBy(shown, (part) => part.gpu);
  return {
    instances: live ? instances.filter((part) => !gone(part)) : instances,
    charts: [...byGpu].flatMap(([index, parts]) =>
      drawn.map((metric) => chartOf(index, metric, parts, grid)),
    ),
  };
}

const keyOf = ({ gpu, instance, profile }: Part) => `gpu${gpu}_${instance}_${profile}`;

function chartOf(
  gpu: number,
  metric: InstanceMetric,
  parts: readonly Part[],
  grid: GpuTelemetry["grid"],
): InstanceChart {
  const { label, unit } = gpuMetricSpecs[metric];
  const known = parts.filter(({ metrics }) => metrics[metric] && summarize(metrics[metric]));
  const alone = known.length === 1;
  return {
    ...{ gpu, metric, unit, title: `GPU ${gpu}, MIG instances: ${label.toLowerCase()}` },
    lines: known.map((part) => {
      const bounds = boundsOf(keyOf(part));
      const label = `Instance ${part.instance}, ${part.profile}`;
      return { id: keyOf(part), label, bounds, ...(alone && { band: bounds }) };
    }),
    rows: rowsOf(
      grid,
      known.map((part) => [keyOf(part), part.metrics[metric]]),
    ),
  };
}
