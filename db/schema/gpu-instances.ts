import { index, integer, pgTable, primaryKey, real, smallint, text } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import type { InstanceMetric } from "#lib/domain/telemetry/instance";

/** One column per metric, as those of a GPU. Null is "not given". */
const metricColumns = {
  gr_active: real("gr_active"),
  sm_active: real("sm_active"),
  tensor_active: real("tensor_active"),
  dram_active: real("dram_active"),
  fb_used: integer("fb_used"),
  fb_free: integer("fb_free"),
  fb_total: integer("fb_total"),
} as const satisfies Record<InstanceMetric, unknown>;

/**
 * What every scrape said about every part of a GPU that is split (MIG). Partitioned by day and written
 * by the worker only; the partitions, the policies and their upkeep are in the migration, which drizzle
 * cannot express.
 */
export const gpuInstanceSamples = pgTable(
  "gpu_instance_samples",
  {
    /** When the answer was whole, by the worker's clock. */
    at: instant("at").notNull(),
    ...metricColumns,
    gpu: smallint("gpu").notNull(),
    instance: smallint("instance").notNull(),
    profile: text("profile").notNull(),
    nodeId: id("node", "node_id").notNull(),
  },
  (t) => [index("gpu_instance_samples_by_node").on(t.nodeId, t.at)],
);

type RolledUp = `${InstanceMetric}_${"min" | "avg" | "max"}`;

const valueColumns = {
  gr_active_min: real("gr_active_min"),
  gr_active_avg: real("gr_active_avg"),
  gr_active_max: real("gr_active_max"),
  sm_active_min: real("sm_active_min"),
  sm_active_avg: real("sm_active_avg"),
  sm_active_max: real("sm_active_max"),
  tensor_active_min: real("tensor_active_min"),
  tensor_active_avg: real("tensor_active_avg"),
  tensor_active_max: real("tensor_active_max"),
  dram_active_min: real("dram_active_min"),
  dram_active_avg: real("dram_active_avg"),
  dram_active_max: real("dram_active_max"),
  fb_used_min: integer("fb_used_min"),
  fb_used_avg: real("fb_used_avg"),
  fb_used_max: integer("fb_used_max"),
  fb_free_min: integer("fb_free_min"),
  fb_free_avg: real("fb_free_avg"),
  fb_free_max: integer("fb_free_max"),
  fb_total_min: integer("fb_total_min"),
  fb_total_avg: real("fb_total_avg"),
  fb_total_max: integer("fb_total_max"),
} as const satisfies Record<RolledUp, unknown>;

const instanceRollupTable = <Name extends string>(name: Name) =>
  pgTable(
    name,
    {
      /** The bucket's first moment. */
      at: instant("at").notNull(),
      ...valueColumns,
      /** How many scrapes it holds: the weight of its means. */
      samples: smallint("samples").notNull(),
      gpu: smallint("gpu").notNull(),
      instance: smallint("instance").notNull(),
      profile: text("profile").notNull(),
      allocationId: id("allocation", "allocation_id").notNull(),
    },
    (t) => [
      primaryKey({ columns: [t.allocationId, t.at, t.gpu, t.instance, t.profile] }),
      index(`${name}_by_time`).on(t.at),
    ],
  );

/** The same in buckets, as `gpuRollups`. A number that was given another size is another part. */
export const gpuInstanceRollups = instanceRollupTable("gpu_instance_rollups");
export const gpuInstanceRollups15m = instanceRollupTable("gpu_instance_rollups_15m");
export const gpuInstanceRollups1h = instanceRollupTable("gpu_instance_rollups_1h");

/** The database type of a metric's column, as written in a cast. */
export function instanceColumnType(metric: InstanceMetric): string {
  return gpuInstanceSamples[metric].getSQLType();
}
