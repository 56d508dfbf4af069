import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { lockTenants } from "#db/queries/tenants";
import {
  imageShares,
  imageTenantShares,
  profileShares,
  profiles,
  profileTenantShares,
  templateShares,
  templates,
  templateTenantShares,
} from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import type { Id } from "#lib/domain/id";
import type { SharedPart } from "#lib/domain/shared-part";

// Which projects may use a part of the catalogue, and which tenants have it as a whole: each project of
// such a tenant has it too, in a row of its own, and one that is made later gets it when it is made.
// Who calls these holds the part's own row. Of what does not exist nothing is said; the names of the
// others are given: `aurora` for a tenant as a whole, `aurora/foundation` for a project.

const sharesOf = {
  template: {
    ...{ shares: templateShares, tenantShares: templateTenantShares },
    ...{ part: templateShares.templateId, named: templates, name: templates.name },
  },
  profile: {
    ...{ shares: profileShares, tenantShares: profileTenantShares },
    ...{ part: profileShares.profileId, named: profiles, name: profiles.name },
  },
  image: {
    ...{ shares: imageShares, tenantShares: imageTenantShares },
    ...{
      part: imageShares.imageId,
      named: images,
      name: sql`${images.name} || ' ' || ${images.version}`,
    },
  },
} as const;

/** Whom a part is shared with. */
export type ShareHolders = {
  tenantIds: readonly Id<"tenant">[];
  projectIds: readonly Id<"project">[];
};

type Names = { tenants: string[]; projects: string[] };

/**
 * Shares a part with these tenants and projects and no others. Tenants that are left out altogether stay as they
 * are: programs that know of projects alone take nothing from a whole tenant.
 */
export async function setShares(
  tx: Transaction,
  part: SharedPart,
  {
    tenantIds,
    projectIds,
  }: { tenantIds?: ShareHolders["tenantIds"] | undefined } & Pick<ShareHolders, "projectIds">,
): Promise<Names> {
  const { tenantShares } = sharesOf[part.kind];
  const { rows: had } = await tx.execute<{ tenant_id: Id<"tenant"> }>(
    sql`select tenant_id from ${tenantShares} where ${isOf(part)}`,
  );
  const hadIds = had.map((row) => row.tenant_id);
  const to = { tenantIds: tenantIds ?? hadIds, projectIds };
  await lockTenants(tx, [...hadIds, ...to.tenantIds]);
  const others = sql`not tenant_id = any(${textArray(to.tenantIds)})`;
  await deleteShares(tx, part, {
    ofTenants: others,
    ofProjects: sql`${others} and not project_id = any(${textArray(to.projectIds)})`,
  });
  return insertShares(tx, part, to);
}

/** Shares a part with these tenants and projects as well. */
export async function addShares(
  tx: Transaction,
  part: SharedPart,
  to: ShareHolders,
): Promise<Names> {
  await lockTenants(tx, to.tenantIds);
  return insertShares(tx, part, to);
}

/** Takes a part from these projects, and from these tenants with all their projects. */
export async function removeShares(
  tx: Transaction,
  part: SharedPart,
  from: ShareHolders,
): Promise<Names> {
  await lockTenants(tx, from.tenantIds);
  const these = sql`tenant_id = any(${textArray(from.tenantIds)})`;
  await deleteShares(tx, part, {
    ofTenants: these,
    ofProjects: sql`(${these} or project_id = any(${textArray(from.projectIds)}))`,
  });
  return listNames(tx, from);
}

/**
 * Shares with a project that was just made what its tenant has as a whole; gives it in words:
 * `template training`. The tenant is locked by then.
 */
export async function shareWithNewProject(
  tx: Transaction,
  tenantId: Id<"tenant">,
  projectId: Id<"project">,
): Promise<string[]> {
  const shared: string[] = [];
  for (const [kind, { shares, tenantShares, part, named, name }] of Object.entries(sharesOf)) {
    const column = sql.identifier(part.name);
    await tx.execute(sql`
      insert into ${shares} (${column}, tenant_id, project_id)
      select ${column}, tenant_id, ${projectId} from ${tenantShares} where tenant_id = ${tenantId}`);
    // By now the tenant sees them, also where it had no project before.
    const { rows } = await tx.execute<{ name: string }>(sql`
      select ${name} as name from ${shares} s join ${named} on ${named.id} = s.${column}
      where s.project_id = ${projectId} order by 1`);
    shared.push(...rows.map((row) => `${kind} ${row.name}`));
  }
  return shared;
}

/** Which of these tenants and projects have a part; of tenants that have no whole of it, the projects that do. */
export async function listShares(
  tx: Transaction,
  part: SharedPart,
  { tenantIds, projectIds }: ShareHolders,
): Promise<string[]> {
  const { shares, tenantShares } = sharesOf[part.kind];
  const whole = sql`(select tenant_id from ${tenantShares} where ${isOf(part)})`;
  const { rows } = await tx.execute<{ name: string }>(sql`
    select t.slug as name from tenants t
    where t.id = any(${textArray(tenantIds)}) and t.id in ${whole}
    union
    select t.slug || '/' || p.slug as name
    from ${shares} s join projects p on p.id = s.project_id join tenants t on t.id = p.tenant_id
    where ${isOf(part, sql`s.`)} and (p.id = any(${textArray(projectIds)})
      or (t.id = any(${textArray(tenantIds)}) and t.id not in ${whole}))
    order by name`);
  return rows.map((row) => row.name);
}

