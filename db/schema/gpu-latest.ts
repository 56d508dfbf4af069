import { integer, pgTable, real, smallint } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";

/**
 * The newest scrape of every node that is asked: one row a node, one entry a GPU in the order of its
 * index, null where it was not told. What the fleet's map reads; it fills itself anew within a scrape
 * interval, so it is not logged.
 */
export const gpuLatest = pgTable("gpu_latest", {
  nodeId: id("node", "node_id")
    .primaryKey()
    .references(() => nodes.id, { onDelete: "cascade" }),
  at: instant("at").notNull(),
  gpuUtil: real("gpu_util").array().notNull(),
  gpuTemp: smallint("gpu_temp").array().notNull(),
  powerW: real("power_w").array().notNull(),
  clockReasons: integer("clock_reasons").array().notNull(),
});
