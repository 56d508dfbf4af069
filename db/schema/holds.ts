import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { profiles } from "#db/schema/catalogue";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";
import { projects } from "#db/schema/tenants";
import { holdEndings } from "#lib/domain/hold/hold";
import type { ActorId } from "#lib/domain/id";

/**
 * Nodes kept for one person in one project for five minutes. It is over when its time is over,
 * whether or not anybody has written that down: `ended_at` says how and when, afterwards.
 */
export const holds = pgTable(
  "holds",
  {
    id: id("hold", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    heldBy: text("held_by").$type<ActorId>().notNull(),
    heldByName: text("held_by_name").notNull(),
    startedAt: instant("started_at").notNull(),
    until: instant("until").notNull(),
    endedAt: instant("ended_at"),
    ending: text("ending", { enum: holdEndings }),
    /** What the launch will draw at each site where its nodes stand; `pool_supply` counts it as gone. */
    isPrivate: boolean("is_private").notNull().default(false),
    hasPartition: boolean("has_partition").notNull().default(false),
  },
  (t) => [
    uniqueIndex("holds_one_per_person").on(t.projectId, t.heldBy).where(sql`${t.endedAt} is null`),
    index("holds_not_ended").on(t.until).where(sql`${t.endedAt} is null`),
    index("holds_by_project").on(t.tenantId, t.projectId, t.startedAt),
    unique("holds_of_project").on(t.tenantId, t.projectId, t.id),
    foreignKey({
      name: "holds_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }),
    check("holds_end_after_start", sql`${t.until} > ${t.startedAt}`),
    check("holds_ended_somehow", sql`(${t.endedAt} is null) = (${t.ending} is null)`),
  ],
);

/** The nodes of a hold, and what each counts against the quota while it lasts. */
export const holdNodes = pgTable(
  "hold_nodes",
  {
    holdId: id("hold", "hold_id").notNull(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id),
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    groupName: text("group_name").notNull(),
    profileId: id("profile", "profile_id")
      .notNull()
      .references(() => profiles.id),
    // Copied from the profile, as an allocation does.
    gpuModel: text("gpu_model"),
    gpus: integer("gpus").notNull(),
    /** The families of which it would draw a public address. */
    addressFamilies: integer("address_families").array().notNull().default(sql`'{}'`),
  },
  (t) => [
    primaryKey({ columns: [t.holdId, t.nodeId] }),
    foreignKey({
      name: "hold_nodes_hold",
      columns: [t.tenantId, t.projectId, t.holdId],
      foreignColumns: [holds.tenantId, holds.projectId, holds.id],
    }).onDelete("cascade"),
    check("hold_nodes_gpus", sql`${t.gpus} >= 0`),
  ],
);
