import { type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import type { Id } from "#lib/domain/id";
import { type Bucket, type BucketGrid, gridEndMs } from "#lib/domain/telemetry/buckets";
import { declared, type GpuMetricSpec } from "#lib/domain/telemetry/metric";
import {
  type KeepDays,
  levelsWithin,
  type RollupLevel,
  rollupLevels,
  rollupStepMs,
} from "#lib/domain/telemetry/rollup-level";

/** A table of samples and those that hold them in buckets. */
export type Rolled<Metric extends string = string> = {
  samples: string;
  /** The table of the narrowest; those of wider ones are called so with the suffix of their level. */
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

const intervalOf = (ms: number) => sql.raw(`interval '${ms} milliseconds'`);

/** Samples that are stored later than this after they were taken miss their bucket. */
const graceMs = 30_000;
/** Buckets done before are looked at again: a database that was away gets its samples late. */
const lookBackMs = 6 * 60_000;
/** Samples are rolled up no longer afterwards than this. */
const farthestMs = 26 * 3_600_000;
/** So many buckets are made in one transaction: a worker that was away for long catches up in parts. */
const bucketsAtOnce = 96;

const parts = ["min", "avg", "max"] as const;
const listed = (names: readonly (string | SQL)[]) =>
  sql.join(
    names.map((name) => (typeof name === "string" ? sql`${sql.identifier(name)}` : name)),
    sql`, `,
  );
const columnsOf = (table: "r" | "s" | "p", names: readonly string[]) =>
  names.map((name) => sql`${sql.raw(table)}.${sql.identifier(name)}`);
const partsOf = (metrics: readonly string[]) =>
  metrics.flatMap((metric) => parts.map((part) => `${metric}_${part}`));
const namesOf = (metric: string) => parts.map((part) => sql.identifier(`${metric}_${part}`));
const levelTable = (of: Pick<Rolled, "rollups">, { suffix }: RollupLevel) =>
  `${of.rollups}${suffix}`;

/** Of every metric the least, mean and greatest value of samples `s`, as a rollup's columns are named. */
function rolledUp(metrics: readonly string[]): SQL[] {
  return metrics.map((metric) => {
    const column = sql.identifier(metric);
    const [min, avg, max] = namesOf(metric);
    return sql`min(s.${column}) as ${min}, avg(s.${column})::float8 as ${avg}, max(s.${column}) as ${max}`;
  });
}

/** The same of buckets: a mean weighs as many scrapes as its bucket holds. */
function rolledUpAgain(table: "s" | "p", metrics: readonly string[]): SQL[] {
  const of = sql.raw(table);
  return metrics.map((metric) => {
    const [min, avg, max] = namesOf(metric);
    return sql`min(${of}.${min}) as ${min}, max(${of}.${max}) as ${max},
      (sum(${of}.${avg}::float8 * ${of}.samples) / sum(${of}.samples) filter (where ${of}.${avg} is not null)) as ${avg}`;
  });
}

/**
 * Rolls up the samples of every allocation in the buckets that have closed since the last time, and those
 * buckets in wider ones, level by level. Buckets whose samples came late are corrected. Can be called any
 * number of times by any number of workers: of two at once, one does it. Whenever it ends it goes on
 * where it was: a bucket is made when all that it is made of is there.
 */
export async function rollUp(db: Database, of: Rolled, signal?: AbortSignal): Promise<void> {
  const fromMs = await rollUpSamples(db, of, signal);
  if (fromMs !== null) await rollUpWider(db, of, fromMs, signal);
}

/**
 * The narrowest level of `rollUp` alone. Gives the moment from which on it was made anew; null when another
 * worker is at it, or `signal` ended it before all was done.
 */
export function rollUpSamples(
  db: Database,
  of: Rolled,
  signal?: AbortSignal,
): Promise<number | null> {
  return rollUpLevel(db, of, rollupLevels[0], null, signal);
}

/** The wider levels, where the narrowest has been made anew from a moment on. */
export async function rollUpWider(
  db: Database,
  of: Rolled,
  fromMs: number,
  signal?: AbortSignal,
): Promise<void> {
  let source: Source = { level: rollupLevels[0], sinceMs: fromMs };
  for (const level of rollupLevels.slice(1)) {
    const sinceMs = await rollUpLevel(db, of, level, source, signal);
    if (sinceMs === null) return;
    source = { level, sinceMs };
  }
}

/** What a level is made of, and from when on that has been made anew. */
type Source = { level: RollupLevel; sinceMs: number };

/** One level, of samples where there is no `source`. Gives from when on it was made anew, or null as above. */
async function rollUpLevel(
  db: Database,
  of: Rolled,
  level: RollupLevel,
  source: Source | null,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const span = await spanToDo(db, of, level, source);
  if (!span) return null;
  const widthMs = bucketsAtOnce * level.stepMs;
  for (let fromMs = span.fromMs; fromMs < span.toMs; fromMs += widthMs) {
    const toMs = Math.min(fromMs + widthMs, span.toMs);
    if (signal?.aborted) return null;
    if (!(await rollUpSpan(db, of, level, source?.level, { fromMs, toMs }))) return null;
  }
  return span.fromMs;
}

type Span = { fromMs: number; toMs: number };

/** Where a level goes on, and how far it can: null when there is nothing yet to be made it of. */
async function spanToDo(
  db: Database,
  of: Rolled,
  level: RollupLevel,
  source: Source | null,
): Promise<Span | null> {
  const step = intervalOf(level.stepMs);
  const binned = (moment: SQL) => sql`date_bin(${step}, ${moment}, 'epoch')`;
  const mine = sql.identifier(levelTable(of, level));
  const [begins, ends] = source
    ? spanOf(source)
    : [
        sql`greatest((select ${binned(sql`max(at) - ${intervalOf(lookBackMs)}`)} from ${mine}),
          ${binned(sql`now() - ${intervalOf(farthestMs)}`)})`,
        binned(sql`now() - ${intervalOf(graceMs)}`),
      ];
  const { rows } = await db.execute<{ from: number | null; to: number | null }>(sql`
    select extract(epoch from ${begins})::float8 * 1000 as "from",
      extract(epoch from ${ends})::float8 * 1000 as "to"`);
  const { from = null, to = null } = rows[0] ?? {};
  return from === null || to === null ? null : { fromMs: from, toMs: to };

  function spanOf({ level: narrower, sinceMs }: Source): [SQL, SQL] {
    const table = sql.identifier(levelTable(of, narrower));
    const since = sql`${new Date(sinceMs).toISOString()}::timestamptz`;
    return [
      // After its newest bucket, or with the first of which a part has been made anew.
      sql`least(${binned(since)},
        coalesce((select max(at) + ${step} from ${mine}), (select ${binned(sql`min(at)`)} from ${table})))`,
      // What is narrower is made from the oldest on: before its newest, all of it is there.
      sql`(select ${binned(sql`max(at) + ${intervalOf(narrower.stepMs)}`)} from ${table})`,
    ];
  }
}

/** False when another worker is at it. */
function rollUpSpan(
  db: Database,
  of: Rolled,
  level: RollupLevel,
  narrower: RollupLevel | undefined,
  { fromMs, toMs }: Span,
): Promise<boolean> {
  const table = levelTable(of, level);
  const rollups = sql.identifier(table);
  const values = partsOf(of.metrics);
  const corrected = ["samples", ...of.bits, ...values].map(
    (column) => sql`${sql.identifier(column)} = excluded.${sql.identifier(column)}`,
  );
  const from = sql`${new Date(fromMs).toISOString()}::timestamptz`;
  const to = sql`${new Date(toMs).toISOString()}::timestamptz`;
  const bucket = sql`date_bin(${intervalOf(level.stepMs)}, s.at, 'epoch')`;
  const source = sql.identifier(narrower ? levelTable(of, narrower) : of.samples);
  const isOwn = narrower
    ? sql`s.allocation_id = a.id`
    : sql`s.node_id = a.node_id and s.at >= a.started_at and s.at < coalesce(a.released_at, 'infinity')`;
  const bits = of.bits.map(
    (bit) => sql`bit_or(s.${sql.identifier(bit)}) as ${sql.identifier(bit)}`,
  );
  const made = [
    ...columnsOf("s", of.keys),
    sql`${bucket} as at`,
    narrower ? sql`sum(s.samples) as samples` : sql`count(*) as samples`,
    ...bits,
    ...(narrower ? rolledUpAgain("s", of.metrics) : rolledUp(of.metrics)),
  ];
  const columns = [...of.keys, "at", "samples", ...of.bits, ...values];
  return db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtext(${table}::text)) as mine`,
    );
    if (!rows[0]?.mine) return false;
    // One index scan per allocation, over its few minutes: never the fleet's whole day.
    await tx.execute(sql`
      insert into ${rollups} (${listed(["allocation_id", ...columns])})
      select a.id, ${listed(columns.map((column) => sql`b.${sql.identifier(column)}`))}
      from allocations a cross join lateral (
        select ${listed(made)} from ${source} s
        where ${isOwn} and s.at >= ${from} and s.at < ${to}
        group by ${listed([...columnsOf("s", of.keys), bucket])}
      ) b
      where a.started_at < ${to} and (a.released_at is null or a.released_at > ${from})
      on conflict (${listed(["allocation_id", "at", ...of.keys])}) do update set ${listed(corrected)}
      where excluded.samples > ${rollups}.samples`);
    return true;
  });
}

/**
 * Makes the partitions of telemetry that will be needed next, opens those of samples to the worker's COPY,
 * and drops those that are older than they are kept. Throws where a wider bucket were kept shorter than what it is made of.
 */
export async function keepTelemetry(db: Database, days: KeepDays): Promise<void> {
  const { samples, minutes, quarters, hours } = days;
  await db.execute(
    sql`select maintain_telemetry(${samples}::integer, ${minutes}::integer, ${quarters}::integer, ${hours}::integer)`,
  );
  await db.execute(sql`select open_gpu_samples()`);
}

type HeldGrid = { environmentId: Id<"environment">; nodeId: Id<"node">; grid: BucketGrid };

/**
 * `with` expressions that read levels of the allocations `held`, given widest first: the widest as far as
 * there is of it, then the next. `tables` hold what was read, `edge` has the moment up to which that is.
 */
export function readLevels(
  of: Pick<Rolled, "rollups">,
  levels: readonly RollupLevel[],
  { from, to, columns }: { from: SQL; to: SQL; columns: readonly SQL[] },
): { expressions: SQL; tables: SQL[]; edge: SQL } {
  const edge = (index: number) => sql`${sql.identifier(`edge_${index}`)}`;
  const rolled = (index: number) => sql`${sql.identifier(`rolled_${index}`)}`;
  const expressions = levels.flatMap((level, index) => [
    sql`${rolled(index)} as materialized (
      select ${listed(columns)}
      from held a join ${sql.identifier(levelTable(of, level))} r on r.allocation_id = a.id
      where r.at >= ${from} and r.at < ${to} and r.at >= (select at from ${edge(index)})
    )`,
    sql`${edge(index + 1)} as (
      select greatest((select at from ${edge(index)}), max(at) + ${intervalOf(level.stepMs)}) as at
      from ${rolled(index)}
    )`,
  ]);
  return {
    expressions: listed([
      sql`${edge(0)} as (select '-infinity'::timestamptz as at)`,
      ...expressions,
    ]),
    tables: levels.map((_, index) => rolled(index)),
    edge: edge(levels.length),
  };
}

/**
 * `with` expressions, `parts` the last of them, of what a node did while an environment held it: the
 * keys, `at` and whatever is taken of rollups `r` and of samples `s`. Samples of any other time are
 * neither read nor counted, also where a bucket holds both.
 *
 * Of the levels whose buckets lie whole in the grid's, the widest is read as far as there is of it, then
 * the next, and samples only after all of them.
 */
export function heldParts(
  of: Rolled,
  { environmentId, nodeId, grid }: HeldGrid,
  take: { rolled: readonly SQL[]; sampled: readonly SQL[] },
): SQL {
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const to = sql`${new Date(gridEndMs(grid)).toISOString()}::timestamptz`;
  const levels = levelsWithin(grid);
  const read = readLevels(of, levels, {
    ...{ from, to },
    columns: [...columnsOf("r", of.keys), sql`r.at`, ...take.rolled],
  });
  const binned = sql`date_bin(${intervalOf(levels.length > 0 ? rollupStepMs : grid.stepMs)}, s.at, ${from})`;
  return sql`
    held as (
      select * from allocations where environment_id = ${environmentId} and node_id = ${nodeId}
    ),
    ${read.expressions},
    parts as (
      ${sql.join(
        read.tables.map((table) => sql`select * from ${table} union all `),
        sql``,
      )}
      select ${listed([...columnsOf("s", of.keys), sql`${binned} as at`, ...take.sampled])}
      from held a join ${sql.identifier(of.samples)} s on s.node_id = a.node_id and s.at >= a.started_at
        and s.at < coalesce(a.released_at, 'infinity')
      -- The bounds stand twice: as constants they choose partitions, as the allocation's they protect.
      where s.node_id = ${nodeId} and s.at >= ${from} and s.at < ${to}
        and s.at >= (select at from ${read.edge})
      group by ${sql.raw(Array.from({ length: of.keys.length + 1 }, (_, index) => index + 1).join(", "))}
    )`;
}

type BucketRow = { bucket: number } & Record<string, number | string | null>;

/**
 * What a node did while an environment held it, see `heldParts`: a row for each bucket that has samples
 * and each value of the keys, in their order, with the least, mean and greatest of each metric
 * (`power_w_min`). A mean weighs a rollup by its number of scrapes.
 */
export async function readBuckets<Metric extends string>(
  tx: Transaction,
  of: Rolled<Metric>,
  input: HeldGrid & { metrics: readonly Metric[] },
): Promise<BucketRow[]> {
  const { grid, metrics } = input;
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const step = intervalOf(grid.stepMs);
  const held = heldParts(of, input, {
    rolled: [sql`r.samples::bigint as samples`, ...columnsOf("r", partsOf(metrics))],
    sampled: [sql`count(*) as samples`, ...rolledUp(metrics)],
  });
  const place = listed(of.keys);
  const isRead =
    of.most === undefined
      ? sql`true`
      : sql`(${place}) in (
          select ${place} from parts group by ${place}
          order by max(at) desc, ${place} limit ${of.most})`;
  const bucket = sql`((extract(epoch from p.bucket - ${from}) * 1000)::bigint / ${grid.stepMs}::integer)::integer as bucket`;
  const values = partsOf(metrics).map(
    (name) => sql`m.${sql.identifier(name)}::float8 as ${sql.identifier(name)}`,
  );
  const { rows } = await tx.execute<BucketRow>(sql`
    with ${held},
    merged as (
      select ${listed([...columnsOf("p", of.keys), bucket, ...rolledUpAgain("p", metrics)])}
      from (select date_bin(${step}, at, ${from}) as bucket, * from parts where ${isRead}) p
      group by ${listed([...columnsOf("p", of.keys), sql`p.bucket`])}
    )
    select ${listed([...of.keys, "bucket", ...values])} from merged m
    order by ${listed([...of.keys, "bucket"])}`);
  return rows;
}

/**
 * The buckets of one metric in such rows; means are at the metric's declared precision. A kept mean has seven
 * digits: that of a great counter may be rounded to more than the counter was, or than one can be.
 */
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
    if (min == null || mean == null || max == null) return [];
    const avg = declared(spec, Math.min(Math.max(mean, min), max));
    return avg === null ? [] : [{ index: row.bucket, min, avg, max }];
  });
}
