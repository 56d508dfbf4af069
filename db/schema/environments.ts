import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { profiles, profileVersions, templateVersions } from "#db/schema/catalogue";
import { id, instant } from "#db/schema/columns";
import { images } from "#db/schema/images";
import { nodes } from "#db/schema/nodes";
import { projects } from "#db/schema/tenants";
import type { AuthorizedKey, PutKeys } from "#lib/domain/environment/authorized-key";
import { environmentStates } from "#lib/domain/environment/state";
import type { ActorId } from "#lib/domain/id";
import type { InputValues } from "#lib/domain/template/inputs";

/** What a tenant launched. */
export const environments = pgTable(
  "environments",
  {
    id: id("environment", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    templateVersionId: id("templateVersion", "template_version_id")
      .notNull()
      .references(() => templateVersions.id),
    imageId: id("image", "image_id")
      .notNull()
      .references(() => images.id),
    name: text("name").notNull(),
    /** How many nodes of each group were asked for: what a retry fills up to. */
    groups: jsonb("groups").$type<Record<string, number>>().notNull(),
    authorizedKeys: jsonb("authorized_keys").$type<AuthorizedKey[]>().notNull(),
    /** What was entered for the template's inputs; values of secrets are elsewhere, sealed. */
    inputs: jsonb("inputs").$type<InputValues>().notNull().default({}),

    state: text("state", { enum: environmentStates }).notNull().default("queued"),
    stateSince: instant("state_since").notNull().defaultNow(),
    stateReason: text("state_reason"),
    /** Raised by every state change; writers name the one they read. */
    generation: integer("generation").notNull().default(0),

    createdBy: text("created_by").$type<ActorId>().notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** When its lease is over and its nodes are given back; null when it has no end. */
    endsAt: instant("ends_at"),
    releasedAt: instant("released_at"),
  },
  (t) => [
    index("environments_by_end")
      .on(t.endsAt)
      .where(sql`${t.endsAt} is not null and ${t.releasedAt} is null`),
    uniqueIndex("environments_name_per_project")
      .on(t.projectId, t.name)
      .where(sql`${t.state} <> 'released'`),
    unique("environments_of_project").on(t.tenantId, t.projectId, t.id),
    // What of the catalogue a tenant still sees, since it has launched it.
    index("environments_by_image").on(t.imageId, t.tenantId),
    index("environments_by_version").on(t.templateVersionId, t.tenantId),
    foreignKey({
      name: "environments_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }),
  ],
);

/** A node held by an environment, from–to. What quota counts and what telemetry is clamped to. */
export const allocations = pgTable(
  "allocations",
  {
    id: id("allocation", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    environmentId: id("environment", "environment_id").notNull(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id),
    groupName: text("group_name").notNull(),
    profileId: id("profile", "profile_id")
      .notNull()
      .references(() => profiles.id),
    /** Whose price it is held at, to its end: one that is told later is not its price. */
    profileVersion: integer("profile_version").notNull().default(1),
    // Copied from the profile, so that editing a profile never moves a quota.
    gpuModel: text("gpu_model"),
    gpus: integer("gpus").notNull(),
    hostname: text("hostname").notNull(),
    /** The keys that were last put on the node; null before its first boot is done. */
    putKeys: jsonb("put_keys").$type<PutKeys>(),
    startedAt: instant("started_at").notNull().defaultNow(),
    releasedAt: instant("released_at"),
  },
  (t) => [
    // Together with the exclusion constraint of the migration: one node is never held twice.
    uniqueIndex("allocations_one_per_node").on(t.nodeId).where(sql`${t.releasedAt} is null`),
    index("allocations_by_environment").on(t.environmentId),
    // What of the catalogue a tenant still sees, since it has held it.
    index("allocations_by_profile").on(t.profileId, t.tenantId),
    // What a project used, some weeks back.
    index("allocations_by_project").on(t.tenantId, t.projectId, t.startedAt),
    index("allocations_held_by_tenant")
      .on(t.tenantId, t.projectId)
      .where(sql`${t.releasedAt} is null`),
    foreignKey({
      name: "allocations_environment",
      columns: [t.tenantId, t.projectId, t.environmentId],
      foreignColumns: [environments.tenantId, environments.projectId, environments.id],
    }),
    foreignKey({
      name: "allocations_profile_version",
      columns: [t.profileId, t.profileVersion],
      foreignColumns: [profileVersions.profileId, profileVersions.version],
    }),
    check("allocations_gpus", sql`${t.gpus} >= 0`),
    check(
      "allocations_end_after_start",
      sql`${t.releasedAt} is null or ${t.releasedAt} >= ${t.startedAt}`,
    ),
  ],
);
