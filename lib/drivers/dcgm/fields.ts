import { type GpuMetric, type GpuMetricSpec, gpuMetricSpecs } from "#lib/domain/telemetry/metric";
import { metricIndex } from "#lib/domain/telemetry/sample";

/** How one exporter name becomes one of our metrics: `canonical = value * factor`. */
export type Field = {
  metric: GpuMetric;
  spec: GpuMetricSpec;
  /** Where the metric stands in a sample. */
  index: number;
  factor: number;
  /** Set where the same name has carried two units; see `DCGM_FI_DEV_GPU_UTIL_RATIO`. */
  ratioOrPercent: boolean;
};

const ratioOrPercentName = "DCGM_FI_DEV_GPU_UTIL_RATIO";
const mibPerByte = 1 / 1_048_576;
const mbPerByte = 1e-6;
const mhzPerHertz = 1e-6;
const secondPerNanosecond = 1e-9;
const percentPerRatio = 100;

/**
 * Every exporter name we take, of both naming generations. Sources: the counter lists shipped with
 * NVIDIA/dcgm-exporter at 4.8.x and 4.9.0 (2026-05-12; 4.9.0 renames 22 of the 25 defaults and
 * changes the unit of 11) and `dcgm_fields.py` of NVIDIA/DCGM. The `# TYPE` lines are not used:
 * `NVLINK_BANDWIDTH_TOTAL` is announced as a counter and has always been a rate in MB/s.
 * Names that are not here, in `lanes.ts`, `links.ts`, `switches.ts` or `xids.ts` are passed over, of what
 * exporters are often told to give: aggregate ECC (`ECC_*_AGG_TOTAL`: a board's whole life, whoever held it; the
 * growth of the volatile counters is judged), `GPU_RECOVERY_ACTION` and `DCGM_EXP_GPU_HEALTH_STATUS` (verdicts of
 * the driver and of DCGM without the readings they come from; ours come from readings, by rules that an operator
 * can read and change), vGPU licences (nothing is virtualised), and the throughput of single links of GPUs and
 * NVSwitches (144 series of a node and more, whose sums are read).
 */
