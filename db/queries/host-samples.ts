import { sql } from "drizzle-orm";
import type pg from "pg";
import type { Transaction } from "#db/client";
import { hostColumnType } from "#db/schema/host-samples";
import type { Id } from "#lib/domain/id";
import {
  type BucketGrid,
  type BucketSeries,
  gridEndMs,
  seriesOf,
} from "#lib/domain/telemetry/buckets";
import { type HostMetric, hostMetricSpecs, hostMetrics } from "#lib/domain/telemetry/host-metric";
import type { HostSample } from "#lib/domain/telemetry/host-sample";
import { declared } from "#lib/domain/telemetry/metric";

/** What one scrape of one host said. */
type HostScrape = { nodeId: Id<"node">; at: Date; sample: HostSample };

const insertText = (() => {
  const columns = ["node_id", "at", ...hostMetrics];
  const types = ["text", "timestamptz", ...hostMetrics.map(hostColumnType)];
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`);
  return `insert into host_samples (${columns.join(", ")}) select * from unnest(${arrays.join(", ")})`;
})();

/** Adds the samples of many scrapes in one statement, all or none. */
export async function insertHostSamples(
  pool: Pick<pg.Pool, "query">,
  scrapes: readonly HostScrape[],
): Promise<void> {
  if (scrapes.length === 0) return;
  await pool.query({
    name: "insert_host_samples",
    text: insertText,
    values: [
      scrapes.map(({ nodeId }) => nodeId),
      scrapes.map(({ at }) => at.toISOString()),
      ...hostMetrics.map((metric) => scrapes.map(({ sample }) => sample[metric])),
    ],
  });
}

/**
 * What a node's host did while an environment held it: least, mean and greatest value per bucket, by
 * metric; a metric of which nothing is known is no key. Samples of any other time are neither read nor
 * counted, also where a bucket holds both. Means are at the metric's declared precision.
 */
export async function hostSeries(
  tx: Transaction,
  input: { environmentId: Id<"environment">; nodeId: Id<"node">; grid: BucketGrid },
): Promise<Partial<Record<HostMetric, BucketSeries>>> {
  const { environmentId, nodeId, grid } = input;
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const to = sql`${new Date(gridEndMs(grid)).toISOString()}::timestamptz`;
  const step = sql`make_interval(secs => ${grid.stepMs / 1_000})`;
  const parts = hostMetrics.flatMap((metric) =>
    (["min", "avg", "max"] as const).map(
      (part) =>
        sql`${sql.raw(part)}(s.${sql.identifier(metric)})::float8 as ${sql.identifier(`${metric}_${part}`)}`,
    ),
  );
  // The bounds stand twice: as constants they choose partitions, as the allocation's they protect.
  const { rows } = await tx.execute<{ bucket: number } & Record<string, number | null>>(sql`
    select ((extract(epoch from date_bin(${step}, s.at, ${from}) - ${from}) * 1000)::bigint
      / ${grid.stepMs}::integer)::integer as bucket, ${sql.join(parts, sql`, `)}
    from allocations a
    join host_samples s on s.node_id = a.node_id and s.at >= a.started_at
      and s.at < coalesce(a.released_at, 'infinity')
    where a.environment_id = ${environmentId} and a.node_id = ${nodeId}
      and s.node_id = ${nodeId} and s.at >= ${from} and s.at < ${to}
    group by 1 order by 1`);
  return Object.fromEntries(
    hostMetrics.flatMap((metric) => {
      const buckets = rows.flatMap((row) => {
        const min = row[`${metric}_min`] ?? null;
        const max = row[`${metric}_max`] ?? null;
        const mean = row[`${metric}_avg`] ?? null;
        const avg = mean === null ? null : declared(hostMetricSpecs[metric], mean);
        return min === null || max === null || avg === null
          ? []
          : [{ index: row.bucket, min, avg, max }];
      });
      return buckets.length > 0 ? [[metric, seriesOf(grid, buckets)]] : [];
    }),
  );
}
