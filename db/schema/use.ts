import {
  boolean,
  date,
  doublePrecision,
  index,
  pgTable,
  primaryKey,
  smallint,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { allocations } from "#db/schema/environments";

/**
 * GPU-seconds that an allocation was busy and idle, by day (UTC). What it held is told by the
 * allocation; what is in neither column is unknown. A day of an allocation that nothing is known of
 * has no row.
 */
export const useDays = pgTable(
  "use_days",
  {
    allocationId: id("allocation", "allocation_id")
      .notNull()
      .references(() => allocations.id),
    day: date("day").notNull(),
    busySeconds: doublePrecision("busy_seconds").notNull(),
    idleSeconds: doublePrecision("idle_seconds").notNull(),
  },
  (t) => [primaryKey({ columns: [t.allocationId, t.day] }), index("use_days_by_day").on(t.day)],
);

/** The GPUs that were idle in the last window that was judged, and since when. */
export const idleGpus = pgTable(
  "idle_gpus",
  {
    allocationId: id("allocation", "allocation_id")
      .notNull()
      .references(() => allocations.id),
    gpu: smallint("gpu").notNull(),
    since: instant("since").notNull(),
  },
  (t) => [primaryKey({ columns: [t.allocationId, t.gpu] })],
);

/** One row: up to when use has been judged. Moved in the transaction that adds what was judged. */
export const useJudged = pgTable("use_judged", {
  only: boolean("only").primaryKey().default(true),
  until: instant("until").notNull(),
});
