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

/** A part of the catalogue that is shared. */
export type SharedPart =
  | { kind: "template"; id: Id<"template"> }
  | { kind: "profile"; id: Id<"profile"> }
  | { kind: "image"; id: Id<"image"> };

const sharesOf = {
  template: { table: templateShares, part: templateShares.templateId },
  profile: { table: profileShares, part: profileShares.profileId },
  image: { table: imageShares, part: imageShares.imageId },
} as const;

/** Shares a part with projects as well, of those that exist; gives their names. */
export async function addShares(
  tx: Transaction,
  { kind, id }: SharedPart,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  const { table, part } = sharesOf[kind];
  const rows = await listProjects(tx, projectIds);
  for (const { tenantId, projectId } of rows) {
    await tx.execute(sql`
      insert into ${table} (${sql.identifier(part.name)}, tenant_id, project_id)
      values (${id}, ${tenantId}, ${projectId}) on conflict do nothing`);
  }
  return rows.map((row) => row.name);
}

/** Takes a part from projects; gives the names of those that exist. */
export async function removeShares(
  tx: Transaction,
  { kind, id }: SharedPart,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  const { table, part } = sharesOf[kind];
  const rows = await listProjects(tx, projectIds);
  await tx.execute(sql`
    delete from ${table} where ${part} = ${id}
      and project_id = any(${sql.param(rows.map((row) => row.projectId))}::text[])`);
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
