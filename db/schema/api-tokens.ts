import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { projects } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { projectRoles } from "#lib/domain/access/role";

/** A program's own account in one project: it has a role there, and no password. */
export const serviceAccounts = pgTable(
  "service_accounts",
  {
    id: id("serviceAccount", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    name: text("name").notNull(),
    role: text("role", { enum: projectRoles }).notNull(),
    createdByName: text("created_by_name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** Kept after its end, for its name in what it did. */
    removedAt: instant("removed_at"),
  },
  (t) => [
    foreignKey({
      name: "service_accounts_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
    unique("service_accounts_of_project").on(t.tenantId, t.projectId, t.id),
    uniqueIndex("service_accounts_name").on(t.projectId, t.name).where(sql`${t.removedAt} is null`),
  ],
);

/**
 * What a program shows instead of a password: of a service account, or of a person. Only its key and
 * the SHA-256 of it are kept.
 */
export const apiTokens = pgTable(
  "api_tokens",
  {
    id: id("apiToken", "id").primaryKey(),
    /** The eight characters that name it, in the token itself. */
    key: text("key").notNull(),
    sha256: text("sha256").notNull(),
    name: text("name").notNull(),
    userId: id("user", "user_id").references(() => users.id, { onDelete: "cascade" }),
    serviceAccountId: id("serviceAccount", "service_account_id"),
    /** Where it is good: of a service account its project; of a person one project, or null for all. */
    tenantId: id("tenant", "tenant_id"),
    projectId: id("project", "project_id"),
    /** Permissions of the policy table. */
    scopes: text("scopes").array().notNull(),
    createdByName: text("created_by_name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    revokedAt: instant("revoked_at"),
    /** To the minute. */
    lastUsedAt: instant("last_used_at"),
    lastUsedAddress: text("last_used_address"),
    /** The window of the rate limit, and the requests in it so far. */
    windowAt: instant("window_at"),
    windowRequests: integer("window_requests").notNull().default(0),
  },
  (t) => [
    uniqueIndex("api_tokens_key").on(t.key),
    index("api_tokens_by_user").on(t.userId),
    index("api_tokens_by_service_account").on(t.serviceAccountId),
    foreignKey({
      name: "api_tokens_service_account",
      columns: [t.tenantId, t.projectId, t.serviceAccountId],
      foreignColumns: [serviceAccounts.tenantId, serviceAccounts.projectId, serviceAccounts.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "api_tokens_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
    check("api_tokens_have_one_owner", sql`num_nonnulls(${t.userId}, ${t.serviceAccountId}) = 1`),
    check(
      "api_tokens_of_one_place",
      sql`(${t.tenantId} is null) = (${t.projectId} is null) and (${t.serviceAccountId} is null or ${t.projectId} is not null)`,
    ),
    check("api_tokens_end", sql`${t.expiresAt} <= ${t.createdAt} + interval '90 days'`),
  ],
);
