import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { rolledGpus } from "#db/queries/gpu-rollups";
import { bucketsOfMetric, readBuckets } from "#db/queries/rollups";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, seriesOf } from "#lib/domain/telemetry/buckets";
import type { TelemetryMetric } from "#lib/domain/telemetry/charted";
import type { GpuSeries } from "#lib/domain/telemetry/gpu-series";
import type { HeldStretch } from "#lib/domain/telemetry/held-buckets";
import { gpuMetricSpecs } from "#lib/domain/telemetry/metric";

/**
 * What a node's GPUs did while an environment held it: least, mean and greatest value per bucket,
 * GPUs of which something is known in the order of their index, see `readBuckets`. Means are at the metric's declared precision.
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
  const { grid, metrics } = input;
  const byGpu = Map.groupBy(await readBuckets(tx, rolledGpus, input), (row) => Number(row.gpu));
  return [...byGpu].flatMap(([gpu, buckets]) => {
    const series = metrics.flatMap((metric) => {
      const known = bucketsOfMetric(buckets, metric, gpuMetricSpecs[metric]);
      return known.length > 0 ? [[metric, seriesOf(grid, known)] as const] : [];
    });
    // One that is split and told of by its parts alone is not there, as where answers are merged.
    return series.length > 0 ? [{ gpu, metrics: Object.fromEntries(series) }] : [];
  });
}

/** What is asked of a node: where its samples are, and where it is kept that none come. */
const sampled = {
  gpus: { samples: "gpu_samples", error: "telemetry_error", since: "telemetry_error_since" },
  host: {
    ...{ samples: "host_samples", error: "host_telemetry_error" },
    since: "host_telemetry_error_since",
  },
} as const;

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
  of: keyof typeof sampled = "gpus",
): Promise<{ lastMs: number | null; beforeMs: number | null }> {
  const samples = sql.identifier(sampled[of].samples);
  const { rows } = await tx.execute<{ last: number | null; before: number | null }>(sql`
    select extract(epoch from max(l.last)) * 1000 as last, extract(epoch from max(b.before)) * 1000 as before
    from allocations a
    left join lateral (
      select at as last from ${samples}
      where node_id = a.node_id and at >= a.started_at and at < coalesce(a.released_at, 'infinity')
      order by at desc limit 1
    ) l on true
    left join lateral (
      select at as before from ${samples}
      where node_id = a.node_id and at >= a.started_at
        and at < least(a.released_at, ${before.toISOString()}::timestamptz)
      order by at desc limit 1
    ) b on true
    where a.environment_id = ${environmentId} and a.node_id = ${nodeId}`);
  const whole = (value: number | null | undefined) => (value == null ? null : Math.floor(+value));
  return { lastMs: whole(rows[0]?.last), beforeMs: whole(rows[0]?.before) };
}

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
