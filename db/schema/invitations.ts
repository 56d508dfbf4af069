import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { projects, tenants } from "#db/schema/tenants";
import { projectRoles, tenantRoles } from "#lib/domain/access/role";
import type { ActorId } from "#lib/domain/id";

/** A link that makes whoever holds it, and owns its address, a member of a tenant. */
export const invitations = pgTable(
  "invitations",
  {
    id: id("invitation", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id")
      .notNull()
      .references(() => tenants.id),
    /** In lower case. */
    email: text("email").notNull(),
    role: text("role", { enum: tenantRoles }).notNull(),
    /** How many days the membership lasts from its beginning; null for one that does not end. */
    memberDays: integer("member_days"),
    /** Of the link that holds; one that was sent before it is void. */
    tokenHash: text("token_hash").notNull(),
    invitedBy: text("invited_by").$type<ActorId>().notNull(),
    invitedByName: text("invited_by_name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    acceptedAt: instant("accepted_at"),
    acceptedBy: id("user", "accepted_by"),
    withdrawnAt: instant("withdrawn_at"),
  },
  (t) => [
    unique("invitations_of_tenant").on(t.tenantId, t.id),
    uniqueIndex("invitations_token").on(t.tokenHash),
    uniqueIndex("invitations_one_open_per_address")
      .on(t.tenantId, t.email)
      .where(sql`${t.acceptedAt} is null and ${t.withdrawnAt} is null`),
    check("invitations_end_once", sql`${t.acceptedAt} is null or ${t.withdrawnAt} is null`),
    check("invitations_owner_stays", sql`${t.role} <> 'owner' or ${t.memberDays} is null`),
    check("invitations_member_days", sql`${t.memberDays} between 1 and 366`),
  ],
);

/** The roles in projects that come with an invitation. */
export const invitationProjects = pgTable(
  "invitation_projects",
  {
    tenantId: id("tenant", "tenant_id").notNull(),
    invitationId: id("invitation", "invitation_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    role: text("role", { enum: projectRoles }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.invitationId, t.projectId] }),
    foreignKey({
      name: "invitation_projects_invitation",
      columns: [t.tenantId, t.invitationId],
      foreignColumns: [invitations.tenantId, invitations.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "invitation_projects_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
  ],
);
