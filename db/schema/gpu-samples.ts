import {
  bigint,
  doublePrecision,
  index,
  integer,
  pgTable,
  real,
  smallint,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import type { GpuMetric } from "#lib/domain/telemetry/metric";

/**
 * One column per metric, as narrow as its largest value and declared precision allow: a `real` holds
 * seven digits. Null is "not given".
 */
const metricColumns = {
  gpu_util: real("gpu_util"),
  mem_copy_util: real("mem_copy_util"),
  enc_util: real("enc_util"),
  dec_util: real("dec_util"),
  sm_active: real("sm_active"),
  tensor_active: real("tensor_active"),
  dram_active: real("dram_active"),
  gr_active: real("gr_active"),
  fb_used: integer("fb_used"),
  fb_free: integer("fb_free"),
  fb_reserved: integer("fb_reserved"),
  fb_total: integer("fb_total"),
  power_w: real("power_w"),
  power_limit: real("power_limit"),
  energy_j: bigint("energy_j", { mode: "number" }),
  gpu_temp: smallint("gpu_temp"),
  mem_temp: smallint("mem_temp"),
  sm_clock: smallint("sm_clock"),
  mem_clock: smallint("mem_clock"),
  nvlink: integer("nvlink"),
  nvlink_tx: integer("nvlink_tx"),
  nvlink_rx: integer("nvlink_rx"),
  nvlink_crc_flit: integer("nvlink_crc_flit"),
  nvlink_crc_data: integer("nvlink_crc_data"),
  nvlink_replay: integer("nvlink_replay"),
  nvlink_recovery: integer("nvlink_recovery"),
  pcie_tx: real("pcie_tx"),
  pcie_rx: real("pcie_rx"),
  pcie_replay: integer("pcie_replay"),
  xid: smallint("xid"),
  clock_reasons: integer("clock_reasons"),
  ecc_sbe: integer("ecc_sbe"),
  ecc_dbe: integer("ecc_dbe"),
  remap_cor: integer("remap_cor"),
  remap_unc: integer("remap_unc"),
  remap_pending: smallint("remap_pending"),
  remap_fail: smallint("remap_fail"),
  power_throttle_s: doublePrecision("power_throttle_s"),
  thermal_throttle_s: doublePrecision("thermal_throttle_s"),
  gpu_temp_limit: smallint("gpu_temp_limit"),
  mem_temp_limit: smallint("mem_temp_limit"),
  sm_occupancy: real("sm_occupancy"),
  fp64_active: real("fp64_active"),
  fp32_active: real("fp32_active"),
  fp16_active: real("fp16_active"),
} as const satisfies Record<GpuMetric, unknown>;

/**
 * What every scrape said about every GPU. Partitioned by day and written by the worker only; the
 * partitions, the policies and their upkeep are in the migration, which drizzle cannot express.
 */
export const gpuSamples = pgTable(
  "gpu_samples",
  {
    nodeId: id("node", "node_id").notNull(),
    gpu: smallint("gpu").notNull(),
    /** When the answer was whole, by the worker's clock. */
    at: instant("at").notNull(),
    ...metricColumns,
  },
  (t) => [index("gpu_samples_by_node").on(t.nodeId, t.at)],
);

/** The database type of a metric's column, as written in a cast. */
export function columnType(metric: GpuMetric): string {
  return gpuSamples[metric].getSQLType();
}
