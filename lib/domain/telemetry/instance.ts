import type { BucketSeries } from "#lib/domain/telemetry/buckets";
import type { GpuMetric } from "#lib/domain/telemetry/metric";

/**
 * What is kept of a part that a GPU is split into (MIG). The rest that an exporter prints of a part is
 * the GPU's, once for each of them. The order is that of the columns.
 */
export const instanceMetrics = [
  "gr_active",
  "sm_active",
  "tensor_active",
  "dram_active",
  "fb_used",
  "fb_free",
  "fb_total",
] as const satisfies readonly GpuMetric[];

/**
 * What a part's lines say of the whole GPU: none of it can be a part's own. All parts of a GPU have its
 * clocks (NVIDIA/dcgm-exporter#50), and its one connection to the processor.
 */
export const boardMetrics: ReadonlySet<GpuMetric> = new Set([
  ...(["power_w", "power_limit", "energy_j"] as const),
  ...(["gpu_temp", "mem_temp", "gpu_temp_limit", "mem_temp_limit"] as const),
  ...(["sm_clock", "mem_clock", "clock_reasons"] as const),
  ...(["power_throttle_s", "thermal_throttle_s", "pcie_replay"] as const),
  ...(["xid", "ecc_sbe", "ecc_dbe"] as const),
  ...(["remap_cor", "remap_unc", "remap_pending", "remap_fail"] as const),
]);

export type InstanceMetric = (typeof instanceMetrics)[number];

/** What one scrape said about one part of a GPU. `null` was not given. */
export type InstanceSample = {
  /** Its number on its GPU, 0 to `maxInstance`. */
  instance: number;
  /** How NVIDIA calls its size: `3g.40gb`. */
  profile: string;
  /** One entry per metric in the order of `instanceMetrics`, in the units of a GPU's. */
  values: (number | null)[];
};

/** The buckets of one part; a metric without a single sample in the grid is not a key. */
export type InstanceSeries = {
  gpu: number;
  instance: number;
  profile: string;
  metrics: Partial<Record<InstanceMetric, BucketSeries>>;
};

/** The driver numbers them from 0 to 14; a lying exporter might not. */
export const maxInstance = 15;

/** No GPU can be split into more. */
export const maxParts = 7;

/**
 * Of a node's parts at most so many are charted, those told of last: sixteen GPUs in their smallest
 * parts. A GPU that is split anew has others, and a lying exporter as many as it likes.
 */
export const mostCharted = 16 * maxParts;

/** Where a metric stands in `InstanceSample.values`; a metric that is not of a part is no key. */
export const instanceIndex: ReadonlyMap<GpuMetric, number> = new Map(
  instanceMetrics.map((metric, index) => [metric, index]),
);

/**
 * As NVIDIA names them: `1g.10gb`, `1g.10gb+me`, `1g.24gb+me.all`, `1g.24gb-me`, `1c.3g.40gb`. Anything
 * else is the tenant's text and no profile.
 */
export const profileShape = /^(?:[1-7]c\.)?[1-7]g\.[1-9]\d{0,2}gb(?:\+me|\+me\.all|-me|\+gfx)?$/;

/** A part in which nothing is known yet. */
export function emptyInstance(instance: number, profile: string): InstanceSample {
  return { instance, profile, values: instanceMetrics.map(() => null) };
}
