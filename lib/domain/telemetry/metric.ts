/**
 * What Ingot knows about a GPU's running state, in its own words and units. Exporters' names end
 * in their driver; everything behind it (table, queries, routes, charts) speaks these.
 *
 * Everything that is a share of something is in percent, everything that moves over a link is in
 * MB/s (10^6 bytes). The order is the order of the columns: new metrics go to the end.
 */
export const gpuMetrics = [
  "gpu_util",
  "mem_copy_util",
  "enc_util",
  "dec_util",
  "sm_active",
  "tensor_active",
  "dram_active",
  "gr_active",
  "fb_used",
  "fb_free",
  "fb_reserved",
  "fb_total",
  "power_w",
  "power_limit",
  "energy_j",
  "gpu_temp",
  "mem_temp",
  "sm_clock",
  "mem_clock",
  "nvlink",
  "nvlink_tx",
  "nvlink_rx",
  "nvlink_crc_flit",
  "nvlink_crc_data",
  "nvlink_replay",
  "nvlink_recovery",
  "pcie_tx",
  "pcie_rx",
  "pcie_replay",
  "xid",
  "clock_reasons",
  "ecc_sbe",
  "ecc_dbe",
  "remap_cor",
  "remap_unc",
  "remap_pending",
  "remap_fail",
  "power_throttle_s",
  "thermal_throttle_s",
  "gpu_temp_limit",
  "mem_temp_limit",
  "sm_occupancy",
  "fp64_active",
  "fp32_active",
  "fp16_active",
] as const;

export type GpuMetric = (typeof gpuMetrics)[number];

export type GpuMetricUnit =
  | "%"
  | "MiB"
  | "W"
  | "J"
  | "°C"
  | "MHz"
  | "MB/s"
  | "s"
  | "count"
  | "code";

/**
 * - `gauge`: a level; averages make sense.
 * - `counter`: only grows, and starts again at zero with the driver; only its increase makes sense.
 * - `state`: a code, a flag or a bit set; neither averages nor increases make sense.
 */
export type GpuMetricKind = "gauge" | "counter" | "state";

export type GpuMetricSpec = {
  /** What a person reads, without the unit. */
  label: string;
  unit: GpuMetricUnit;
  kind: GpuMetricKind;
  /** Declared precision: digits kept after the point. The rest is noise and costs storage. */
  decimals: 0 | 2;
  /**
   * The largest value taken for true. Telemetry is the tenant's word: what no GPU can reach is
   * absent, so that one exporter can neither overflow a column nor flatten a chart.
   */
  max: number;
};

const percent = (label: string): GpuMetricSpec => ({
  label,
  unit: "%",
  kind: "gauge",
  decimals: 2,
  max: 100,
});
const mebibytes = (label: string): GpuMetricSpec => ({
  label,
  unit: "MiB",
  kind: "gauge",
  decimals: 0,
  max: 16_777_216, // 16 TiB
});
const throughput = (label: string, decimals: 0 | 2, max: number): GpuMetricSpec => ({
  label,
  unit: "MB/s",
  kind: "gauge",
  decimals,
  max,
});
const counter = (label: string): GpuMetricSpec => ({
  label,
  unit: "count",
  kind: "counter",
  decimals: 0,
  max: 2_147_483_631, // below the exporter's own "blank" for int32, see drivers/dcgm
});
const seconds = (label: string): GpuMetricSpec => ({
  label,
  unit: "s",
  kind: "counter",
  decimals: 2,
  max: 1e9,
});
const state = (label: string, max: number): GpuMetricSpec => ({
  label,
  unit: "code",
  kind: "state",
  decimals: 0,
  max,
});

/** Unit, label, kind, declared precision and largest believable value of every metric. */
export const gpuMetricSpecs = {
  gpu_util: percent("GPU utilization"),
  mem_copy_util: percent("Memory copy utilization"),
  enc_util: percent("Encoder utilization"),
  dec_util: percent("Decoder utilization"),
  sm_active: percent("SM activity"),
  tensor_active: percent("Tensor activity"),
  dram_active: percent("DRAM activity"),
  gr_active: percent("Graphics engine activity"),
  fb_used: mebibytes("Memory used"),
  fb_free: mebibytes("Memory free"),
  fb_reserved: mebibytes("Memory reserved"),
  fb_total: mebibytes("Memory total"),
  power_w: { label: "Power", unit: "W", kind: "gauge", decimals: 2, max: 20_000 },
  power_limit: { label: "Power limit", unit: "W", kind: "gauge", decimals: 2, max: 20_000 },
  energy_j: { label: "Energy", unit: "J", kind: "counter", decimals: 0, max: 1e15 },
  gpu_temp: { label: "GPU temperature", unit: "°C", kind: "gauge", decimals: 0, max: 200 },
  mem_temp: { label: "Memory temperature", unit: "°C", kind: "gauge", decimals: 0, max: 200 },
  sm_clock: { label: "SM clock", unit: "MHz", kind: "gauge", decimals: 0, max: 20_000 },
  mem_clock: { label: "Memory clock", unit: "MHz", kind: "gauge", decimals: 0, max: 20_000 },
  nvlink: throughput("NVLink throughput", 0, 10_000_000),
  nvlink_tx: throughput("NVLink sent", 0, 10_000_000),
  nvlink_rx: throughput("NVLink received", 0, 10_000_000),
  nvlink_crc_flit: counter("NVLink flow control CRC errors"),
  nvlink_crc_data: counter("NVLink data CRC errors"),
  nvlink_replay: counter("NVLink replays"),
  nvlink_recovery: counter("NVLink recoveries"),
  pcie_tx: throughput("PCIe sent", 2, 160_000),
  pcie_rx: throughput("PCIe received", 2, 160_000),
  pcie_replay: counter("PCIe replays"),
  xid: state("Last XID", 9_999),
  clock_reasons: state("Clock event reasons", 2_147_483_631),
  ecc_sbe: counter("Corrected ECC errors"),
  ecc_dbe: counter("Uncorrected ECC errors"),
  remap_cor: counter("Rows remapped, correctable"),
  remap_unc: counter("Rows remapped, uncorrectable"),
  remap_pending: state("Row remap pending", 1),
  remap_fail: state("Row remap failed", 1),
  power_throttle_s: seconds("Time throttled by the power limit"),
  thermal_throttle_s: seconds("Time throttled by heat"),
  gpu_temp_limit: {
    label: "GPU temperature limit",
    unit: "°C",
    kind: "gauge",
    decimals: 0,
    max: 200,
  },
  mem_temp_limit: {
    label: "Memory temperature limit",
    unit: "°C",
    kind: "gauge",
    decimals: 0,
    max: 200,
  },
  sm_occupancy: percent("SM occupancy"),
  fp64_active: percent("FP64 pipe activity"),
  fp32_active: percent("FP32 pipe activity"),
  fp16_active: percent("FP16 pipe activity"),
} as const satisfies Record<GpuMetric, GpuMetricSpec>;

/** The largest GPU index taken from one node. No chassis holds more; a lying exporter might. */
export const maxGpuIndex = 31;

const scales = { 0: 1, 2: 100 } as const;

/**
 * Brings a value to its metric's declared precision. `null` when it is not a number this metric can
 * have: absent is honest, a wrong value is not.
 */
export function declared(
  spec: Pick<GpuMetricSpec, "decimals" | "max">,
  value: number,
): number | null {
  if (!(value >= 0 && value <= spec.max)) return null;
  const scale = scales[spec.decimals];
  return Math.round(value * scale) / scale;
}
