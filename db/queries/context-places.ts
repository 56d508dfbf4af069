import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { templates } from "#db/schema/catalogue";
import { contextAttachments } from "#db/schema/contexts";
import { providers } from "#db/schema/hooks";
import { projects, tenants } from "#db/schema/tenants";
import { type Id, isId } from "#lib/domain/id";
import { ok, type Result, refuse } from "#lib/domain/result";

/** What a context can be attached to, by an id that says which it is. */
export type PlaceId = Id<"template"> | Id<"project"> | Id<"provider">;
export type PlaceKind = "template" | "project" | "provider";

export type ContextPlace = {
  kind: PlaceKind;
  /** As people call it; of a project with its tenant. */
  name: string;
  /** Its columns of an attachment, and the condition that finds its attachments. */
  columns: Partial<typeof contextAttachments.$inferInsert>;
  where: SQL | undefined;
  tenantId?: Id<"tenant">;
  projectId?: Id<"project">;
};

/** A template, project or provider; refused with the kind that it would have been. */
export async function findContextPlace(
  tx: Transaction,
  id: PlaceId,
): Promise<Result<ContextPlace, PlaceKind>> {
  if (isId("template", id)) {
    const [row] = await tx
      .select({ name: templates.name })
      .from(templates)
      .where(eq(templates.id, id));
    if (!row) return refuse("template");
    const where = eq(contextAttachments.templateId, id);
    return ok({ kind: "template", name: row.name, columns: { templateId: id }, where });
  }
  if (isId("provider", id)) {
    const [row] = await tx
      .select({ name: providers.name })
      .from(providers)
      .where(eq(providers.id, id));
    if (!row) return refuse("provider");
    const where = eq(contextAttachments.providerId, id);
    return ok({ kind: "provider", name: row.name, columns: { providerId: id }, where });
  }
  const [row] = await tx
    .select({ tenantId: projects.tenantId, name: projectName })
    .from(projects)
    .innerJoin(tenants, eq(tenants.id, projects.tenantId))
    .where(eq(projects.id, id));
  if (!row) return refuse("project");
  const columns = { tenantId: row.tenantId, projectId: id };
  const { tenantId, projectId } = contextAttachments;
  const where = and(eq(tenantId, row.tenantId), eq(projectId, id));
  return ok({ kind: "project", name: row.name, columns, where, ...columns });
}

export type NamedPlace = { kind: PlaceKind; id: PlaceId; name: string };

/** Everything a context can be attached to: templates, projects, and the providers that are in use. */
export async function listContextPlaces(tx: Transaction): Promise<NamedPlace[]> {
  const ofTemplates = await tx
    .select({ id: templates.id, name: templates.name })
    .from(templates)
    .orderBy(asc(templates.name));
  const ofProjects = await tx
    .select({ id: projects.id, name: projectName })
    .from(projects)
    .innerJoin(tenants, eq(tenants.id, projects.tenantId))
    .orderBy(asc(projectName));
  const ofProviders = await tx
    .select({ id: providers.id, name: providers.name })
    .from(providers)
    .where(eq(providers.state, "active"))
    .orderBy(asc(providers.name));
  return [
    ...ofTemplates.map((row) => ({ kind: "template" as const, ...row })),
    ...ofProjects.map((row) => ({ kind: "project" as const, ...row })),
    ...ofProviders.map((row) => ({ kind: "provider" as const, ...row })),
  ];
}

/** Where contexts are attached, as it is said. */
export async function listAttachments(
  tx: Transaction,
  contextId?: Id<"context">,
): Promise<(NamedPlace & { contextId: Id<"context"> })[]> {
  const rows = await tx
    .select({
      contextId: contextAttachments.contextId,
      template: { id: templates.id, name: templates.name },
      provider: { id: providers.id, name: providers.name },
      project: { id: projects.id, name: projectName },
    })
    .from(contextAttachments)
    .leftJoin(templates, eq(templates.id, contextAttachments.templateId))
    .leftJoin(providers, eq(providers.id, contextAttachments.providerId))
    .leftJoin(projects, eq(projects.id, contextAttachments.projectId))
    .leftJoin(tenants, eq(tenants.id, projects.tenantId))
    .where(contextId && eq(contextAttachments.contextId, contextId))
    .orderBy(asc(contextAttachments.attachedAt));
  return rows.flatMap(
    ({
      contextId: id,
      template,
      provider,
      project,
    }): (NamedPlace & {
      contextId: Id<"context">;
    })[] => {
      if (template) return [{ contextId: id, kind: "template", ...template }];
      if (provider) return [{ contextId: id, kind: "provider", ...provider }];
      return project?.id ? [{ contextId: id, kind: "project", ...project }] : [];
    },
  );
}

const projectName = sql<string>`${tenants.name} || ' / ' || ${projects.name}`;
