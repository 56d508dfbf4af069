import { pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "#db/schema/columns";

/** Keys that are no longer to seal anything: the database takes no text that names one of them. */
export const retiredKeys = pgTable("retired_keys", {
  id: text("id").primaryKey(),
  retiredAt: instant("retired_at").notNull().defaultNow(),
});
