import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "#db/schema/columns";

/** Acts within a minute, by who or what is counted; one row each, which the next minute writes anew. */
export const actWindows = pgTable("act_windows", {
  // `change:usr_…`, `change:sva_…` or `launch:prj_…`
  key: text("key").primaryKey(),
  windowAt: instant("window_at").notNull(),
  acts: integer("acts").notNull(),
});
