import { sql } from "drizzle-orm";
import { check, foreignKey, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { projects, tenants } from "#db/schema/tenants";
import { quotaDimensions } from "#lib/domain/quota/quota";

/**
 * How much a tenant (project_id null) or one of its projects may hold at once. A tenant without a
 * row for a GPU model holds none of it; a project without a row is bounded by its tenant alone.
 */
export const quotas = pgTable(
  "quotas",
  {
    tenantId: id("tenant", "tenant_id")
      .notNull()
      .references(() => tenants.id),
    projectId: id("project", "project_id"),
    dimension: text("dimension", { enum: quotaDimensions }).notNull(),
    /** A GPU model (`gpus`), a compute profile's id (`nodes`), or a family (`public_ips`). */
    subject: text("subject").notNull(),
    limit: integer("limit").notNull(),
    changedAt: instant("changed_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("quotas_one_per_subject").on(
      t.tenantId,
      sql`coalesce(${t.projectId}, '')`,
      t.dimension,
      t.subject,
    ),
    foreignKey({
      name: "quotas_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }),
    check("quotas_are_not_negative", sql`${t.limit} >= 0`),
  ],
);
