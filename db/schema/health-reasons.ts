import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  smallint,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import type { Evidence } from "#lib/domain/health/conditions";
import { healthSeverities } from "#lib/domain/health/severity";

/**
 * Why a node is not well. Written by the worker. What its telemetry told while a tenant held it belongs
 * to that allocation, so a tenant reads the reasons of its own time and no others; what its controller
 * told of a node that nobody held, or what is no tenant's to read, belongs to none: operators' alone.
 */
export const healthReasons = pgTable(
  "health_reasons",
  {
    id: id("healthReason", "id").primaryKey(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id),
    /** The GPU's index on its node; -1 for the node as a whole. */
    gpu: smallint("gpu").notNull(),
    gpuUuid: text("gpu_uuid"),
    code: text("code").notNull(),
    severity: text("severity", { enum: healthSeverities }).notNull(),
    /** The latest values that speak for it. */
    evidence: jsonb("evidence").$type<Evidence>().notNull(),
    /** How many times it has happened. */
    count: integer("count").notNull(),
    firstSeenAt: instant("first_seen_at").notNull(),
    lastSeenAt: instant("last_seen_at").notNull(),
    closedAt: instant("closed_at"),
    /** `quiet`: it passed; `ended`: nobody looks any more; `cleared`: an operator said so. */
    closedHow: text("closed_how", { enum: ["quiet", "ended", "cleared"] }),
    allocationId: id("allocation", "allocation_id").references(() => allocations.id),
    tenantId: id("tenant", "tenant_id"),
    projectId: id("project", "project_id"),
    environmentId: id("environment", "environment_id"),
  },
  (t) => [
    uniqueIndex("health_reasons_open")
      .on(t.allocationId, t.gpu, t.code)
      .where(sql`${t.closedAt} is null`),
    uniqueIndex("health_reasons_open_of_node")
      .on(t.nodeId, t.gpu, t.code)
      .where(sql`${t.closedAt} is null and ${t.allocationId} is null`),
    index("health_reasons_by_node").on(t.nodeId, t.lastSeenAt),
    index("health_reasons_by_environment").on(t.tenantId, t.environmentId, t.lastSeenAt),
    index("health_reasons_closed").on(t.closedAt).where(sql`${t.closedAt} is not null`),
    foreignKey({
      name: "health_reasons_environment",
      columns: [t.tenantId, t.projectId, t.environmentId],
      foreignColumns: [environments.tenantId, environments.projectId, environments.id],
    }),
    check(
      "health_reasons_held_or_not",
      sql`num_nulls(${t.allocationId}, ${t.tenantId}, ${t.projectId}, ${t.environmentId}) in (0, 4)`,
    ),
    check("health_reasons_gpu", sql`${t.gpu} between -1 and 31`),
    check("health_reasons_count", sql`${t.count} > 0`),
    check("health_reasons_closed_somehow", sql`(${t.closedAt} is null) = (${t.closedHow} is null)`),
  ],
);

/** What operators made of a reason: no tenant's business, and so kept apart. */
export const healthHandlings = pgTable("health_handlings", {
  reasonId: id("healthReason", "reason_id")
    .primaryKey()
    .references(() => healthReasons.id, { onDelete: "cascade" }),
  acknowledgedAt: instant("acknowledged_at"),
  acknowledgedBy: text("acknowledged_by"),
  /** How many times it had happened by then: once more, and it is not acknowledged any longer. */
  acknowledgedCount: integer("acknowledged_count"),
  note: text("note"),
});
