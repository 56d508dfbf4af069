import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  foreignKey,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { users } from "#db/schema/users";
import { projectRoles, tenantRoles } from "#lib/domain/access/role";

export const tenants = pgTable(
  "tenants",
  {
    id: id("tenant", "id").primaryKey(),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** Members without a second factor do nothing until they have one. */
    membersNeedFactor: boolean("members_need_factor").notNull().default(false),
  },
  (t) => [uniqueIndex("tenants_slug").on(t.slug)],
);

export const tenantMembers = pgTable(
  "tenant_members",
  {
    tenantId: id("tenant", "tenant_id")
      .notNull()
      .references(() => tenants.id),
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role", { enum: tenantRoles }).notNull(),
    /** The provider and its group whose role that is; null when a person gave it. */
    providerId: id("identityProvider", "provider_id"),
    providerGroup: text("provider_group"),
    /** From then on the membership is none: asked at each request, with no job to end it. */
    until: instant("until"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId] }),
    // An owner whose membership ends could be the last one.
    check("tenant_members_owner_stays", sql`${t.role} <> 'owner' or ${t.until} is null`),
  ],
);

export const projects = pgTable(
  "projects",
  {
    id: id("project", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id")
      .notNull()
      .references(() => tenants.id),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("projects_slug_per_tenant").on(t.tenantId, t.slug),
    // The target of composite foreign keys: a row can only point at a project of its own tenant.
    unique("projects_of_tenant").on(t.tenantId, t.id),
  ],
);

export const projectMembers = pgTable(
  "project_members",
  {
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    userId: id("user", "user_id").notNull(),
    role: text("role", { enum: projectRoles }).notNull(),
    providerId: id("identityProvider", "provider_id"),
    providerGroup: text("provider_group"),
    /** As with the tenant: from then on the role is none. */
    until: instant("until"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.projectId, t.userId] }),
    foreignKey({
      name: "project_members_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "project_members_are_tenant_members",
      columns: [t.tenantId, t.userId],
      foreignColumns: [tenantMembers.tenantId, tenantMembers.userId],
    }).onDelete("cascade"),
  ],
);
