import type { InstanceSample } from "#lib/domain/telemetry/instance";
import { declared, type GpuMetric, gpuMetricSpecs, gpuMetrics } from "#lib/domain/telemetry/metric";
import type { SwitchReading } from "#lib/domain/telemetry/nvswitch";

/** What one scrape said about one GPU. A metric that is not a key was not given: unknown. */
export type GpuSample = {
  /** Index on its node, 0 to `maxGpuIndex`. */
  gpu: number;
  /** What the driver calls it, `GPU-` and a UUID; left out when the exporter does not say. */
  uuid?: string;
  /** Canonical units at declared precision, one entry per metric in the order of `gpuMetrics`. */
  values: (number | null)[];
  /**
   * The parts that it is split into (MIG), by their number; left out when it is not. Of a GPU that is
   * split, exporters commonly say as a whole only what stands with its parts, see `boardMetrics`.
   */
  instances?: InstanceSample[];
  /** Of its PCIe link; left out when the exporter does not say both. Watched, and not kept. */
  lanes?: GpuLanes;
  /** Of its NVLinks; left out when the exporter says nothing of any. Watched, and not kept. */
  links?: GpuLinks;
  /** How often it had which XID; left out when the exporter does not count. Watched, and not kept. */
  xids?: XidCounts;
};

/** How many lanes the PCIe link of a GPU has, and how many it could have. */
export type GpuLanes = { now: number; most: number };

/** How many NVLinks of a GPU are up, and how many are down. */
export type GpuLinks = { up: number; down: number };

/** How many times each XID has happened: in the last minutes, or since the exporter started. */
export type XidCounts = { span: "window" | "lifetime"; times: ReadonlyMap<number, number> };

/** What one scrape of a node said. */
export type GpuReading = { gpus: GpuSample[]; switches: SwitchReading[] };

/** Where a metric stands in `GpuSample.values`. */
export const metricIndex = Object.fromEntries(
  gpuMetrics.map((metric, index) => [metric, index]),
) as Record<GpuMetric, number>;

/** A sample in which nothing is known yet. */
export function emptySample(gpu: number): GpuSample {
  return { gpu, values: new Array<number | null>(gpuMetrics.length).fill(null) };
}

/** The value of one metric, or `null` when it was not given. */
export function sampleValue(sample: GpuSample, metric: GpuMetric): number | null {
  return sample.values[metricIndex[metric]] ?? null;
}

/** Builds a sample from named values; what is not believable is left out. */
export function gpuSample(gpu: number, values: Partial<Record<GpuMetric, number>>): GpuSample {
  const sample = emptySample(gpu);
  for (const metric of gpuMetrics) {
    const value = values[metric];
    if (value !== undefined)
      sample.values[metricIndex[metric]] = declared(gpuMetricSpecs[metric], value);
  }
  return sample;
}