const fieldNames = {
  gpu_util: [
    ["DCGM_FI_DEV_GPU_UTIL", 1],
    // DCGM 4.6 used this name for field 203 (0..100); 4.7 for field 1613 (0..1).
    ["DCGM_FI_DEV_GPU_UTIL_RATIO", percentPerRatio],
    ["dcgm_gpu_utilization", 1],
  ],
  mem_copy_util: [
    ["DCGM_FI_DEV_MEM_COPY_UTIL", 1],
    ["DCGM_FI_DEV_MEMORY_UTIL_RATIO", percentPerRatio],
    ["dcgm_mem_copy_utilization", 1],
  ],
  enc_util: [
    ["DCGM_FI_DEV_ENC_UTIL", 1],
    ["DCGM_FI_DEV_ENC_UTIL_RATIO", percentPerRatio],
    ["dcgm_enc_utilization", 1],
  ],
  dec_util: [
    ["DCGM_FI_DEV_DEC_UTIL", 1],
    ["DCGM_FI_DEV_DEC_UTIL_RATIO", percentPerRatio],
    ["dcgm_dec_utilization", 1],
  ],
  sm_active: [
    ["DCGM_FI_PROF_SM_ACTIVE", percentPerRatio],
    ["DCGM_FI_PROF_SM_UTIL_RATIO", percentPerRatio],
  ],
  tensor_active: [
    ["DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", percentPerRatio],
    ["DCGM_FI_PROF_TENSOR_UTIL_RATIO", percentPerRatio],
  ],
  dram_active: [
    ["DCGM_FI_PROF_DRAM_ACTIVE", percentPerRatio],
    ["DCGM_FI_PROF_DRAM_UTIL_RATIO", percentPerRatio],
  ],
  gr_active: [
    ["DCGM_FI_PROF_GR_ENGINE_ACTIVE", percentPerRatio],
    ["DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO", percentPerRatio],
  ],
  fb_used: [
    ["DCGM_FI_DEV_FB_USED", 1],
    ["DCGM_FI_DEV_FB_USED_BYTES", mibPerByte],
    ["dcgm_fb_used", 1],
  ],
  fb_free: [
    ["DCGM_FI_DEV_FB_FREE", 1],
    ["DCGM_FI_DEV_FB_FREE_BYTES", mibPerByte],
    ["dcgm_fb_free", 1],
  ],
  fb_reserved: [
    ["DCGM_FI_DEV_FB_RESERVED", 1],
    ["DCGM_FI_DEV_FB_RESERVED_BYTES", mibPerByte],
  ],
  fb_total: [
    ["DCGM_FI_DEV_FB_TOTAL", 1],
    ["DCGM_FI_DEV_FB_CAPACITY_BYTES", mibPerByte],
  ],
  power_w: [
    ["DCGM_FI_DEV_POWER_USAGE", 1],
    ["DCGM_FI_DEV_BOARD_POWER_WATTS", 1],
    ["dcgm_power_usage", 1],
  ],
  power_limit: [
    ["DCGM_FI_DEV_ENFORCED_POWER_LIMIT", 1],
    ["DCGM_FI_DEV_BOARD_POWER_LIMIT_ENFORCED_WATTS", 1],
  ],
  energy_j: [
    ["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 0.001],
    ["DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL", 1],
    ["dcgm_total_energy_consumption", 0.001],
  ],
  gpu_temp: [
    ["DCGM_FI_DEV_GPU_TEMP", 1],
    ["DCGM_FI_DEV_GPU_TEMP_CELSIUS", 1],
    ["dcgm_gpu_temp", 1],
  ],
  mem_temp: [
    ["DCGM_FI_DEV_MEMORY_TEMP", 1],
    ["DCGM_FI_DEV_MEMORY_TEMP_CELSIUS", 1],
    ["dcgm_memory_temp", 1],
  ],
  sm_clock: [
    ["DCGM_FI_DEV_SM_CLOCK", 1],
    ["DCGM_FI_DEV_SM_CLOCK_HERTZ", mhzPerHertz],
    ["dcgm_sm_clock", 1],
  ],
  mem_clock: [
    ["DCGM_FI_DEV_MEM_CLOCK", 1],
    ["DCGM_FI_DEV_MEMORY_CLOCK_HERTZ", mhzPerHertz],
    ["dcgm_memory_clock", 1],
  ],
  nvlink: [
    ["DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", 1],
    ["DCGM_FI_DEV_NVLINK_THROUGHPUT_TOTAL", 1],
    ["DCGM_FI_DEV_NVLINK_THROUGHPUT_BYTES_PER_SECOND", mbPerByte],
  ],
  nvlink_tx: [["DCGM_FI_PROF_NVLINK_TX_BYTES", mbPerByte]],
  nvlink_rx: [["DCGM_FI_PROF_NVLINK_RX_BYTES", mbPerByte]],
  nvlink_crc_flit: [
    ["DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL", 1],
    ["DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_TOTAL", 1],
  ],
  nvlink_crc_data: [
    ["DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL", 1],
    ["DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_TOTAL", 1],
    // Hopper and newer count CRC, replays and recoveries in fields of their own (497 to 499), and CRC of
    // both kinds in one. Their first names are those before 4.9.0 (the deprecated of dcgm_fields.py).
    ["DCGM_FI_DEV_NVLINK_ERROR_DL_CRC", 1],
    ["DCGM_FI_DEV_NVLINK_CRC_ERROR_TOTAL", 1],
  ],
  nvlink_replay: [
    ["DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL", 1],
    ["DCGM_FI_DEV_NVLINK_REPLAY_ERROR_TOTAL", 1],
    ["DCGM_FI_DEV_NVLINK_ERROR_DL_REPLAY", 1],
    ["DCGM_FI_DEV_NVLINK_REPLAY_TOTAL", 1],
  ],
  nvlink_recovery: [
    ["DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL", 1],
    ["DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_TOTAL", 1],
    ["DCGM_FI_DEV_NVLINK_ERROR_DL_RECOVERY", 1],
    ["DCGM_FI_DEV_NVLINK_RECOVERY_TOTAL", 1],
  ],
  pcie_tx: [["DCGM_FI_PROF_PCIE_TX_BYTES", mbPerByte]],
  pcie_rx: [["DCGM_FI_PROF_PCIE_RX_BYTES", mbPerByte]],
  pcie_replay: [
    ["DCGM_FI_DEV_PCIE_REPLAY_COUNTER", 1],
    ["DCGM_FI_DEV_PCIE_REPLAY_TOTAL", 1],
    ["dcgm_pcie_replay_counter", 1],
  ],
  xid: [
    ["DCGM_FI_DEV_XID_ERRORS", 1],
    ["DCGM_FI_DEV_XID_ERROR", 1],
    ["dcgm_xid_errors", 1],
  ],
  clock_reasons: [
    ["DCGM_FI_DEV_CLOCKS_EVENT_REASONS", 1],
    ["DCGM_FI_DEV_CLOCK_THROTTLE_REASONS", 1],
  ],
  ecc_sbe: [["DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", 1]],
  ecc_dbe: [["DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", 1]],
  remap_cor: [
    ["DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS", 1],
    ["DCGM_FI_DEV_ROW_REMAP_CORRECTABLE_TOTAL", 1],
  ],
  remap_unc: [
    ["DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", 1],
    ["DCGM_FI_DEV_ROW_REMAP_UNCORRECTABLE_TOTAL", 1],
  ],
  remap_pending: [["DCGM_FI_DEV_ROW_REMAP_PENDING", 1]],
  remap_fail: [
    ["DCGM_FI_DEV_ROW_REMAP_FAILURE", 1],
    ["DCGM_FI_DEV_ROW_REMAP_FAILED", 1],
  ],
  // Help texts of exporters before December 2025 say microseconds; the field is in nanoseconds.
  power_throttle_s: [
    ["DCGM_FI_DEV_POWER_VIOLATION", secondPerNanosecond],
    ["DCGM_FI_DEV_GPU_POWER_THROTTLE_SECONDS_TOTAL", 1],
  ],
  thermal_throttle_s: [
    ["DCGM_FI_DEV_THERMAL_VIOLATION", secondPerNanosecond],
    ["DCGM_FI_DEV_GPU_THERMAL_THROTTLE_SECONDS_TOTAL", 1],
  ],
  // Fields 152 and 151 of dcgm_fields.h.
  gpu_temp_limit: [
    ["DCGM_FI_DEV_GPU_MAX_OP_TEMP", 1],
    ["DCGM_FI_DEV_GPU_MAX_OP_TEMP_CELSIUS", 1],
  ],
  mem_temp_limit: [
    ["DCGM_FI_DEV_MEM_MAX_OP_TEMP", 1],
    ["DCGM_FI_DEV_MEMORY_MAX_OP_TEMP_CELSIUS", 1],
  ],
  // Fields 1003 and 1006 to 1008. The tensor pipe is not among the FP16 ones.
  sm_occupancy: [
    ["DCGM_FI_PROF_SM_OCCUPANCY", percentPerRatio],
    ["DCGM_FI_PROF_SM_OCCUPANCY_RATIO", percentPerRatio],
  ],
  fp64_active: [
    ["DCGM_FI_PROF_PIPE_FP64_ACTIVE", percentPerRatio],
    ["DCGM_FI_PROF_FP64_UTIL_RATIO", percentPerRatio],
  ],
  fp32_active: [
    ["DCGM_FI_PROF_PIPE_FP32_ACTIVE", percentPerRatio],
    ["DCGM_FI_PROF_FP32_UTIL_RATIO", percentPerRatio],
  ],
  fp16_active: [
    ["DCGM_FI_PROF_PIPE_FP16_ACTIVE", percentPerRatio],
    ["DCGM_FI_PROF_FP16_UTIL_RATIO", percentPerRatio],
  ],
} as const satisfies Record<GpuMetric, readonly (readonly [name: string, factor: number])[]>;

/** Our metrics to the names they have had, what is preferred first. */
export const namesOfMetric = Object.fromEntries(
  (Object.keys(fieldNames) as GpuMetric[]).map((metric) => [
    metric,
    fieldNames[metric].map(([name, factor]) => ({
      name,
      factor,
      ratioOrPercent: name === ratioOrPercentName,
    })),
  ]),
) as Record<GpuMetric, { name: string; factor: number; ratioOrPercent: boolean }[]>;

/** Exporter name to what it means. */
export const fields: ReadonlyMap<string, Field> = new Map(
  (Object.keys(fieldNames) as GpuMetric[]).flatMap((metric) =>
    fieldNames[metric].map(([name, factor]): [string, Field] => [
      name,
      {
        metric,
        spec: gpuMetricSpecs[metric],
        index: metricIndex[metric],
        factor,
        ratioOrPercent: name === ratioOrPercentName,
      },
    ]),
  ),
);
