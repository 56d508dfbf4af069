import { type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import type { Id } from "#lib/domain/id";
import { type Bucket, type BucketGrid, gridEndMs } from "#lib/domain/telemetry/buckets";
import { declared, type GpuMetricSpec } from "#lib/domain/telemetry/metric";
import { rollupStepMs } from "#lib/domain/telemetry/window";

/** A table of samples and the one that holds them in buckets. */
export type Rolled<Metric extends string = string> = {
  samples: string;
  rollups: string;
  /** What tells the rows of one scrape apart, besides the node. */
  keys: readonly string[];
  /** Of which a bucket holds the least, mean and greatest value. */
  metrics: readonly Metric[];
  /** Bit sets, of which it holds what was set at some moment. */
  bits: readonly string[];
  /** At most so many values of the keys are read, those told of last. */
  most?: number;
};

/** The width of a rollup's bucket, as an interval. */
export const rollupStep = sql.raw(`interval '${rollupStepMs} milliseconds'`);

/** Samples that are stored later than this after they were taken miss their bucket. */
const graceMs = 30_000;
/** Buckets done before are looked at again: a database that was away gets its samples late. */
const lookBackMs = 6 * 60_000;
/** No further back than any chart looks. */
const farthestMs = 26 * 3_600_000;

const parts = ["min", "avg", "max"] as const;
const listed = (names: readonly (string | SQL)[]) =>
  sql.join(
    names.map((name) => (typeof name === "string" ? sql`${sql.identifier(name)}` : name)),
    sql`, `,
  );
const partsOf = (metrics: readonly string[]) =>
  metrics.flatMap((metric) => parts.map((part) => `${metric}_${part}`));

/** Of every metric the least, mean and greatest value, as a rollup's columns are named. */
function rolledUp(metrics: readonly string[]): SQL {
  const aggregates = metrics.map((metric) => {
    const column = sql.identifier(metric);
    const [min, avg, max] = parts.map((part) => sql.identifier(`${metric}_${part}`));
    return sql`min(s.${column}) as ${min}, avg(s.${column})::float8 as ${avg}, max(s.${column}) as ${max}`;
  });
  return listed(aggregates);
}

/**
 * Rolls up the samples of every allocation in the buckets that have closed since the last time.
 * Buckets whose samples came late are corrected. Can be called any number of times by any number of
 * workers: of two at once, one does it.
 */
export async function rollUp(db: Database, of: Rolled): Promise<void> {
  const rollups = sql.identifier(of.rollups);
  const values = partsOf(of.metrics);
  const corrected = ["samples", ...of.bits, ...values].map(
    (column) => sql`${sql.identifier(column)} = excluded.${sql.identifier(column)}`,
  );
  const keys = of.keys.map((key) => sql`s.${sql.identifier(key)}`);
  const bits = of.bits.map((bit) => sql`bit_or(s.${sql.identifier(bit)})`);
  const bucket = sql`date_bin(${rollupStep}, s.at, 'epoch')`;
  await db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtext(${of.rollups}::text)) as mine`,
    );
    if (!rows[0]?.mine) return;
    // One index scan per allocation, over its few minutes: never the fleet's whole day.
    await tx.execute(sql`
      with span as (
        select
          greatest(
            coalesce(
              (select max(at) from ${rollups}) - make_interval(secs => ${lookBackMs / 1_000}),
              '-infinity'
            ),
            date_bin(${rollupStep}, now() - make_interval(secs => ${farthestMs / 1_000}), 'epoch')
          ) as begins,
          date_bin(${rollupStep}, now() - make_interval(secs => ${graceMs / 1_000}), 'epoch') as ends
      )
      insert into ${rollups} (${listed(["allocation_id", ...of.keys, "at", "samples", ...of.bits, ...values])})
      select a.id, b.*
      from span cross join allocations a cross join lateral (
        select ${listed([...keys, sql`${bucket} as bucket`, sql`count(*)`, ...bits, rolledUp(of.metrics)])}
        from ${sql.identifier(of.samples)} s
        where s.node_id = a.node_id and s.at >= a.started_at
          and s.at < coalesce(a.released_at, 'infinity')
          and s.at >= span.begins and s.at < span.ends
        group by ${listed([...keys, bucket])}
      ) b
      where a.started_at < span.ends and (a.released_at is null or a.released_at > span.begins)
      on conflict (${listed(["allocation_id", "at", ...of.keys])}) do update set ${listed(corrected)}
      where excluded.samples > ${rollups}.samples`);
  });
}

type BucketRow = { bucket: number } & Record<string, number | string | null>;

/**
 * What a node did while an environment held it: a row for each bucket that has samples and each value
 * of the keys, in their order, with the least, mean and greatest of each metric (`power_w_min`).
 * Samples of any other time are neither read nor counted, also where a bucket holds both.
 *
 * Where the buckets are whole multiples of a rollup's, rollups are read as far as there are, and
 * samples only after them; a mean then weighs a rollup by its number of scrapes.
 */
export async function readBuckets<Metric extends string>(
  tx: Transaction,
  of: Rolled<Metric>,
  input: {
    environmentId: Id<"environment">;
    nodeId: Id<"node">;
    grid: BucketGrid;
    metrics: readonly Metric[];
  },
): Promise<BucketRow[]> {
  const { environmentId, nodeId, grid, metrics } = input;
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const to = sql`${new Date(gridEndMs(grid)).toISOString()}::timestamptz`;
  const step = sql`make_interval(secs => ${grid.stepMs / 1_000})`;
  const useRollups = grid.stepMs % rollupStepMs === 0;
  const keysOf = (table: "r" | "s" | "p") =>
    of.keys.map((key) => sql`${sql.raw(table)}.${sql.identifier(key)}`);

  const rolled = sql`
    select ${listed([...keysOf("r"), sql`r.at`, sql`r.samples::bigint as samples`, ...partsOf(metrics).map((column) => sql`r.${sql.identifier(column)}`)])}
    from held a join ${sql.identifier(of.rollups)} r on r.allocation_id = a.id
    where ${useRollups} and r.at >= ${from} and r.at < ${to}`;
  const binned = sql`date_bin(${useRollups ? rollupStep : step}, s.at, ${from})`;
  // The bounds stand twice: as constants they choose partitions, as the allocation's they protect.
  const fresh = sql`
    select ${listed([...keysOf("s"), sql`${binned} as at`, sql`count(*) as samples`, rolledUp(metrics)])}
    from held a join ${sql.identifier(of.samples)} s on s.node_id = a.node_id and s.at >= a.started_at
      and s.at < coalesce(a.released_at, 'infinity')
    where s.node_id = ${nodeId} and s.at >= ${from} and s.at < ${to}
      and s.at >= (select at from edge)
    group by ${sql.raw(Array.from({ length: of.keys.length + 1 }, (_, index) => index + 1).join(", "))}`;
  const merged = metrics.map((metric) => {
    const [min, avg, max] = parts.map((part) => sql.identifier(`${metric}_${part}`));
    return sql`min(p.${min})::float8 as ${min}, max(p.${max})::float8 as ${max},
      sum(p.${avg} * p.samples) / sum(p.samples) filter (where p.${avg} is not null) as ${avg}`;
  });
  const place = listed(of.keys.map((key) => sql`${sql.identifier(key)}`));
  const isRead =
    of.most === undefined
      ? sql`true`
      : sql`(${place}) in (
          select ${place} from parts group by ${place}
          order by max(at) desc, ${place} limit ${of.most})`;
  const bucket = sql`((extract(epoch from p.bucket - ${from}) * 1000)::bigint / ${grid.stepMs}::integer)::integer as bucket`;
  const { rows } = await tx.execute<BucketRow>(sql`
    with held as (
      select * from allocations where environment_id = ${environmentId} and node_id = ${nodeId}
    ),
    rolled as materialized (${rolled}),
    edge as (select coalesce(max(at) + ${rollupStep}, '-infinity') as at from rolled),
    parts as (select * from rolled union all ${fresh})
    select ${listed([...keysOf("p"), bucket, ...merged])}
    from (select date_bin(${step}, at, ${from}) as bucket, * from parts where ${isRead}) p
    group by ${listed([...keysOf("p"), sql`p.bucket`])} order by ${listed([...keysOf("p"), sql`p.bucket`])}`);
  return rows;
}

/** The buckets of one metric in such rows; means are at the metric's declared precision. */
export function bucketsOfMetric(
  rows: readonly BucketRow[],
  metric: string,
  spec: Pick<GpuMetricSpec, "decimals" | "max">,
): Bucket[] {
  const number = (row: BucketRow, part: string) => {
    const value = row[`${metric}_${part}`];
    return typeof value === "number" ? value : null;
  };
  return rows.flatMap((row) => {
    const [min, mean, max] = parts.map((part) => number(row, part));
    const avg = mean == null ? null : declared(spec, mean);
    return min == null || avg === null || max == null ? [] : [{ index: row.bucket, min, avg, max }];
  });
}
