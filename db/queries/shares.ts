import { and, asc, eq, inArray, notInArray, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { imageShares, profileShares, templateShares } from "#db/schema/catalogue";
import { projects, tenants } from "#db/schema/tenants";
import type { Id } from "#lib/domain/id";

// Which projects may use a part of the catalogue. Each function makes the wanted set true, of those
// projects that exist, and gives their names: `aurora/foundation`.

export async function setProfileShares(
  tx: Transaction,
  profileId: Id<"profile">,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  const { profileId: ofProfile, projectId } = profileShares;
  await tx
    .delete(profileShares)
    .where(and(eq(ofProfile, profileId), notInArray(projectId, [...projectIds])));
  const rows = await listProjects(tx, projectIds);
  if (rows.length === 0) return [];
  await tx
    .insert(profileShares)
    .values(rows.map(({ tenantId, projectId }) => ({ profileId, tenantId, projectId })))
    .onConflictDoNothing();
  return rows.map((row) => row.name);
}

export async function setTemplateShares(
  tx: Transaction,
  templateId: Id<"template">,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  const { templateId: ofTemplate, projectId } = templateShares;
  await tx
    .delete(templateShares)
    .where(and(eq(ofTemplate, templateId), notInArray(projectId, [...projectIds])));
  const rows = await listProjects(tx, projectIds);
  if (rows.length === 0) return [];
  await tx
    .insert(templateShares)
    .values(rows.map(({ tenantId, projectId }) => ({ templateId, tenantId, projectId })))
    .onConflictDoNothing();
  return rows.map((row) => row.name);
}

export async function setImageShares(
  tx: Transaction,
  imageId: Id<"image">,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  const { imageId: ofImage, projectId } = imageShares;
  await tx
    .delete(imageShares)
    .where(and(eq(ofImage, imageId), notInArray(projectId, [...projectIds])));
  const rows = await listProjects(tx, projectIds);
  if (rows.length === 0) return [];
  await tx
    .insert(imageShares)
    .values(rows.map(({ tenantId, projectId }) => ({ imageId, tenantId, projectId })))
    .onConflictDoNothing();
  return rows.map((row) => row.name);
}

async function listProjects(tx: Transaction, ids: readonly Id<"project">[]) {
  return tx
    .select({
      tenantId: projects.tenantId,
      projectId: projects.id,
      name: sql<string>`${tenants.slug} || '/' || ${projects.slug}`,
    })
    .from(projects)
    .innerJoin(tenants, eq(tenants.id, projects.tenantId))
    .where(inArray(projects.id, [...ids]))
    .orderBy(asc(tenants.slug), asc(projects.slug));
}
