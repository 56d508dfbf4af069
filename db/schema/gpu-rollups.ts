import {
  bigint,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  real,
  smallint,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import type { TelemetryMetric } from "#lib/domain/telemetry/charted";

type RolledUp = `${TelemetryMetric}_${"min" | "avg" | "max"}`;

/** Least, mean and greatest value of every metric that a page draws, or holds what it draws against. */
const valueColumns = {
  gpu_util_min: real("gpu_util_min"),
  gpu_util_avg: real("gpu_util_avg"),
  gpu_util_max: real("gpu_util_max"),
  sm_active_min: real("sm_active_min"),
  sm_active_avg: real("sm_active_avg"),
  sm_active_max: real("sm_active_max"),
  tensor_active_min: real("tensor_active_min"),
  tensor_active_avg: real("tensor_active_avg"),
  tensor_active_max: real("tensor_active_max"),
  fb_used_min: integer("fb_used_min"),
  fb_used_avg: real("fb_used_avg"),
  fb_used_max: integer("fb_used_max"),
  power_w_min: real("power_w_min"),
  power_w_avg: real("power_w_avg"),
  power_w_max: real("power_w_max"),
  gpu_temp_min: smallint("gpu_temp_min"),
  gpu_temp_avg: real("gpu_temp_avg"),
  gpu_temp_max: smallint("gpu_temp_max"),
  nvlink_min: integer("nvlink_min"),
  nvlink_avg: real("nvlink_avg"),
  nvlink_max: integer("nvlink_max"),
  nvlink_tx_min: integer("nvlink_tx_min"),
  nvlink_tx_avg: real("nvlink_tx_avg"),
  nvlink_tx_max: integer("nvlink_tx_max"),
  nvlink_rx_min: integer("nvlink_rx_min"),
  nvlink_rx_avg: real("nvlink_rx_avg"),
  nvlink_rx_max: integer("nvlink_rx_max"),
  energy_j_min: bigint("energy_j_min", { mode: "number" }),
  energy_j_avg: doublePrecision("energy_j_avg"),
  energy_j_max: bigint("energy_j_max", { mode: "number" }),
  power_limit_min: real("power_limit_min"),
  power_limit_avg: real("power_limit_avg"),
  power_limit_max: real("power_limit_max"),
  mem_temp_min: smallint("mem_temp_min"),
  mem_temp_avg: real("mem_temp_avg"),
  mem_temp_max: smallint("mem_temp_max"),
  sm_clock_min: smallint("sm_clock_min"),
  sm_clock_avg: real("sm_clock_avg"),
  sm_clock_max: smallint("sm_clock_max"),
  pcie_tx_min: real("pcie_tx_min"),
  pcie_tx_avg: real("pcie_tx_avg"),
  pcie_tx_max: real("pcie_tx_max"),
  pcie_rx_min: real("pcie_rx_min"),
  pcie_rx_avg: real("pcie_rx_avg"),
  pcie_rx_max: real("pcie_rx_max"),
  ecc_sbe_min: integer("ecc_sbe_min"),
  ecc_sbe_avg: real("ecc_sbe_avg"),
  ecc_sbe_max: integer("ecc_sbe_max"),
  ecc_dbe_min: integer("ecc_dbe_min"),
  ecc_dbe_avg: real("ecc_dbe_avg"),
  ecc_dbe_max: integer("ecc_dbe_max"),
  sm_occupancy_min: real("sm_occupancy_min"),
  sm_occupancy_avg: real("sm_occupancy_avg"),
  sm_occupancy_max: real("sm_occupancy_max"),
  fp16_active_min: real("fp16_active_min"),
  fp16_active_avg: real("fp16_active_avg"),
  fp16_active_max: real("fp16_active_max"),
  fp32_active_min: real("fp32_active_min"),
  fp32_active_avg: real("fp32_active_avg"),
  fp32_active_max: real("fp32_active_max"),
  fp64_active_min: real("fp64_active_min"),
  fp64_active_avg: real("fp64_active_avg"),
  fp64_active_max: real("fp64_active_max"),
  dram_active_min: real("dram_active_min"),
  dram_active_avg: real("dram_active_avg"),
  dram_active_max: real("dram_active_max"),
  fb_total_min: integer("fb_total_min"),
  fb_total_avg: real("fb_total_avg"),
  fb_total_max: integer("fb_total_max"),
  // The narrow ones last, so that no byte of a row is padding.
  mem_clock_avg: real("mem_clock_avg"),
  mem_clock_min: smallint("mem_clock_min"),
  mem_clock_max: smallint("mem_clock_max"),
} as const satisfies Record<RolledUp, unknown>;

const gpuRollupTable = <Name extends string>(name: Name) =>
  pgTable(
    name,
    {
      allocationId: id("allocation", "allocation_id").notNull(),
      gpu: smallint("gpu").notNull(),
      /** The bucket's first moment. */
      at: instant("at").notNull(),
      /** How many scrapes it holds: the weight of its means. */
      samples: smallint("samples").notNull(),
      ...valueColumns,
      /** Every clock event reason that was set at some moment of the bucket. */
      clockReasons: integer("clock_reasons"),
    },
    (t) => [
      primaryKey({ columns: [t.allocationId, t.at, t.gpu] }),
      index(`${name}_by_time`).on(t.at),
    ],
  );

/**
 * Telemetry in buckets of a minute, see `rollupLevels`: what the wide windows of a chart read. One row
 * is of one GPU in one allocation; partitions, policies and upkeep are in the migrations. A table for
 * each width and not one for all, so that each is kept as long as its own policy says by dropping whole
 * partitions, and no key has to name its width.
 */
export const gpuRollups = gpuRollupTable("gpu_rollups");

/** The same in quarters of an hour, made of minutes. */
export const gpuRollups15m = gpuRollupTable("gpu_rollups_15m");

/** The same in hours, made of quarters. */
export const gpuRollups1h = gpuRollupTable("gpu_rollups_1h");