/** The name of a tenant that has a part as a whole, of one of these projects and not among these tenants. */
export async function findWholeTenantOf(
  tx: Transaction,
  part: SharedPart,
  { tenantIds, projectIds }: ShareHolders,
): Promise<string | undefined> {
  const { tenantShares } = sharesOf[part.kind];
  const { rows } = await tx.execute<{ name: string }>(sql`
    select t.name from tenants t join projects p on p.tenant_id = t.id
    where p.id = any(${textArray(projectIds)}) and not t.id = any(${textArray(tenantIds)})
      and t.id in (select tenant_id from ${tenantShares} where ${isOf(part)})
    order by t.name limit 1`);
  return rows[0]?.name;
}

/** How much a tenant has of a part: all of it, its later projects too, or so many of its projects. */
export type ShareOfTenant = {
  tenantId: Id<"tenant">;
  partId: SharedPart["id"];
  isWhole: boolean;
  projects: number;
};

/** What these tenants have of the catalogue; a part of which a tenant has nothing is not told. */
export async function listSharesOfTenants(
  tx: Transaction,
  tenantIds: readonly Id<"tenant">[],
): Promise<ShareOfTenant[]> {
  const these = sql`where tenant_id = any(${textArray(tenantIds)})`;
  const each = Object.values(sharesOf).flatMap(({ shares, tenantShares, part }) => {
    const id = sql.identifier(part.name);
    return [
      sql`select tenant_id, ${id} as id, false as whole, 1 as projects from ${shares} ${these}`,
      sql`select tenant_id, ${id} as id, true as whole, 0 as projects from ${tenantShares} ${these}`,
    ];
  });
  const { rows } = await tx.execute<ShareOfTenant>(sql`
    select tenant_id as "tenantId", id as "partId", bool_or(whole) as "isWhole",
      sum(projects)::int as projects
    from (${sql.join(each, sql` union all `)}) as share group by tenant_id, id`);
  return rows;
}

/** Which parts of the catalogue the projects of a tenant may use. */
export async function listSharesOfProjects(
  tx: Transaction,
  tenantId: Id<"tenant">,
): Promise<{ projectId: Id<"project">; partId: SharedPart["id"] }[]> {
  const each = Object.values(sharesOf).map(
    ({ shares, part }) => sql`
      select project_id as "projectId", ${sql.identifier(part.name)} as "partId" from ${shares}
      where tenant_id = ${tenantId}`,
  );
  const { rows } = await tx.execute<{ projectId: Id<"project">; partId: SharedPart["id"] }>(
    sql.join(each, sql` union all `),
  );
  return rows;
}

/** How many projects may use a part. */
export function countShares(tx: Transaction, part: SharedPart): Promise<number> {
  return tx.$count(sharesOf[part.kind].shares, isOf(part));
}

async function insertShares(tx: Transaction, part: SharedPart, to: ShareHolders): Promise<Names> {
  const { shares, tenantShares, part: column } = sharesOf[part.kind];
  await tx.execute(sql`
    insert into ${tenantShares} (${sql.identifier(column.name)}, tenant_id)
    select ${part.id}, t.id from tenants t where t.id = any(${textArray(to.tenantIds)})
    on conflict do nothing`);
  await tx.execute(sql`
    insert into ${shares} (${sql.identifier(column.name)}, tenant_id, project_id)
    select ${part.id}, p.tenant_id, p.id from projects p
    where p.id = any(${textArray(to.projectIds)}) or p.tenant_id = any(${textArray(to.tenantIds)})
    on conflict do nothing`);
  return listNames(tx, to);
}

async function deleteShares(
  tx: Transaction,
  part: SharedPart,
  { ofTenants, ofProjects }: { ofTenants: SQL; ofProjects: SQL },
): Promise<void> {
  const { shares, tenantShares } = sharesOf[part.kind];
  await tx.execute(sql`delete from ${tenantShares} where ${isOf(part)} and ${ofTenants}`);
  await tx.execute(sql`delete from ${shares} where ${isOf(part)} and ${ofProjects}`);
}

async function listNames(tx: Transaction, { tenantIds, projectIds }: ShareHolders): Promise<Names> {
  const { rows: tenants } = await tx.execute<{ name: string }>(sql`
    select slug as name from tenants where id = any(${textArray(tenantIds)}) order by slug`);
  const { rows: projects } = await tx.execute<{ name: string }>(sql`
    select t.slug || '/' || p.slug as name from projects p join tenants t on t.id = p.tenant_id
    where p.id = any(${textArray(projectIds)}) order by t.slug, p.slug`);
  return { tenants: tenants.map((row) => row.name), projects: projects.map((row) => row.name) };
}

/** True of the rows of this part, in any table of shares. */
function isOf({ kind, id }: SharedPart, of: SQL = sql``): SQL {
  return sql`${of}${sql.identifier(sharesOf[kind].part.name)} = ${id}`;
}

const textArray = (ids: readonly string[]) => sql`${sql.param([...ids])}::text[]`;
