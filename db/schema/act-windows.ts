import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "#db/schema/columns";

/** Acts within a minute, by whose they are; one row each, which the next minute writes anew. */
export const actWindows = pgTable("act_windows", {
  // `page:usr_…`, `token:usr_…` or `read:usr_…`, the latter two also of `sva_…`
  key: text("key").primaryKey(),
  windowAt: instant("window_at").notNull(),
  acts: integer("acts").notNull(),
});
