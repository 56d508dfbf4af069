import { sql } from "drizzle-orm";
import { boolean, check, integer, pgTable, real, text } from "drizzle-orm/pg-core";
import { instant } from "#db/schema/columns";
import { healthSeverities } from "#lib/domain/health/severity";

/** What operators have changed of a rule of health; null is as it is built in. */
export const healthRuleSettings = pgTable(
  "health_rule_settings",
  {
    code: text("code").primaryKey(),
    enabled: boolean("enabled"),
    severity: text("severity", { enum: healthSeverities }),
    opensAfterMs: integer("opens_after_ms"),
    closesAfterMs: integer("closes_after_ms"),
    threshold: real("threshold"),
    changedBy: text("changed_by").notNull(),
    changedAt: instant("changed_at").notNull().defaultNow(),
  },
  (t) => [
    check(
      "health_rule_settings_times",
      sql`${t.opensAfterMs} between 0 and 86400000 and ${t.closesAfterMs} between 0 and 86400000`,
    ),
  ],
);
