import { bigint, integer, pgTable, real, smallint } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";

/**
 * What the newest scrape of a node that named any NVSwitch said of them: one entry a switch, null where
 * it was not told. It fills itself anew within a scrape interval, so it is not logged.
 */
export const nvswitchLatest = pgTable("nvswitch_latest", {
  nodeId: id("node", "node_id")
    .primaryKey()
    .references(() => nodes.id, { onDelete: "cascade" }),
  at: instant("at").notNull(),
  nvswitch: smallint("nvswitch").array().notNull(),
  temperature: smallint("temperature").array().notNull(),
  tx: real("tx").array().notNull(),
  rx: real("rx").array().notNull(),
  fatal: integer("fatal").array().notNull(),
  nonFatal: integer("non_fatal").array().notNull(),
  linkErrors: bigint("link_errors", { mode: "number" }).array().notNull(),
});
