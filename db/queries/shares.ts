import { and, eq, inArray, notInArray } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { imageShares, profileShares, templateShares } from "#db/schema/catalogue";
import { projects } from "#db/schema/tenants";
import type { Id } from "#lib/domain/id";

// Which projects may use a part of the catalogue. Each function makes the wanted set true, of those
// projects that exist, and gives how many it came to.

export async function setProfileShares(
  tx: Transaction,
  profileId: Id<"profile">,
  projectIds: readonly Id<"project">[],
): Promise<number> {
  const { profileId: ofProfile, projectId } = profileShares;
  await tx
    .delete(profileShares)
    .where(and(eq(ofProfile, profileId), notInArray(projectId, [...projectIds])));
  const rows = await listProjects(tx, projectIds);
  if (rows.length === 0) return 0;
  await tx
    .insert(profileShares)
    .values(rows.map((row) => ({ profileId, ...row })))
    .onConflictDoNothing();
  return rows.length;
}

export async function setTemplateShares(
  tx: Transaction,
  templateId: Id<"template">,
  projectIds: readonly Id<"project">[],
): Promise<number> {
  const { templateId: ofTemplate, projectId } = templateShares;
  await tx
    .delete(templateShares)
    .where(and(eq(ofTemplate, templateId), notInArray(projectId, [...projectIds])));
  const rows = await listProjects(tx, projectIds);
  if (rows.length === 0) return 0;
  await tx
    .insert(templateShares)
    .values(rows.map((row) => ({ templateId, ...row })))
    .onConflictDoNothing();
  return rows.length;
}

export async function setImageShares(
  tx: Transaction,
  imageId: Id<"image">,
  projectIds: readonly Id<"project">[],
): Promise<number> {
  const { imageId: ofImage, projectId } = imageShares;
  await tx
    .delete(imageShares)
    .where(and(eq(ofImage, imageId), notInArray(projectId, [...projectIds])));
  const rows = await listProjects(tx, projectIds);
  if (rows.length === 0) return 0;
  await tx
    .insert(imageShares)
    .values(rows.map((row) => ({ imageId, ...row })))
    .onConflictDoNothing();
  return rows.length;
}

async function listProjects(tx: Transaction, ids: readonly Id<"project">[]) {
  return tx
    .select({ tenantId: projects.tenantId, projectId: projects.id })
    .from(projects)
    .where(inArray(projects.id, [...ids]));
}
