import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "#db/schema/columns";

/** Acts within a minute, by whose they are; one row each, which the next minute writes anew. */
export const actWindows = pgTable("act_windows", {
  // `page:usr_…` and `token:usr_…`, and of reads `read:page:usr_…` and `read:token:usr_…`; of tokens also `sva_…`
  key: text("key").primaryKey(),
  windowAt: instant("window_at").notNull(),
  acts: integer("acts").notNull(),
});
