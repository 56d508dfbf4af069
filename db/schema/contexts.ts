import { sql } from "drizzle-orm";
import {
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
import { templates } from "#db/schema/catalogue";
import { id, instant } from "#db/schema/columns";
import { environments } from "#db/schema/environments";
import { providers } from "#db/schema/hooks";
import { projects } from "#db/schema/tenants";
import type { ContextFile } from "#lib/domain/context/context";
import { contextSources } from "#lib/domain/context/in-force";

/** Variables and files that the platform team gives to what this is attached to; its secrets are apart. */
export const contexts = pgTable(
  "contexts",
  {
    id: id("context", "id").primaryKey(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    variables: jsonb("variables").$type<Record<string, string>>().notNull().default({}),
    files: jsonb("files").$type<ContextFile[]>().notNull().default([]),
    createdAt: instant("created_at").notNull().defaultNow(),
    changedAt: instant("changed_at").notNull().defaultNow(),
    /** Its row stays while an environment has a copy of it. */
    removedAt: instant("removed_at"),
  },
  (t) => [uniqueIndex("contexts_name").on(t.name).where(sql`${t.removedAt} is null`)],
);

/**
 * One value of a secret of a context, sealed for the worker: the portal writes it and never reads it
 * back. A value never changes. Another one is another row, so that environments go on with theirs.
 */
export const contextSecrets = pgTable(
  "context_secrets",
  {
    id: id("contextSecret", "id").primaryKey(),
    contextId: id("context", "context_id")
      .notNull()
      .references(() => contexts.id),
    name: text("name").notNull(),
    sealedValue: text("sealed_value").notNull(),
    rotatedAt: instant("rotated_at").notNull().defaultNow(),
    rotatedByName: text("rotated_by_name").notNull(),
    /** When another value took its place, or it was removed. */
    endedAt: instant("ended_at"),
  },
  (t) => [
    uniqueIndex("context_secrets_current").on(t.contextId, t.name).where(sql`${t.endedAt} is null`),
  ],
);

/** What a context goes with: a template, a provider, or a project. */
export const contextAttachments = pgTable(
  "context_attachments",
  {
    contextId: id("context", "context_id")
      .notNull()
      .references(() => contexts.id),
    templateId: id("template", "template_id").references(() => templates.id, {
      onDelete: "cascade",
    }),
    providerId: id("provider", "provider_id").references(() => providers.id, {
      onDelete: "cascade",
    }),
    tenantId: id("tenant", "tenant_id"),
    projectId: id("project", "project_id"),
    attachedAt: instant("attached_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("context_attachments_once").on(
      t.contextId,
      sql`coalesce(${t.templateId}, ${t.providerId}, ${t.projectId})`,
    ),
    index("context_attachments_by_template").on(t.templateId),
    index("context_attachments_by_provider").on(t.providerId),
    index("context_attachments_by_project").on(t.tenantId, t.projectId),
    foreignKey({
      name: "context_attachments_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
    check(
      "context_attachments_one_place",
      sql`num_nonnulls(${t.templateId}, ${t.providerId}, ${t.projectId}) = 1
        and (${t.tenantId} is null) = (${t.projectId} is null)`,
    ),
  ],
);

const ofEnvironment = {
  tenantId: () => id("tenant", "tenant_id").notNull(),
  projectId: () => id("project", "project_id").notNull(),
  environmentId: () => id("environment", "environment_id").notNull(),
};

/** What an environment was launched with: it keeps this whatever becomes of the context. */
export const environmentContexts = pgTable(
  "environment_contexts",
  {
    tenantId: ofEnvironment.tenantId(),
    projectId: ofEnvironment.projectId(),
    environmentId: ofEnvironment.environmentId(),
    /** The later stands before the earlier. */
    position: integer("position").notNull(),
    contextId: id("context", "context_id")
      .notNull()
      .references(() => contexts.id),
    name: text("name").notNull(),
    source: text("source", { enum: contextSources }).notNull(),
    variables: jsonb("variables").$type<Record<string, string>>().notNull(),
    files: jsonb("files").$type<ContextFile[]>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environmentId, t.position] }),
    index("environment_contexts_by_context").on(t.contextId),
    foreignKey({
      name: "environment_contexts_environment",
      columns: [t.tenantId, t.projectId, t.environmentId],
      foreignColumns: [environments.tenantId, environments.projectId, environments.id],
    }),
  ],
);

/** The values of secrets that an environment was launched with. */
export const environmentContextSecrets = pgTable(
  "environment_context_secrets",
  {
    tenantId: ofEnvironment.tenantId(),
    projectId: ofEnvironment.projectId(),
    environmentId: ofEnvironment.environmentId(),
    secretId: id("contextSecret", "secret_id")
      .notNull()
      .references(() => contextSecrets.id),
  },
  (t) => [
    primaryKey({ columns: [t.environmentId, t.secretId] }),
    index("environment_context_secrets_by_secret").on(t.secretId),
    foreignKey({
      name: "environment_context_secrets_environment",
      columns: [t.tenantId, t.projectId, t.environmentId],
      foreignColumns: [environments.tenantId, environments.projectId, environments.id],
    }),
  ],
);
