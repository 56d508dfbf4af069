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
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { projects, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { passwordRules } from "#lib/domain/access/password-rules";
import { operatorRoles, projectRoles, tenantRoles } from "#lib/domain/access/role";

/** A company's OpenID provider, that people may sign in with. */
export const identityProviders = pgTable(
  "identity_providers",
  {
    id: id("identityProvider", "id").primaryKey(),
    /** On its button: "Continue with …". */
    label: text("label").notNull(),
    /** As the provider writes it in its tokens, to the letter. */
    issuer: text("issuer").notNull(),
    clientId: text("client_id").notNull(),
    sealedSecret: text("sealed_secret").notNull(),
    /** Of whose addresses accounts may be made; none says any. */
    emailDomains: text("email_domains").array().notNull().default([]),
    /** The claim that lists a person's groups. */
    groupsClaim: text("groups_claim").notNull(),
    /** It asks for a second factor itself, so ours is not asked for after it. */
    ownSecondFactor: boolean("own_second_factor").notNull().default(false),
    enabled: boolean("enabled").notNull().default(true),
    createdAt: instant("created_at").notNull().defaultNow(),
    changedAt: instant("changed_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("identity_providers_issuer").on(t.issuer)],
);

/** Who a provider says one of our people is: issuer and subject, and never the email address. */
export const userIdentities = pgTable(
  "user_identities",
  {
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** What the provider called them last; only to recognise it by. */
    name: text("name").notNull(),
    linkedAt: instant("linked_at").notNull().defaultNow(),
    lastUsedAt: instant("last_used_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.issuer, t.subject] }),
    // One per provider, so that "unlink" and "by group" are about one of them.
    uniqueIndex("user_identities_one_per_issuer").on(t.userId, t.issuer),
  ],
);

/** Which role people of a provider's group have: in the fleet, in a tenant, or in one project. */
export const groupRoles = pgTable(
  "group_roles",
  {
    id: id("groupRole", "id").primaryKey(),
    providerId: id("identityProvider", "provider_id")
      .notNull()
      .references(() => identityProviders.id, { onDelete: "cascade" }),
    group: text("group_name").notNull(),
    operatorRole: text("operator_role", { enum: operatorRoles }),
    tenantId: id("tenant", "tenant_id").references(() => tenants.id),
    tenantRole: text("tenant_role", { enum: tenantRoles }),
    projectId: id("project", "project_id"),
    projectRole: text("project_role", { enum: projectRoles }),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    index("group_roles_by_provider").on(t.providerId),
    uniqueIndex("group_roles_once").on(
      t.providerId,
      t.group,
      sql`coalesce(${t.tenantId}, '')`,
      sql`coalesce(${t.projectId}, '')`,
    ),
    foreignKey({
      name: "group_roles_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }),
    check(
      "group_roles_one_place",
      sql`num_nonnulls(${t.operatorRole}, ${t.tenantRole}, ${t.projectRole}) = 1
        and (${t.operatorRole} is null) = (${t.tenantId} is not null)
        and (${t.projectRole} is not null) = (${t.projectId} is not null)`,
    ),
  ],
);

/** How people may sign in: one row, and without it what stands here as default. */
export const signInRules = pgTable(
  "sign_in_rules",
  {
    id: integer("id").primaryKey(),
    passwords: text("passwords", { enum: passwordRules }).notNull().default("everyone"),
    /** Operators without a second factor do nothing until they have one. */
    operatorsNeedFactor: boolean("operators_need_factor").notNull().default(false),
    changedAt: instant("changed_at").notNull().defaultNow(),
  },
  (t) => [check("sign_in_rules_one_row", sql`${t.id} = 1`)],
);
