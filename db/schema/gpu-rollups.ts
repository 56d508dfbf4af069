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

/** Least, mean and greatest value of every metric that a page draws. */
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
} as const satisfies Record<RolledUp, unknown>;

/**
 * Telemetry in buckets of two minutes, what the wide windows of a chart read. One row is of one GPU
 * in one allocation; partitions, policies and upkeep are in the migration.
 */
export const gpuRollups = pgTable(
  "gpu_rollups",
  {
    allocationId: id("allocation", "allocation_id").notNull(),
    gpu: smallint("gpu").notNull(),
    /** The bucket's first moment. */
    at: instant("at").notNull(),
    /** How many scrapes it holds: the weight of its means. */
    samples: smallint("samples").notNull(),
    ...valueColumns,
  },
  (t) => [
    primaryKey({ columns: [t.allocationId, t.at, t.gpu] }),
    index("gpu_rollups_by_time").on(t.at),
  ],
);
