import type { GpuMetric } from "#lib/domain/telemetry/metric";

/**
 * What the page of an environment draws, in this order. Utilization alone says "a kernel ran", not
 * "the GPU was busy": SM and tensor activity and power stand beside it.
 */
export const chartedMetrics = [
  "gpu_util",
  "sm_active",
  "tensor_active",
  "fb_used",
  "power_w",
  "gpu_temp",
  "mem_temp",
  "sm_clock",
  "nvlink",
  "nvlink_tx",
  "nvlink_rx",
  "pcie_tx",
  "pcie_rx",
  "ecc_sbe",
  "ecc_dbe",
] as const satisfies readonly GpuMetric[];

export type ChartedMetric = (typeof chartedMetrics)[number];

/**
 * What is read for the page: what is drawn, the limit that power is drawn against, and the counter
 * behind "energy used".
 */
export const telemetryMetrics = [
  ...chartedMetrics,
  "power_limit",
  "energy_j",
] as const satisfies readonly GpuMetric[];

export type TelemetryMetric = (typeof telemetryMetrics)[number];
