import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "#db/schema/columns";

/** Failed sign-ins by account, by second factor and by address; each failure lengthens the wait, nothing is permanent. */
export const signInAttempts = pgTable("sign_in_attempts", {
  // `account:…`, `code:…`, `proof:…`, `address:…` or `prompt:…`
  key: text("key").primaryKey(),
  failures: integer("failures").notNull(),
  lastAt: instant("last_at").notNull(),
  blockedUntil: instant("blocked_until").notNull(),
});
