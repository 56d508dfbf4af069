import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import type { Id } from "#lib/domain/id";

type Held = { tenantId: Id<"tenant"> | null; from: Date; until: Date };

/** Whose: one tenant's, or everyone's that the transaction sees. */
const of = (tenantId: Id<"tenant"> | null) =>
  tenantId === null ? sql`true` : sql`a.tenant_id = ${tenantId}`;

/** What each line of a report is, and what it is called. */
const parts = {
  tenant: { key: sql`a.tenant_id`, name: sql`t.name` },
  project: { key: sql`a.project_id`, name: sql`p.name` },
  environment: { key: sql`a.environment_id`, name: sql`e.name` },
  profile: { key: sql`a.profile_id`, name: sql`v.display_name` },
} as const;

/** One line of a report, in exact GPU-seconds. */
export type UseRow = {
  id: string;
  name: string;
  tenant: { slug: string; name: string } | null;
  project: { slug: string; name: string } | null;
  held: number;
  busy: number;
  idle: number;
  /** In hundredths of the currency, of the nodes that have a price; null when none has. */
  costCents: number | null;
};

/**
 * GPU-seconds from one moment to another (whole days, UTC, or now): held as the allocations tell,
 * busy and idle as was judged. One row per tenant, project, environment or profile that held a GPU,
 * or a node with a price: each node costs what its version said when it was taken.
 */
export async function listUse(
  tx: Transaction,
  by: keyof typeof parts,
  { tenantId, from, until }: Held,
): Promise<UseRow[]> {
  const { key, name } = parts[by];
  const begins = sql`${from.toISOString()}::timestamptz`;
  const ends = sql`${until.toISOString()}::timestamptz`;
  const withTenant = by === "profile" ? sql`null` : sql`min(t.slug)`;
  const withProject = by === "profile" || by === "tenant" ? sql`null` : sql`min(p.slug)`;
  const { rows } = await tx.execute<{
    id: string;
    name: string;
    tenant_slug: string | null;
    tenant_name: string;
    project_slug: string | null;
    project_name: string;
    held: number;
    busy: number;
    idle: number;
    cost: number | null;
  }>(sql`
    with used as (
      select allocation_id, sum(busy_seconds) as busy, sum(idle_seconds) as idle
      from use_days
      where day >= (${begins} at time zone 'UTC')::date
        and day <= ((${ends} - interval '1 microsecond') at time zone 'UTC')::date
      group by allocation_id
    )
    select ${key} as id, min(${name}) as name, ${withTenant} as tenant_slug, min(t.name) as tenant_name,
      ${withProject} as project_slug, min(p.name) as project_name,
      sum(a.gpus * extract(epoch from least(coalesce(a.released_at, ${ends}), ${ends})
        - greatest(a.started_at, ${begins})))::float8 as held,
      coalesce(sum(u.busy), 0)::float8 as busy, coalesce(sum(u.idle), 0)::float8 as idle,
      (sum(h.price_cents * extract(epoch from least(coalesce(a.released_at, ${ends}), ${ends})
        - greatest(a.started_at, ${begins}))) / 3600)::float8 as cost
    from allocations a
      left join used u on u.allocation_id = a.id
      join tenants t on t.id = a.tenant_id
      join projects p on p.id = a.project_id
      join environments e on e.id = a.environment_id
      join profiles f on f.id = a.profile_id
      join profile_versions v on v.profile_id = f.id and v.version = f.version
      join profile_versions h on h.profile_id = a.profile_id and h.version = a.profile_version
    where (a.gpus > 0 or h.price_cents is not null) and a.started_at < ${ends} and coalesce(a.released_at, 'infinity') > ${begins}
      and ${of(tenantId)}
    group by ${key}`);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    tenant: row.tenant_slug ? { slug: row.tenant_slug, name: row.tenant_name } : null,
    project: row.project_slug ? { slug: row.project_slug, name: row.project_name } : null,
    held: row.held,
    busy: row.busy,
    idle: row.idle,
    costCents: row.cost,
  }));
}

/** One day of use (UTC), in exact GPU-seconds. */
export type UseDay = { day: string; held: number; busy: number; idle: number };

