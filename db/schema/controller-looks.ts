import { jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";
import type { ControllerWatch } from "#lib/domain/health/controller-watch";
import type { LogCursor } from "#lib/domain/node/controller-log";

/**
 * The last looks at a node's controller, one row a node. Written by the worker alone; it is the memory of
 * whichever worker looks next.
 */
export const controllerLooks = pgTable("controller_looks", {
  nodeId: id("node", "node_id")
    .primaryKey()
    .references(() => nodes.id, { onDelete: "cascade" }),
  /** When it was last asked, and when its sensors and its logs were last read; null: never yet. */
  triedAt: instant("tried_at").notNull(),
  sensorsAt: instant("sensors_at"),
  logsAt: instant("logs_at"),
  /** Up to where its logs were read. */
  logCursor: jsonb("log_cursor").$type<LogCursor>().notNull().default({}),
  /** How long what is not well has been so. */
  watch: jsonb("watch").$type<ControllerWatch>().notNull().default({}),
  /** Why it could not be read, in words, and since when; null while it can. */
  error: text("error"),
  errorSince: instant("error_since"),
  /** Since when it has not answered at all. */
  silentSince: instant("silent_since"),
});
