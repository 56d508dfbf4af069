import { sql } from "drizzle-orm";
import { check, index, pgTable, smallint, text } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";

/**
 * What operators do not want to hear of for a while: a rule or all of them, on a GPU, node, rack, site or
 * in the whole fleet, where none of these is named. It is over when its time is over, or was ended.
 */
export const healthSilences = pgTable(
  "health_silences",
  {
    id: id("healthSilence", "id").primaryKey(),
    siteId: id("site", "site_id").references(() => sites.id),
    rackId: id("rack", "rack_id").references(() => racks.id),
    nodeId: id("node", "node_id").references(() => nodes.id),
    /** -1 for what is of the node as a whole; null for all of it. */
    gpu: smallint("gpu"),
    /** Null for every rule. */
    code: text("code"),
    reason: text("reason").notNull(),
    until: instant("until").notNull(),
    silencedBy: text("silenced_by").notNull(),
    silencedAt: instant("silenced_at").notNull().defaultNow(),
    endedAt: instant("ended_at"),
    endedBy: text("ended_by"),
  },
  (t) => [
    index("health_silences_not_ended").on(t.until).where(sql`${t.endedAt} is null`),
    check("health_silences_place", sql`num_nonnulls(${t.siteId}, ${t.rackId}, ${t.nodeId}) <= 1`),
    check("health_silences_gpu", sql`${t.gpu} is null or ${t.nodeId} is not null`),
    check("health_silences_ended_by", sql`(${t.endedAt} is null) = (${t.endedBy} is null)`),
  ],
);
