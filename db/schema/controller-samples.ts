import { index, pgTable, real } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import type { SensorMetric } from "#lib/domain/telemetry/sensor-metric";

const metricColumns = {
  power_w: real("power_w"),
  inlet_c: real("inlet_c"),
  hottest_c: real("hottest_c"),
  fan_rpm: real("fan_rpm"),
  fan_percent: real("fan_percent"),
} as const satisfies Record<SensorMetric, unknown>;

/**
 * What every look at a controller measured: one row a node and look. Partitioned by day and written by
 * the worker only; operators read it, since a tenant's own telemetry is its exporter's. The partitions,
 * the policies and their upkeep are in the migration, which drizzle cannot express.
 */
export const controllerSamples = pgTable(
  "controller_samples",
  {
    /** When the answer was whole, by the worker's clock. */
    at: instant("at").notNull(),
    ...metricColumns,
    nodeId: id("node", "node_id").notNull(),
  },
  (t) => [index("controller_samples_by_node").on(t.nodeId, t.at)],
);
