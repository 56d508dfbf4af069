import { integer, pgTable, primaryKey, smallint } from "drizzle-orm/pg-core";
import { id } from "#db/schema/columns";
import { allocations } from "#db/schema/environments";

/**
 * The SXIDs that a node's NVSwitches told last, while an allocation lasts. A gauge keeps its last one for
 * ever: what was told of must be known after a crash, so unlike `nvswitch_latest` it is logged. A switch
 * that has told none has no row; one row changes when there is an error.
 */
export const nvswitchSxids = pgTable(
  "nvswitch_sxids",
  {
    allocationId: id("allocation", "allocation_id")
      .notNull()
      .references(() => allocations.id, { onDelete: "cascade" }),
    nvswitch: smallint("nvswitch").notNull(),
    fatal: integer("fatal").notNull(),
    nonFatal: integer("non_fatal").notNull(),
  },
  (t) => [primaryKey({ columns: [t.allocationId, t.nvswitch] })],
);
