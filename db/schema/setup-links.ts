import { pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "#db/schema/columns";

/** The one-time link that makes the first operator; only its hash is kept. */
export const setupLinks = pgTable("setup_links", {
  tokenHash: text("token_hash").primaryKey(),
  createdAt: instant("created_at").notNull().defaultNow(),
  usedAt: instant("used_at"),
});
