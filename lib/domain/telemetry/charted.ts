import type { GpuMetric } from "#lib/domain/telemetry/metric";

/**
 * What the page of an environment draws, in this order. Utilization alone says "a kernel ran", not
 * "the GPU was busy": what its SMs, their pipes and its memory did, and power, stand beside it.
 */
export const chartedMetrics = [
  "gpu_util",
  "sm_active",
  "sm_occupancy",
  "tensor_active",
  "fp16_active",
  "fp32_active",
  "fp64_active",
  "dram_active",
  "fb_used",
  "power_w",
  "gpu_temp",
  "mem_temp",
  "sm_clock",
  "mem_clock",
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
 * What is read for the page: what is drawn, what memory and power are drawn against, and the counter
 * behind "energy used".
 */
export const telemetryMetrics = [
  ...chartedMetrics,
  "fb_total",
  "power_limit",
  "energy_j",
] as const satisfies readonly GpuMetric[];

export type TelemetryMetric = (typeof telemetryMetrics)[number];
