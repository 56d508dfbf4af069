import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { rolledGpus } from "#db/queries/gpu-rollups";
import { readLevels } from "#db/queries/rollups";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, gridEndMs } from "#lib/domain/telemetry/buckets";
import type { HeldGpu } from "#lib/domain/telemetry/gpus-now";
import type { HeldStretch } from "#lib/domain/telemetry/held-buckets";
import { levelsWithin } from "#lib/domain/telemetry/rollup-level";

type Scope = { tenantId: Id<"tenant">; projectIds: readonly Id<"project">[] };

const heldBy = ({ tenantId, projectIds }: Scope) => sql`
  a.tenant_id = ${tenantId} and a.project_id = any(${sql.param([...projectIds])}::text[]) and a.gpus > 0`;

/**
 * Every GPU of the nodes that projects hold now, by its newest sample since the node is theirs; a node
 * that has been silent for `freshMs` is one row without a sample. A GPU that an exporter makes up is not
 * counted.
 */
export async function listHeldGpus(
  tx: Transaction,
  scope: Scope,
  freshMs: number,
): Promise<HeldGpu[]> {
  const { rows } = await tx.execute<{
    id: string;
    gpus: number;
    model: string | null;
    at: number | null;
    gpu_util: number | null;
    activity: number | null;
    power_w: number | null;
    power_limit: number | null;
  }>(sql`
    select a.id, a.gpus, f.gpu_model as model, extract(epoch from s.at)::float8 * 1000 as at, s.gpu_util,
      greatest(s.gpu_util, s.sm_active, s.tensor_active, parts.activity) as activity, s.power_w,
      s.power_limit
    from allocations a
    join profiles f on f.id = a.profile_id
    left join lateral (
      select s.at from gpu_samples s
      where s.node_id = a.node_id and s.at >= a.started_at
        and s.at > now() - make_interval(secs => ${freshMs / 1_000})
      order by s.at desc limit 1
    ) newest on true
    left join gpu_samples s on s.node_id = a.node_id and s.at = newest.at and s.gpu < a.gpus
    left join lateral (
      select max(greatest(p.gr_active, p.sm_active, p.tensor_active)) as activity
      from gpu_instance_samples p
      where p.node_id = s.node_id and p.at = s.at and p.gpu = s.gpu
        and p.at > now() - make_interval(secs => ${freshMs / 1_000})
    ) parts on true
    where ${heldBy(scope)} and a.released_at is null`);
  return rows.map((row) => ({
    allocationId: row.id,
    gpus: row.gpus,
    model: row.model,
    sample:
      row.at === null
        ? null
        : {
            atMs: Math.round(row.at),
            utilization: row.gpu_util,
            activity: row.activity,
            powerWatts: row.power_w,
            limitWatts: row.power_limit,
          },
  }));
}

/** How many allocations of nodes with GPUs projects have had at some moment since then. */
export async function countHeldSince(tx: Transaction, scope: Scope, since: Date): Promise<number> {
  const { rows } = await tx.execute<{ nodes: number }>(sql`
    select count(*)::int as nodes from allocations a
    where ${heldBy(scope)} and coalesce(a.released_at, 'infinity') > ${since.toISOString()}::timestamptz`);
  return rows[0]?.nodes ?? 0;
}

/** The nodes with GPUs that projects have held at some moment since then, and when, in whole milliseconds within. */
export async function listHeldSince(
  tx: Transaction,
  scope: Scope,
  since: Date,
): Promise<{ nodeId: Id<"node">; held: HeldStretch[] }[]> {
  const { rows } = await tx.execute<{ id: Id<"node">; from: number; until: number | null }>(sql`
    select a.node_id as id, ceil(extract(epoch from a.started_at) * 1000)::float8 as "from",
      floor(extract(epoch from a.released_at) * 1000)::float8 as until
    from allocations a
    where ${heldBy(scope)} and coalesce(a.released_at, 'infinity') > ${since.toISOString()}::timestamptz
    order by a.node_id, a.started_at`);
  return [...Map.groupBy(rows, ({ id }) => id)].map(([nodeId, held]) => ({
    nodeId,
    held: held.map(({ from, until }) => ({ fromMs: from, untilMs: until })),
  }));
}

/**
 * Mean utilization over all GPUs that projects held, by bucket of a grid; null where none is known. The
 * widest roll-ups that lie whole in a bucket are read, and narrower ones where those are not made yet. One
 * holds samples of its own allocation alone, and weighs as many as it holds.
 */
export async function meanUtilization(
  tx: Transaction,
  scope: Scope,
  grid: BucketGrid,
): Promise<(number | null)[]> {
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const to = sql`${new Date(gridEndMs(grid)).toISOString()}::timestamptz`;
  const read = readLevels(rolledGpus, levelsWithin(grid), {
    ...{ from, to },
    columns: [sql`r.at`, sql`r.gpu_util_avg::float8 as mean`, sql`r.samples::bigint as samples`],
  });
  const parts = read.tables.map((table) => sql`select * from ${table}`);
  const { rows } = await tx.execute<{ bucket: number; mean: number }>(sql`
    with held as (
      select a.id from allocations a
      where ${heldBy(scope)} and coalesce(a.released_at, 'infinity') > ${from}
    ),
    ${read.expressions}
    select (extract(epoch from at - ${from}) * 1000)::bigint / ${grid.stepMs}::integer as bucket,
      (sum(mean * samples) / sum(samples))::float8 as mean
    from (${sql.join(parts, sql` union all `)}) r
    where mean is not null
    group by 1`);
  const means = new Array<number | null>(grid.count).fill(null);
  for (const { bucket, mean } of rows) means[Number(bucket)] = mean;
  return means;
}
