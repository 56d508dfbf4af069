import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { telemetryMetrics } from "#lib/domain/telemetry/charted";
import type { GpuMetric } from "#lib/domain/telemetry/metric";
import { rollupStepMs } from "#lib/domain/telemetry/window";

/** Of every metric the least, mean and greatest value, as a rollup's columns are named. */
export function rolledUp(metrics: readonly GpuMetric[]): SQL {
  const aggregates = metrics.map((metric) => {
    const column = sql.identifier(metric);
    const [min, avg, max] = (["min", "avg", "max"] as const).map((part) =>
      sql.identifier(`${metric}_${part}`),
    );
    return sql`min(s.${column}) as ${min}, avg(s.${column})::float8 as ${avg}, max(s.${column}) as ${max}`;
  });
  return sql.join(aggregates, sql`, `);
}

/** The width of a rollup's bucket, as an interval. */
export const rollupStep = sql.raw(`interval '${rollupStepMs} milliseconds'`);

/** Samples that are stored later than this after they were taken miss their bucket. */
const graceMs = 30_000;
/** Buckets done before are looked at again: a database that was away gets its samples late. */
const lookBackMs = 6 * 60_000;
/** No further back than any chart looks. */
const farthestMs = 26 * 3_600_000;

/**
 * Rolls up the samples of every allocation in the buckets that have closed since the last time.
 * Buckets whose samples came late are corrected. Can be called any number of times by any number of
 * workers: of two at once, one does it.
 */
export async function rollUpGpuSamples(db: Database): Promise<void> {
  const values = telemetryMetrics.flatMap((metric) =>
    ["min", "avg", "max"].map((part) => sql.identifier(`${metric}_${part}`)),
  );
  const corrected = [sql.identifier("samples"), sql.identifier("clock_reasons"), ...values].map(
    (column) => sql`${column} = excluded.${column}`,
  );
  await db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtext('gpu_rollups')) as mine`,
    );
    if (!rows[0]?.mine) return;
    // One index scan per allocation, over its few minutes: never the fleet's whole day.
    await tx.execute(sql`
      with span as (
        select
          greatest(
            coalesce(
              (select max(at) from gpu_rollups) - make_interval(secs => ${lookBackMs / 1_000}),
              '-infinity'
            ),
            date_bin(${rollupStep}, now() - make_interval(secs => ${farthestMs / 1_000}), 'epoch')
          ) as begins,
          date_bin(${rollupStep}, now() - make_interval(secs => ${graceMs / 1_000}), 'epoch') as ends
      )
      insert into gpu_rollups (allocation_id, gpu, at, samples, clock_reasons, ${sql.join(values, sql`, `)})
      select a.id, b.*
      from span cross join allocations a cross join lateral (
        select s.gpu, date_bin(${rollupStep}, s.at, 'epoch') as bucket, count(*),
          bit_or(s.clock_reasons), ${rolledUp(telemetryMetrics)}
        from gpu_samples s
        where s.node_id = a.node_id and s.at >= a.started_at
          and s.at < coalesce(a.released_at, 'infinity')
          and s.at >= span.begins and s.at < span.ends
        group by 1, 2
      ) b
      where a.started_at < span.ends and (a.released_at is null or a.released_at > span.begins)
      on conflict (allocation_id, at, gpu) do update set ${sql.join(corrected, sql`, `)}
      where excluded.samples > gpu_rollups.samples`);
  });
}
