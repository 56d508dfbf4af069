import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import type { Id } from "#lib/domain/id";

// What was held, for how long: told by the allocations themselves, so it needs no meter that could
// miss a minute. A node counts from its allocation on, whether it runs or is stopped.

/** Hours of whole nodes, and of the GPUs in them. */
export type Hours = { nodeHours: number; gpuHours: number };

type Scope = { tenantId: Id<"tenant">; projectIds: readonly Id<"project">[]; days: number };

/** The first moment of the window: midnight (UTC), so that its days are whole but for today. */
const windowStart = (days: number) =>
  sql`(date_trunc('day', now() at time zone 'UTC') - ${days - 1}::integer * interval '24 hours') at time zone 'UTC'`;

const held = ({ tenantId, projectIds, days }: Scope) => sql`
  select a.*, greatest(a.started_at, ${windowStart(days)}) as "from",
    coalesce(a.released_at, now()) as "to"
  from allocations a
  where a.tenant_id = ${tenantId} and a.project_id = any(${sql.param([...projectIds])}::text[])
    and coalesce(a.released_at, now()) > ${windowStart(days)}`;

// A day on which nothing was held joins no row, and greatest and least pass over nulls.
const hours = (from: ReturnType<typeof sql>, to: ReturnType<typeof sql>) => sql`
  coalesce(sum(extract(epoch from ${to} - ${from}) / 3600) filter (where h.id is not null), 0)::float8
    as node_hours,
  coalesce(sum(extract(epoch from ${to} - ${from}) / 3600 * h.gpus), 0)::float8 as gpu_hours`;

type Row = { key: string; node_hours: number; gpu_hours: number };
const read = ({ node_hours, gpu_hours }: Row): Hours => ({
  nodeHours: node_hours,
  gpuHours: gpu_hours,
});

/** By day (UTC, `2026-11-24`), oldest first; days on which nothing was held are there with zero. */
export async function heldHoursByDay(
  tx: Transaction,
  scope: Scope,
): Promise<(Hours & { day: string })[]> {
  const { rows } = await tx.execute<Row>(sql`
    with h as (${held(scope)}), d as (
      select generate_series(${windowStart(scope.days)}, now(), interval '24 hours') as day)
    select to_char(d.day at time zone 'UTC', 'YYYY-MM-DD') as key,
      ${hours(sql`greatest(h."from", d.day)`, sql`least(h."to", d.day + interval '24 hours')`)}
    from d left join h on h."from" < d.day + interval '24 hours' and h."to" > d.day
    group by d.day order by d.day`);
  return rows.map((row) => ({ day: row.key, ...read(row) }));
}

/** By environment, those that held most first, at most `limit`. */
export async function heldHoursByEnvironment(
  tx: Transaction,
  scope: Scope,
  limit: number,
): Promise<(Hours & { id: Id<"environment">; name: string; released: boolean })[]> {
  const { rows } = await tx.execute<Row & { name: string; released: boolean }>(sql`
    with h as (${held(scope)})
    select e.id as key, e.name, e.state = 'released' as released,
      ${hours(sql`h."from"`, sql`h."to"`)}
    from h join environments e on e.id = h.environment_id
    group by e.id order by gpu_hours desc, node_hours desc, e.id limit ${limit}`);
  return rows.map((row) => ({
    id: row.key as Id<"environment">,
    name: row.name,
    released: row.released,
    ...read(row),
  }));
}

/** By project; one that held nothing is absent. */
export async function heldHoursByProject(
  tx: Transaction,
  scope: Scope,
): Promise<Map<Id<"project">, Hours>> {
  const { rows } = await tx.execute<Row>(sql`
    with h as (${held(scope)})
    select h.project_id as key, ${hours(sql`h."from"`, sql`h."to"`)} from h group by h.project_id`);
  return new Map(rows.map((row) => [row.key as Id<"project">, read(row)]));
}
