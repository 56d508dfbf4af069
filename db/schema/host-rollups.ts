import { index, integer, pgTable, primaryKey, real, smallint } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import type { HostMetric } from "#lib/domain/telemetry/host-metric";

type RolledUp = `${HostMetric}_${"min" | "avg" | "max"}`;

/** Least, mean and greatest value of every metric. */
const valueColumns = {
  cpu_busy_min: real("cpu_busy_min"),
  cpu_busy_avg: real("cpu_busy_avg"),
  cpu_busy_max: real("cpu_busy_max"),
  load1_min: real("load1_min"),
  load1_avg: real("load1_avg"),
  load1_max: real("load1_max"),
  mem_used_min: integer("mem_used_min"),
  mem_used_avg: real("mem_used_avg"),
  mem_used_max: integer("mem_used_max"),
  mem_total_min: integer("mem_total_min"),
  mem_total_avg: real("mem_total_avg"),
  mem_total_max: integer("mem_total_max"),
  net_rx_min: real("net_rx_min"),
  net_rx_avg: real("net_rx_avg"),
  net_rx_max: real("net_rx_max"),
  net_tx_min: real("net_tx_min"),
  net_tx_avg: real("net_tx_avg"),
  net_tx_max: real("net_tx_max"),
  disk_read_min: real("disk_read_min"),
  disk_read_avg: real("disk_read_avg"),
  disk_read_max: real("disk_read_max"),
  disk_write_min: real("disk_write_min"),
  disk_write_avg: real("disk_write_avg"),
  disk_write_max: real("disk_write_max"),
  ib_rx_min: real("ib_rx_min"),
  ib_rx_avg: real("ib_rx_avg"),
  ib_rx_max: real("ib_rx_max"),
  ib_tx_min: real("ib_tx_min"),
  ib_tx_avg: real("ib_tx_avg"),
  ib_tx_max: real("ib_tx_max"),
} as const satisfies Record<RolledUp, unknown>;

const hostRollupTable = <Name extends string>(name: Name) =>
  pgTable(
    name,
    {
      /** The bucket's first moment. */
      at: instant("at").notNull(),
      ...valueColumns,
      /** How many scrapes it holds: the weight of its means. */
      samples: smallint("samples").notNull(),
      allocationId: id("allocation", "allocation_id").notNull(),
    },
    (t) => [primaryKey({ columns: [t.allocationId, t.at] }), index(`${name}_by_time`).on(t.at)],
  );

/** Telemetry of hosts in buckets, as `gpuRollups`: one row is of one allocation. */
export const hostRollups = hostRollupTable("host_rollups");
export const hostRollups15m = hostRollupTable("host_rollups_15m");
export const hostRollups1h = hostRollupTable("host_rollups_1h");
