import type { GpuLoad } from "./load-model.ts";

/** What a metric is computed from. */
export type GpuSample = GpuLoad & {
  memoryMib: number;
  xid: number;
  temperatureOffsetC: number;
  limitWatts: number;
};

type Named = { name: string; help: string; value: (sample: GpuSample) => string };

/** How dcgm-exporter names and types one metric, up to 4.8 (`legacy`) and from 4.9 on (`current`). */
export type DcgmMetric = { type: "gauge" | "counter"; legacy: Named; current: Named };

type Read = (sample: GpuSample) => number;

const whole = (read: Read) => (sample: GpuSample) => Math.round(read(sample)).toFixed(0);
const real = (read: Read) => (sample: GpuSample) => read(sample).toFixed(6);
const always =
  (value: number): Read =>
  () =>
    value;

function metric(
  help: string,
  legacyName: string,
  currentName: string,
  value: (sample: GpuSample) => string,
  type: "gauge" | "counter" = "gauge",
): DcgmMetric {
  return {
    type,
    legacy: { name: legacyName, help, value },
    current: { name: currentName, help, value },
  };
}

/** A metric whose unit 4.9.0 changed together with its name. */
function converted(type: "gauge" | "counter", legacy: Named, current: Named): DcgmMetric {
  return { type, legacy, current };
}

const memoryFree: Read = (sample) =>
  sample.memoryMib - sample.memoryUsedMib - sample.memoryReservedMib;
const bytes = (read: Read) => whole((sample) => read(sample) * 2 ** 20);
const nvlinkTotal: Read = (sample) => sample.nvlinkTxBytesPerSecond + sample.nvlinkRxBytesPerSecond;

/**
 * The default counters of dcgm-exporter and those of its profiling and health counters that operators
 * turn on, with its own help texts and (sometimes wrong) types. 4.9.0 renamed most of the former.
 */