/** GPU-seconds of each day from one moment to another, oldest first; days on which nothing was held, too. */
export async function listUseDays(
  tx: Transaction,
  { tenantId, from, until }: Held,
): Promise<UseDay[]> {
  const begins = sql`${from.toISOString()}::timestamptz`;
  const ends = sql`${until.toISOString()}::timestamptz`;
  const { rows } = await tx.execute<UseDay>(sql`
    with days as (
      select d::date as day, d at time zone 'UTC' as begins,
        least((d + interval '1 day') at time zone 'UTC', ${ends}) as ends
      from generate_series(${begins} at time zone 'UTC',
        (${ends} - interval '1 microsecond') at time zone 'UTC', interval '1 day') d
    ), held as (
      select d.day, sum(a.gpus * extract(epoch from least(coalesce(a.released_at, d.ends), d.ends)
        - greatest(a.started_at, d.begins))) as seconds
      from days d join allocations a on a.gpus > 0 and a.started_at < d.ends
        and coalesce(a.released_at, 'infinity') > d.begins and ${of(tenantId)}
      group by d.day
    ), used as (
      select u.day, sum(u.busy_seconds) as busy, sum(u.idle_seconds) as idle
      from use_days u join allocations a on a.id = u.allocation_id and ${of(tenantId)}
      where u.day in (select day from days) group by u.day
    )
    select d.day::text as day, coalesce(h.seconds, 0)::float8 as held,
      coalesce(u.busy, 0)::float8 as busy, coalesce(u.idle, 0)::float8 as idle
    from days d left join held h on h.day = d.day left join used u on u.day = d.day
    order by d.day`);
  return rows;
}

/** An environment with GPUs that are idle now. */
export type IdleRow = {
  id: Id<"environment">;
  name: string;
  tenant: { slug: string; name: string };
  /** `idleGpus`: of all its environments. */
  project: { slug: string; name: string; idleGpus: number };
  idleGpus: number;
  heldGpus: number;
  heldNodes: number;
  /** Since when all of these are idle. */
  since: Date;
  /** How long each has been idle, summed. */
  idleSeconds: number;
};

/** The environments with idle GPUs, project by project, those that hold the most of them first. */
export async function listIdle(
  tx: Transaction,
  tenantId: Id<"tenant"> | null,
  limit: number,
): Promise<IdleRow[]> {
  const { rows } = await tx.execute<{
    id: Id<"environment">;
    name: string;
    tenant_slug: string;
    tenant_name: string;
    project_slug: string;
    project_name: string;
    project_idle_gpus: number;
    idle_gpus: number;
    held_gpus: number;
    held_nodes: number;
    since: string;
    idle_seconds: number;
  }>(sql`
    with idle as (
      select a.environment_id, count(*)::int as idle_gpus, max(i.since) as since,
        sum(extract(epoch from j.until - i.since))::float8 as idle_seconds
      from use_judged j cross join idle_gpus i join allocations a on a.id = i.allocation_id
      where a.released_at is null and ${of(tenantId)}
      group by a.environment_id
    )
    select e.id, e.name, t.slug as tenant_slug, t.name as tenant_name, p.slug as project_slug,
      p.name as project_name,
      sum(idle.idle_gpus) over (partition by p.id)::int as project_idle_gpus, idle.idle_gpus, idle.since, idle.idle_seconds, h.held_gpus, h.held_nodes
    from idle join environments e on e.id = idle.environment_id
      join tenants t on t.id = e.tenant_id join projects p on p.id = e.project_id
      cross join lateral (
        select sum(a.gpus)::int as held_gpus, count(*)::int as held_nodes from allocations a
        where a.environment_id = e.id and a.released_at is null and a.gpus > 0) h
    order by project_idle_gpus desc, p.id, idle.idle_gpus desc, idle.since, e.id limit ${limit}`);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    tenant: { slug: row.tenant_slug, name: row.tenant_name },
    project: {
      ...{ slug: row.project_slug, name: row.project_name },
      idleGpus: row.project_idle_gpus,
    },
    idleGpus: row.idle_gpus,
    heldGpus: row.held_gpus,
    heldNodes: row.held_nodes,
    since: new Date(row.since),
    idleSeconds: row.idle_seconds,
  }));
}

/** Up to when use has been judged; null before the first time. */
export async function findJudgedUntil(tx: Transaction): Promise<Date | null> {
  const { rows } = await tx.execute<{ until: string }>(sql`select until from use_judged`);
  return rows[0] ? new Date(rows[0].until) : null;
}
