import type { BucketSeries } from "#lib/domain/telemetry/buckets";
import type { GpuMetricSpec } from "#lib/domain/telemetry/metric";

/**
 * What Ingot knows about a host's running state: the machine around the GPUs, or all of a node that
 * has none. In percent, MiB and MB/s (10^6 bytes). The order is the order of the columns.
 */
export const hostMetrics = [
  "cpu_busy",
  "load1",
  "mem_used",
  "mem_total",
  "net_rx",
  "net_tx",
  "disk_read",
  "disk_write",
  "ib_rx",
  "ib_tx",
] as const;

export type HostMetric = (typeof hostMetrics)[number];

/** Those that are worked out of two looks at counters. */
export const hostRates = [
  "net_rx",
  "net_tx",
  "disk_read",
  "disk_write",
  "ib_rx",
  "ib_tx",
] as const satisfies readonly HostMetric[];

export type HostRate = (typeof hostRates)[number];

type HostMetricSpec = Pick<GpuMetricSpec, "label" | "decimals" | "max"> & {
  unit: "%" | "MiB" | "MB/s" | "count";
};

const rate = (label: string): HostMetricSpec => ({
  label,
  unit: "MB/s",
  decimals: 2,
  // Eight ports of 800 Gb/s are 800,000 MB/s.
  max: 1_000_000,
});
const mebibytes = (label: string): HostMetricSpec => ({
  label,
  unit: "MiB",
  decimals: 0,
  max: 67_108_864, // 64 TiB
});

/** What each is called, and the largest value taken for true: more is absent. */
export const hostMetricSpecs = {
  cpu_busy: { label: "CPU busy", unit: "%", decimals: 2, max: 100 },
  load1: { label: "Load, 1 minute", unit: "count", decimals: 2, max: 1_000_000 },
  mem_used: mebibytes("Memory used"),
  mem_total: mebibytes("Memory total"),
  net_rx: rate("Network received"),
  net_tx: rate("Network sent"),
  disk_read: rate("Disk read"),
  disk_write: rate("Disk written"),
  ib_rx: rate("InfiniBand received"),
  ib_tx: rate("InfiniBand sent"),
} as const satisfies Record<HostMetric, HostMetricSpec>;

/** The buckets of one host; a metric without a single sample in the grid is not a key. */
export type HostSeries = Partial<Record<HostMetric, BucketSeries>>;