export const dcgmMetrics: readonly DcgmMetric[] = [
  converted(
    "gauge",
    {
      help: "SM clock frequency (in MHz).",
      name: "DCGM_FI_DEV_SM_CLOCK",
      value: whole((s) => s.smClockMhz),
    },
    {
      help: "SM clock frequency (in hertz).",
      name: "DCGM_FI_DEV_SM_CLOCK_HERTZ",
      value: whole((s) => s.smClockMhz * 1e6),
    },
  ),
  converted(
    "gauge",
    {
      help: "Memory clock frequency (in MHz).",
      name: "DCGM_FI_DEV_MEM_CLOCK",
      value: whole((s) => s.memoryClockMhz),
    },
    {
      help: "Memory clock frequency (in hertz).",
      name: "DCGM_FI_DEV_MEMORY_CLOCK_HERTZ",
      value: whole((s) => s.memoryClockMhz * 1e6),
    },
  ),
  metric(
    "Current clock event reasons (bitmask of DCGM_CLOCKS_EVENT_REASON_*)",
    "DCGM_FI_DEV_CLOCKS_EVENT_REASONS",
    "DCGM_FI_DEV_CLOCKS_EVENT_REASONS",
    whole((s) => s.clockReasons),
  ),
  metric(
    "Memory temperature (in C).",
    "DCGM_FI_DEV_MEMORY_TEMP",
    "DCGM_FI_DEV_MEMORY_TEMP_CELSIUS",
    whole((s) => s.memoryTemperatureC),
  ),
  metric(
    "GPU temperature (in C).",
    "DCGM_FI_DEV_GPU_TEMP",
    "DCGM_FI_DEV_GPU_TEMP_CELSIUS",
    whole((s) => s.temperatureC + s.temperatureOffsetC),
  ),
  metric(
    "Power draw (in W).",
    "DCGM_FI_DEV_POWER_USAGE",
    "DCGM_FI_DEV_BOARD_POWER_WATTS",
    real((s) => s.powerWatts),
  ),
  metric(
    "Power limit that is enforced (in W).",
    "DCGM_FI_DEV_ENFORCED_POWER_LIMIT",
    "DCGM_FI_DEV_BOARD_POWER_LIMIT_ENFORCED_WATTS",
    real((s) => s.limitWatts),
  ),
  converted(
    "counter",
    {
      help: "Total energy consumption since boot (in mJ).",
      name: "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
      value: whole((s) => s.energyJoules * 1000),
    },
    {
      help: "Total energy consumption since boot (in joules).",
      name: "DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL",
      value: whole((s) => s.energyJoules),
    },
  ),
  metric(
    "Total number of PCIe retries.",
    "DCGM_FI_DEV_PCIE_REPLAY_COUNTER",
    "DCGM_FI_DEV_PCIE_REPLAY_TOTAL",
    whole(always(0)),
    "counter",
  ),
  converted(
    "gauge",
    {
      help: "GPU utilization (in %).",
      name: "DCGM_FI_DEV_GPU_UTIL",
      value: whole((s) => s.utilShare * 100),
    },
    {
      help: "GPU utilization (ratio 0 to 1).",
      name: "DCGM_FI_DEV_GPU_UTIL_RATIO",
      value: real((s) => s.utilShare),
    },
  ),
  converted(
    "gauge",
    {
      help: "Memory utilization (in %).",
      name: "DCGM_FI_DEV_MEM_COPY_UTIL",
      value: whole((s) => s.memoryCopyShare * 100),
    },
    {
      help: "Memory utilization (ratio 0 to 1).",
      name: "DCGM_FI_DEV_MEMORY_UTIL_RATIO",
      value: real((s) => s.memoryCopyShare),
    },
  ),
  converted(
    "gauge",
    { help: "Encoder utilization (in %).", name: "DCGM_FI_DEV_ENC_UTIL", value: whole(always(0)) },
    {
      help: "Encoder utilization (ratio 0 to 1).",
      name: "DCGM_FI_DEV_ENC_UTIL_RATIO",
      value: real(always(0)),
    },
  ),
  converted(
    "gauge",
    { help: "Decoder utilization (in %).", name: "DCGM_FI_DEV_DEC_UTIL", value: whole(always(0)) },
    {
      help: "Decoder utilization (ratio 0 to 1).",
      name: "DCGM_FI_DEV_DEC_UTIL_RATIO",
      value: real(always(0)),
    },
  ),
  metric(
    "Value of the last XID error encountered.",
    "DCGM_FI_DEV_XID_ERRORS",
    "DCGM_FI_DEV_XID_ERROR",
    whole((s) => s.xid),
  ),
  converted(
    "gauge",
    {
      help: "Total framebuffer memory (in MiB).",
      name: "DCGM_FI_DEV_FB_TOTAL",
      value: whole((s) => s.memoryMib),
    },
    {
      help: "Total framebuffer memory (in bytes).",
      name: "DCGM_FI_DEV_FB_CAPACITY_BYTES",
      value: bytes((s) => s.memoryMib),
    },
  ),
  converted(
    "gauge",
    {
      help: "Framebuffer memory free (in MiB).",
      name: "DCGM_FI_DEV_FB_FREE",
      value: whole(memoryFree),
    },
    {
      help: "Framebuffer memory free (in bytes).",
      name: "DCGM_FI_DEV_FB_FREE_BYTES",
      value: bytes(memoryFree),
    },
  ),
  converted(
    "gauge",
    {
      help: "Framebuffer memory used (in MiB).",
      name: "DCGM_FI_DEV_FB_USED",
      value: whole((s) => s.memoryUsedMib),
    },
    {
      help: "Framebuffer memory used (in bytes).",
      name: "DCGM_FI_DEV_FB_USED_BYTES",
      value: bytes((s) => s.memoryUsedMib),
    },
  ),
  converted(
    "gauge",
    {
      help: "Framebuffer memory reserved (in MiB).",
      name: "DCGM_FI_DEV_FB_RESERVED",
      value: whole((s) => s.memoryReservedMib),
    },
    {
      help: "Framebuffer memory reserved (in bytes).",
      name: "DCGM_FI_DEV_FB_RESERVED_BYTES",
      value: bytes((s) => s.memoryReservedMib),
    },
  ),
  metric(
    "Total number of single-bit volatile ECC errors.",
    "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL",
    "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL",
    whole(always(0)),
    "counter",
  ),
  metric(
    "Total number of double-bit volatile ECC errors.",
    "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL",
    "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL",
    whole(always(0)),
    "counter",
  ),
  metric(
    "Number of remapped rows for uncorrectable errors",
    "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
    "DCGM_FI_DEV_ROW_REMAP_UNCORRECTABLE_TOTAL",
    whole(always(0)),
    "counter",
  ),
  metric(
    "Number of remapped rows for correctable errors",
    "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS",
    "DCGM_FI_DEV_ROW_REMAP_CORRECTABLE_TOTAL",
    whole(always(0)),
    "counter",
  ),
  metric(
    "Whether remapping of rows has failed",
    "DCGM_FI_DEV_ROW_REMAP_FAILURE",
    "DCGM_FI_DEV_ROW_REMAP_FAILED",
    whole(always(0)),
  ),
  metric(
    "Whether remapping of rows is pending",
    "DCGM_FI_DEV_ROW_REMAP_PENDING",
    "DCGM_FI_DEV_ROW_REMAP_PENDING",
    whole(always(0)),
  ),
  // A rate that is typed as a counter: so does the exporter.
  converted(
    "counter",
    {
      help: "Total number of NVLink bandwidth counters for all lanes.",
      name: "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL",
      value: whole((s) => nvlinkTotal(s) / 1e6),
    },
    {
      help: "Total number of NVLink bandwidth counters for all lanes.",
      name: "DCGM_FI_DEV_NVLINK_THROUGHPUT_BYTES_PER_SECOND",
      value: whole(nvlinkTotal),
    },
  ),
  metric(
    "vGPU License status",
    "DCGM_FI_DEV_VGPU_LICENSE_STATUS",
    "DCGM_FI_DEV_VGPU_LICENSE_STATUS",
    whole(always(0)),
  ),
  metric(
    "Ratio of time the graphics engine is active.",
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO",
    real((s) => s.engineActive),
  ),
  metric(
    "The ratio of cycles an SM has at least 1 warp assigned.",
    "DCGM_FI_PROF_SM_ACTIVE",
    "DCGM_FI_PROF_SM_UTIL_RATIO",
    real((s) => s.smActive),
  ),
  metric(
    "The ratio of number of warps resident on an SM.",
    "DCGM_FI_PROF_SM_OCCUPANCY",
    "DCGM_FI_PROF_SM_OCCUPANCY_RATIO",
    real((s) => s.smOccupancy),
  ),
  metric(
    "Ratio of cycles the tensor (HMMA) pipe is active.",
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "DCGM_FI_PROF_TENSOR_UTIL_RATIO",
    real((s) => s.tensorActive),
  ),
  metric(
    "Ratio of cycles the device memory interface is active sending or receiving data.",
    "DCGM_FI_PROF_DRAM_ACTIVE",
    "DCGM_FI_PROF_DRAM_UTIL_RATIO",
    real((s) => s.dramActive),
  ),
  metric(
    "Ratio of cycles the fp64 pipes are active.",
    "DCGM_FI_PROF_PIPE_FP64_ACTIVE",
    "DCGM_FI_PROF_FP64_UTIL_RATIO",
    real((s) => s.fp64Active),
  ),
  metric(
    "Ratio of cycles the fp32 pipes are active.",
    "DCGM_FI_PROF_PIPE_FP32_ACTIVE",
    "DCGM_FI_PROF_FP32_UTIL_RATIO",
    real((s) => s.fp32Active),
  ),
  metric(
    "Ratio of cycles the fp16 pipes are active.",
    "DCGM_FI_PROF_PIPE_FP16_ACTIVE",
    "DCGM_FI_PROF_FP16_UTIL_RATIO",
    real((s) => s.fp16Active),
  ),
  metric(
    "The rate of data transmitted over the PCIe bus - including both protocol headers and data payloads - in bytes per second.",
    "DCGM_FI_PROF_PCIE_TX_BYTES",
    "DCGM_FI_PROF_PCIE_TX_BYTES",
    whole((s) => s.pcieTxBytesPerSecond),
  ),
  metric(
    "The rate of data received over the PCIe bus - including both protocol headers and data payloads - in bytes per second.",
    "DCGM_FI_PROF_PCIE_RX_BYTES",
    "DCGM_FI_PROF_PCIE_RX_BYTES",
    whole((s) => s.pcieRxBytesPerSecond),
  ),
  metric(
    "The number of bytes of active NvLink tx (transmit) data including both header and payload.",
    "DCGM_FI_PROF_NVLINK_TX_BYTES",
    "DCGM_FI_PROF_NVLINK_TX_BYTES",
    whole((s) => s.nvlinkTxBytesPerSecond),
  ),
  metric(
    "The number of bytes of active NvLink rx (read) data including both header and payload.",
    "DCGM_FI_PROF_NVLINK_RX_BYTES",
    "DCGM_FI_PROF_NVLINK_RX_BYTES",
    whole((s) => s.nvlinkRxBytesPerSecond),
  ),
];
