import { sql } from "drizzle-orm";
import type pg from "pg";
import type { Transaction } from "#db/client";
import { rolledUp, rollupStep } from "#db/queries/gpu-rollups";
import { columnType } from "#db/schema/gpu-samples";
import type { Id } from "#lib/domain/id";
import { type Bucket, type BucketGrid, gridEndMs, seriesOf } from "#lib/domain/telemetry/buckets";
import type { TelemetryMetric } from "#lib/domain/telemetry/charted";
import type { GpuSeries } from "#lib/domain/telemetry/gpu-series";
import type { HeldStretch } from "#lib/domain/telemetry/held-buckets";
import { declared, gpuMetricSpecs, gpuMetrics } from "#lib/domain/telemetry/metric";
import type { GpuSample } from "#lib/domain/telemetry/sample";
import { rollupStepMs } from "#lib/domain/telemetry/window";

/** What one scrape of one node said. */
export type Scrape = { nodeId: Id<"node">; at: Date; samples: readonly GpuSample[] };

const insertText = (() => {
  const columns = ["node_id", "at", "gpu", ...gpuMetrics];
  const types = ["text", "timestamptz", "smallint", ...gpuMetrics.map(columnType)];
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`);
  return `insert into gpu_samples (${columns.join(", ")}) select * from unnest(${arrays.join(", ")})`;
})();

/**
 * Adds the samples of many scrapes in one statement, all or none. Columns travel as arrays, which
 * costs a fortieth of a parameter per value.
 */
export async function insertGpuSamples(
  pool: Pick<pg.Pool, "query">,
  scrapes: readonly Scrape[],
): Promise<void> {
  const nodeIds: string[] = [];
  const times: string[] = [];
  const gpus: number[] = [];
  const columns = gpuMetrics.map((): (number | "NULL")[] => []);
  for (const { nodeId, at, samples } of scrapes) {
    const time = at.toISOString();
    for (const { gpu, values } of samples) {
      nodeIds.push(nodeId);
      times.push(time);
      gpus.push(gpu);
      for (const [index, column] of columns.entries()) column.push(values[index] ?? "NULL");
    }
  }
  if (gpus.length === 0) return;
  // Ids, ISO times and numbers need no quoting in an array literal.
  const literals = [nodeIds, times, gpus, ...columns].map((column) => `{${column.join(",")}}`);
  await pool.query({ name: "insert_gpu_samples", text: insertText, values: literals });
}

type BucketRow = { gpu: number; bucket: number } & Record<string, number | null>;

/**
 * What a node's GPUs did while an environment held it: least, mean and greatest value per bucket,
 * GPUs in the order of their index. Samples of any other time are neither read nor counted, also
 * where a bucket holds both. Means are at the metric's declared precision.
 *
 * Where the buckets are whole multiples of a rollup's, rollups are read as far as there are, and
 * samples only after them; a mean then weighs a rollup by its number of scrapes.
 */
export async function gpuSeries(
  tx: Transaction,
  input: {
    environmentId: Id<"environment">;
    nodeId: Id<"node">;
    grid: BucketGrid;
    metrics: readonly TelemetryMetric[];
  },
): Promise<GpuSeries[]> {
  const { environmentId, nodeId, grid, metrics } = input;
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const to = sql`${new Date(gridEndMs(grid)).toISOString()}::timestamptz`;
  const step = sql`make_interval(secs => ${grid.stepMs / 1_000})`;
  const useRollups = grid.stepMs % rollupStepMs === 0;

  const columns = metrics.flatMap((metric) =>
    ["min", "avg", "max"].map((part) => sql`r.${sql.identifier(`${metric}_${part}`)}`),
  );
  const rolled = sql`
    select r.gpu, r.at, r.samples::bigint as samples, ${sql.join(columns, sql`, `)}
    from held a join gpu_rollups r on r.allocation_id = a.id
    where ${useRollups} and r.at >= ${from} and r.at < ${to}`;
  // The bounds stand twice: as constants they choose partitions, as the allocation's they protect.
  const fresh = sql`
    select s.gpu, date_bin(${useRollups ? rollupStep : step}, s.at, ${from}) as at, count(*) as samples,
      ${rolledUp(metrics)}
    from held a join gpu_samples s on s.node_id = a.node_id and s.at >= a.started_at
      and s.at < coalesce(a.released_at, 'infinity')
    where s.node_id = ${nodeId} and s.at >= ${from} and s.at < ${to}
      and s.at >= (select at from edge)
    group by 1, 2`;
  const merged = metrics.map((metric) => {
    const [min, avg, max] = ["min", "avg", "max"].map((part) =>
      sql.identifier(`${metric}_${part}`),
    );
    return sql`min(p.${min})::float8 as ${min}, max(p.${max})::float8 as ${max},
      sum(p.${avg} * p.samples) / sum(p.samples) filter (where p.${avg} is not null) as ${avg}`;
  });
  const { rows } = await tx.execute<BucketRow>(sql`
    with held as (
      select * from allocations where environment_id = ${environmentId} and node_id = ${nodeId}
    ),
    rolled as materialized (${rolled}),
    edge as (select coalesce(max(at) + ${rollupStep}, '-infinity') as at from rolled),
    parts as (select * from rolled union all ${fresh})
    select p.gpu, ((extract(epoch from p.bucket - ${from}) * 1000)::bigint / ${grid.stepMs}::integer)::integer
      as bucket, ${sql.join(merged, sql`, `)}
    from (select date_bin(${step}, at, ${from}) as bucket, * from parts) p
    group by p.gpu, p.bucket order by p.gpu, p.bucket`);

  const byGpu = Map.groupBy(rows, (row) => row.gpu);
  return [...byGpu].map(([gpu, buckets]) => ({
    gpu,
    metrics: Object.fromEntries(
      metrics.flatMap((metric) => {
        const known = bucketsOfMetric(buckets, metric);
        return known.length > 0 ? [[metric, seriesOf(grid, known)]] : [];
      }),
    ),
  }));
}

function bucketsOfMetric(rows: readonly BucketRow[], metric: TelemetryMetric): Bucket[] {
  return rows.flatMap((row) => {
    const min = row[`${metric}_min`] ?? null;
    const mean = row[`${metric}_avg`] ?? null;
    const avg = mean === null ? null : declared(gpuMetricSpecs[metric], mean);
    const max = row[`${metric}_max`] ?? null;
    return min === null || avg === null || max === null
      ? []
      : [{ index: row.bucket, min, avg, max }];
  });
}

/** The stretches in which an environment held a node, in whole milliseconds within them. */
export async function heldStretches(
  tx: Transaction,
  environmentId: Id<"environment">,
  nodeId: Id<"node">,
): Promise<HeldStretch[]> {
  const { rows } = await tx.execute<{ from: number; until: number | null }>(sql`
    select ceil(extract(epoch from started_at) * 1000)::float8 as "from",
      floor(extract(epoch from released_at) * 1000)::float8 as until
    from allocations
    where environment_id = ${environmentId} and node_id = ${nodeId} order by started_at`);
  return rows.map((row) => ({ fromMs: row.from, untilMs: row.until }));
}

/**
 * When a node was last sampled while an environment held it, and when last before a moment; null where
 * it was not.
 */
export async function lastSampled(
  tx: Transaction,
  environmentId: Id<"environment">,
  nodeId: Id<"node">,
  before: Date,
): Promise<{ lastMs: number | null; beforeMs: number | null }> {
  const { rows } = await tx.execute<{ last: number | null; before: number | null }>(sql`
    select extract(epoch from max(l.last)) * 1000 as last, extract(epoch from max(b.before)) * 1000 as before
    from allocations a
    left join lateral (
      select at as last from gpu_samples
      where node_id = a.node_id and at >= a.started_at and at < coalesce(a.released_at, 'infinity')
      order by at desc limit 1
    ) l on true
    left join lateral (
      select at as before from gpu_samples
      where node_id = a.node_id and at >= a.started_at
        and at < least(a.released_at, ${before.toISOString()}::timestamptz)
      order by at desc limit 1
    ) b on true
    where a.environment_id = ${environmentId} and a.node_id = ${nodeId}`);
  const whole = (value: number | null | undefined) => (value == null ? null : Math.floor(+value));
  return { lastMs: whole(rows[0]?.last), beforeMs: whole(rows[0]?.before) };
}

/** What is asked of a node: where its samples are, and where it is kept that none come. */
const sampled = {
  gpus: { samples: "gpu_samples", error: "telemetry_error", since: "telemetry_error_since" },
  host: {
    ...{ samples: "host_samples", error: "host_telemetry_error" },
    since: "host_telemetry_error_since",
  },
} as const;

/** A node of an environment, and since when nothing is known of its GPUs or of its host. */
export type TelemetryNode = {
  nodeId: Id<"node">;
  hostname: string;
  /** The stretch in which the environment holds or held it. */
  heldFrom: Date;
  heldUntil: Date | null;
  /** The newest sample of that stretch. */
  lastAt: Date | null;
  /** Why the last scrape gave nothing, and since when; null while scrapes succeed. */
  error: string | null;
  errorSince: Date | null;
};

/**
 * The nodes an environment holds, or held if it holds none of that name any more, by host name.
 * A node it held twice is one node, with its latest stretch.
 */
export async function telemetryNodes(
  tx: Transaction,
  environmentId: Id<"environment">,
  of: keyof typeof sampled = "gpus",
): Promise<TelemetryNode[]> {
  const samples = sql.identifier(sampled[of].samples);
  const error = sql`n.${sql.identifier(sampled[of].error)}`;
  const since = sql`n.${sql.identifier(sampled[of].since)}`;
  const { rows } = await tx.execute<{
    node_id: Id<"node">;
    hostname: string;
    held_from: string;
    held_until: string | null;
    last_at: string | null;
    error: string | null;
    error_since: string | null;
  }>(sql`
    select a.node_id, a.hostname, a.started_at as held_from, a.released_at as held_until, s.at as last_at,
      case when a.released_at is null then ${error} end as error,
      case when a.released_at is null then greatest(${since}, a.started_at) end as error_since
    from (
      select distinct on (node_id) * from allocations
      where environment_id = ${environmentId} order by node_id, started_at desc
    ) a
    left join nodes n on n.id = a.node_id
    left join lateral (
      select at from ${samples}
      where node_id = a.node_id and at >= a.started_at and at < coalesce(a.released_at, 'infinity')
      order by at desc limit 1
    ) s on true
    order by a.hostname, a.node_id`);
  const moment = (value: string | null) => (value === null ? null : new Date(value));
  return rows.map((row) => ({
    nodeId: row.node_id,
    hostname: row.hostname,
    heldFrom: new Date(row.held_from),
    heldUntil: moment(row.held_until),
    lastAt: moment(row.last_at),
    error: row.error,
    errorSince: row.error === null ? null : moment(row.error_since),
  }));
}
