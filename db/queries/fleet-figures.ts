import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { liveOperationStates } from "#lib/domain/operation/operation";

/** How the fleet stands, in counts by words of ours: nothing of any tenant's in it. */
export type FleetFigures = {
  operations: { kind: string; state: string; count: number }[];
  /** Operations that no worker holds though it is their time. */
  due: { count: number; oldestSeconds: number };
  nodes: { lifecycle: string; count: number }[];
  health: { health: string; count: number }[];
  environments: { state: string; count: number }[];
  poolItems: { kind: string; state: string; count: number }[];
  /** Nodes whose exporter is asked and says nothing that can be used. */
  silentExporters: number;
};

/** Reads them as the worker, which sees every row. */
export async function readFleetFigures(db: Database): Promise<FleetFigures> {
  const counted = async <Row extends Record<string, unknown>>(query: ReturnType<typeof sql>) =>
    (await db.execute<Row & { count: number }>(query)).rows;
  const live = sql`(${sql.join(
    liveOperationStates.map((state) => sql`${state}`),
    sql`, `,
  )})`;
  const [due] = await counted<{ oldest: number; silent: number }>(sql`
    select count(*)::int as count,
      coalesce(extract(epoch from now() - min(run_after)), 0)::float8 as oldest,
      (select count(*)::int from nodes where telemetry_error is not null) as silent
    from operations
    where node_id is not null and state in ('ready', 'waiting', 'stuck') and run_after <= now()`);
  return {
    due: { count: due?.count ?? 0, oldestSeconds: due?.oldest ?? 0 },
    silentExporters: due?.silent ?? 0,
    operations: await counted(
      sql`select kind, state, count(*)::int as count from operations where state in ${live} group by 1, 2`,
    ),
    nodes: await counted(sql`select lifecycle, count(*)::int as count from nodes group by 1`),
    health: await counted(sql`select health, count(*)::int as count from nodes group by 1`),
    environments: await counted(
      sql`select state, count(*)::int as count from environments where state <> 'released' group by 1`,
    ),
    poolItems: await counted(sql`
      select kind, case when reserved_reason is not null then 'reserved'
        when released_at is not null then 'cooling' else 'held' end as state, count(*)::int as count
      from pool_items
      where ended_at is null and (cools_until is null or cools_until > now()) group by 1, 2`),
  };
}
