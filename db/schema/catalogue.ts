import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { images } from "#db/schema/images";
import { nodeTypes } from "#db/schema/nodes";
import { projects, tenants } from "#db/schema/tenants";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import { containerRuntimes, gpuSharings } from "#lib/domain/profile/facts";
import { profileStates, profileTypes } from "#lib/domain/profile/profile";
import type { TemplateAction } from "#lib/domain/template/actions";
import type { TemplateInput } from "#lib/domain/template/inputs";
import {
  nodeGroupRoles,
  noNetwork,
  type TemplateBootConfig,
  type TemplateNetwork,
  templateStates,
} from "#lib/domain/template/template";

/** What a tenant chooses: a whole node of one node type, on the terms of the version that is offered. */
export const profiles = pgTable(
  "profiles",
  {
    id: id("profile", "id").primaryKey(),
    /** Short and stable: `gpu-8x-h200`. */
    name: text("name").notNull(),
    type: text("type", { enum: profileTypes }).notNull().default("baremetal"),
    nodeTypeId: id("nodeType", "node_type_id")
      .notNull()
      .references(() => nodeTypes.id),
    /** 8, 4, 1, or 0 for a CPU node. */
    gpusPerNode: integer("gpus_per_node").notNull(),
    /** What quota counts; null for a CPU node. */
    gpuModel: text("gpu_model"),
    /** The version that is offered; of a draft profile, the one it begins with. */
    version: integer("version").notNull().default(1),
    state: text("state", { enum: profileStates }).notNull().default("draft"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("profiles_name").on(t.name),
    check("profiles_gpus", sql`${t.gpusPerNode} in (0, 1, 4, 8)`),
    check("profiles_gpus_have_a_model", sql`(${t.gpusPerNode} > 0) = (${t.gpuModel} is not null)`),
  ],
);

/** The terms of a profile. A version is a draft until it is published, and never changes after. */
export const profileVersions = pgTable(
  "profile_versions",
  {
    profileId: id("profile", "profile_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    version: integer("version").notNull(),
    displayName: text("display_name").notNull(),
    description: text("description").notNull().default(""),
    defaultImageId: id("image", "default_image_id")
      .notNull()
      .references(() => images.id),
    /** What its nodes may run, the default among it; null for any image that the project may run. */
    allowedImageIds: text("allowed_image_ids").array().$type<Id<"image">[]>(),
    /** How long an environment may keep a node of it, in hours; null for as long as it likes. */
    longestLeaseHours: integer("longest_lease_hours"),
    /** What a node costs in an hour, in hundredths of the currency; null where no price is told. */
    priceCents: integer("price_cents"),
    gpuSharing: text("gpu_sharing", { enum: gpuSharings }).notNull().default("none"),
    containerRuntime: text("container_runtime", { enum: containerRuntimes })
      .notNull()
      .default("runc"),
    storageClasses: text("storage_classes").array().notNull().default([]),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** Null for a draft. */
    publishedAt: instant("published_at"),
  },
  (t) => [
    primaryKey({ columns: [t.profileId, t.version] }),
    uniqueIndex("profile_versions_one_draft").on(t.profileId).where(sql`${t.publishedAt} is null`),
    check(
      "profile_versions_default_allowed",
      sql`${t.allowedImageIds} is null or ${t.defaultImageId} = any (${t.allowedImageIds})`,
    ),
    check("profile_versions_lease", sql`${t.longestLeaseHours} between 1 and 8760`),
    check(
      "profile_versions_gpu_sharing",
      sql`${t.gpuSharing} in ('none', 'mig', 'time_slicing', 'mps')`,
    ),
    check("profile_versions_container_runtime", sql`${t.containerRuntime} in ('runc', 'kata')`),
    check("profile_versions_price", sql`${t.priceCents} between 0 and 100000000`),
  ],
);

/** One row: what prices are told in. */
export const priceCurrency = pgTable("price_currency", {
  only: boolean("only").primaryKey().default(true),
  /** ISO 4217: `EUR`. */
  code: text("code").notNull(),
});

export const templates = pgTable(
  "templates",
  {
    id: id("template", "id").primaryKey(),
    name: text("name").notNull(),
    /** What its versions say since 0056. Read by programs of before alone; a later migration drops both. */
    description: text("description").notNull().default(""),
    readme: text("readme").notNull().default(""),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("templates_name").on(t.name)],
);

export const templateVersions = pgTable(
  "template_versions",
  {
    id: id("templateVersion", "id").primaryKey(),
    templateId: id("template", "template_id")
      .notNull()
      .references(() => templates.id),
    version: integer("version").notNull(),
    state: text("state", { enum: templateStates }).notNull().default("draft"),
    /** One line for its card. */
    description: text("description").notNull().default(""),
    /** In Markdown. */
    readme: text("readme").notNull().default(""),
    bootConfig: jsonb("boot_config")
      .$type<TemplateBootConfig>()
      .notNull()
      .default({ packages: [], commands: [] }),
    /** How long its environments may stay, in hours, if their profiles allow no less; null for no limit. */
    longestLeaseHours: integer("longest_lease_hours"),
    /** What its environments draw from the pools of their site. */
    network: jsonb("network").$type<TemplateNetwork>().notNull().default(noNetwork),
    /** What is asked at launch. */
    inputs: jsonb("inputs").$type<TemplateInput[]>().notNull().default([]),
    /** What is done besides, point by point, in this order. */
    hooks: jsonb("hooks").$type<TemplateHook[]>().notNull().default([]),
    /** What people may do to an environment that runs. */
    actions: jsonb("actions").$type<TemplateAction[]>().notNull().default([]),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("template_versions_number").on(t.templateId, t.version),
    check("template_versions_lease", sql`${t.longestLeaseHours} between 1 and 8760`),
  ],
);

/** A group of like nodes in a template, with how many of them a launch may ask for. */
export const templateGroups = pgTable(
  "template_groups",
  {
    templateVersionId: id("templateVersion", "template_version_id")
      .notNull()
      .references(() => templateVersions.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    position: integer("position").notNull(),
    role: text("role", { enum: nodeGroupRoles }).notNull(),
    profileId: id("profile", "profile_id")
      .notNull()
      .references(() => profiles.id),
    minCount: integer("min_count").notNull(),
    maxCount: integer("max_count").notNull(),
    defaultCount: integer("default_count").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.templateVersionId, t.name] }),
    check(
      "template_groups_counts",
      sql`0 <= ${t.minCount} and ${t.minCount} <= ${t.defaultCount} and ${t.defaultCount} <= ${t.maxCount} and ${t.maxCount} <= 64`,
    ),
  ],
);

