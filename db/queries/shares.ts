import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { imageShares, profileShares, templateShares } from "#db/schema/catalogue";
import type { Id } from "#lib/domain/id";
import type { SharedPart } from "#lib/domain/shared-part";

// Which projects may use a part of the catalogue. Of projects that do not exist nothing is said; the
// names of the others are given: `aurora/foundation`.

const sharesOf = {
  template: { table: templateShares, part: templateShares.templateId },
  profile: { table: profileShares, part: profileShares.profileId },
  image: { table: imageShares, part: imageShares.imageId },
} as const;

/** Shares a part with these projects and no others. */
export async function setShares(
  tx: Transaction,
  part: SharedPart,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  await deleteShares(tx, part, sql`not project_id = any(${textArray(projectIds)})`);
  return addShares(tx, part, projectIds);
}

/** Shares a part with these projects as well. */
export async function addShares(
  tx: Transaction,
  { kind, id }: SharedPart,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  const { table, part } = sharesOf[kind];
  await tx.execute(sql`
    insert into ${table} (${sql.identifier(part.name)}, tenant_id, project_id)
    select ${id}, p.tenant_id, p.id from projects p where p.id = any(${textArray(projectIds)})
    on conflict do nothing`);
  return listNames(tx, projectIds);
}

/** Takes a part from these projects. */
export async function removeShares(
  tx: Transaction,
  part: SharedPart,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  await deleteShares(tx, part, sql`project_id = any(${textArray(projectIds)})`);
  return listNames(tx, projectIds);
}

/** Which of these projects a part is shared with. */
export async function listShares(
  tx: Transaction,
  { kind, id }: SharedPart,
  projectIds: readonly Id<"project">[],
): Promise<string[]> {
  const { table, part } = sharesOf[kind];
  const { rows } = await tx.execute<{ name: string }>(sql`
    select t.slug || '/' || p.slug as name
    from ${table} s join projects p on p.id = s.project_id join tenants t on t.id = p.tenant_id
    where s.${sql.identifier(part.name)} = ${id} and p.id = any(${textArray(projectIds)})
    order by t.slug, p.slug`);
  return rows.map((row) => row.name);
}

async function deleteShares(tx: Transaction, { kind, id }: SharedPart, which: SQL): Promise<void> {
  const { table, part } = sharesOf[kind];
  await tx.execute(
    sql`delete from ${table} where ${sql.identifier(part.name)} = ${id} and ${which}`,
  );
}

async function listNames(tx: Transaction, ids: readonly Id<"project">[]): Promise<string[]> {
  const { rows } = await tx.execute<{ name: string }>(sql`
    select t.slug || '/' || p.slug as name from projects p join tenants t on t.id = p.tenant_id
    where p.id = any(${textArray(ids)}) order by t.slug, p.slug`);
  return rows.map((row) => row.name);
}

const textArray = (ids: readonly string[]) => sql`${sql.param([...ids])}::text[]`;
