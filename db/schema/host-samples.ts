import { index, integer, pgTable, real } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import type { HostMetric } from "#lib/domain/telemetry/host-metric";

/** One column per metric, as narrow as its largest value allows. Null is "not given". */
const metricColumns = {
  cpu_busy: real("cpu_busy"),
  load1: real("load1"),
  mem_used: integer("mem_used"),
  mem_total: integer("mem_total"),
  net_rx: real("net_rx"),
  net_tx: real("net_tx"),
  disk_read: real("disk_read"),
  disk_write: real("disk_write"),
  ib_rx: real("ib_rx"),
  ib_tx: real("ib_tx"),
} as const satisfies Record<HostMetric, unknown>;

/**
 * What every scrape said about every host: one row a node and scrape. Partitioned by day and written by
 * the worker only; the partitions, the policies and their upkeep are in the migration, which drizzle
 * cannot express.
 */
export const hostSamples = pgTable(
  "host_samples",
  {
    /** When the answer was whole, by the worker's clock. */
    at: instant("at").notNull(),
    ...metricColumns,
    nodeId: id("node", "node_id").notNull(),
  },
  (t) => [index("host_samples_by_node").on(t.nodeId, t.at)],
);

/** The database type of a metric's column, as written in a cast. */
export function hostColumnType(metric: HostMetric): string {
  return hostSamples[metric].getSQLType();
}