const toProject = {
  tenantId: () => id("tenant", "tenant_id").notNull(),
  projectId: () => id("project", "project_id").notNull(),
};

export const profileShares = pgTable(
  "profile_shares",
  {
    profileId: id("profile", "profile_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    tenantId: toProject.tenantId(),
    projectId: toProject.projectId(),
  },
  (t) => [
    primaryKey({ columns: [t.profileId, t.projectId] }),
    index("profile_shares_by_tenant").on(t.tenantId),
    foreignKey({
      name: "profile_shares_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
  ],
);

export const templateShares = pgTable(
  "template_shares",
  {
    templateId: id("template", "template_id")
      .notNull()
      .references(() => templates.id, { onDelete: "cascade" }),
    tenantId: toProject.tenantId(),
    projectId: toProject.projectId(),
  },
  (t) => [
    primaryKey({ columns: [t.templateId, t.projectId] }),
    index("template_shares_by_tenant").on(t.tenantId),
    foreignKey({
      name: "template_shares_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
  ],
);

export const imageShares = pgTable(
  "image_shares",
  {
    imageId: id("image", "image_id")
      .notNull()
      .references(() => images.id, { onDelete: "cascade" }),
    tenantId: toProject.tenantId(),
    projectId: toProject.projectId(),
  },
  (t) => [
    primaryKey({ columns: [t.imageId, t.projectId] }),
    index("image_shares_by_tenant").on(t.tenantId),
    foreignKey({
      name: "image_shares_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
  ],
);

const toTenant = () =>
  id("tenant", "tenant_id")
    .notNull()
    .references(() => tenants.id);

// What a whole tenant has: every project of it has a share too, and one that is made later gets it
// when it is made. Who asks whether a project may use a part reads the shares alone.

export const profileTenantShares = pgTable(
  "profile_tenant_shares",
  {
    profileId: id("profile", "profile_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    tenantId: toTenant(),
  },
  (t) => [
    primaryKey({ columns: [t.profileId, t.tenantId] }),
    index("profile_tenant_shares_by_tenant").on(t.tenantId),
  ],
);

export const templateTenantShares = pgTable(
  "template_tenant_shares",
  {
    templateId: id("template", "template_id")
      .notNull()
      .references(() => templates.id, { onDelete: "cascade" }),
    tenantId: toTenant(),
  },
  (t) => [
    primaryKey({ columns: [t.templateId, t.tenantId] }),
    index("template_tenant_shares_by_tenant").on(t.tenantId),
  ],
);

export const imageTenantShares = pgTable(
  "image_tenant_shares",
  {
    imageId: id("image", "image_id")
      .notNull()
      .references(() => images.id, { onDelete: "cascade" }),
    tenantId: toTenant(),
  },
  (t) => [
    primaryKey({ columns: [t.imageId, t.tenantId] }),
    index("image_tenant_shares_by_tenant").on(t.tenantId),
  ],
);
