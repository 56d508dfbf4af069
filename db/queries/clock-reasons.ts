import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { rollupStep } from "#db/queries/rollups";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, gridEndMs } from "#lib/domain/telemetry/buckets";
import { rollupStepMs } from "#lib/domain/telemetry/window";

/**
 * Which clock event reasons were set at some moment of each bucket, by GPU, while an environment held
 * a node. Null is a bucket in which none were told. Reads rollups where they fit, as `gpuSeries` does.
 */
export async function clockReasonSeries(
  tx: Transaction,
  input: { environmentId: Id<"environment">; nodeId: Id<"node">; grid: BucketGrid },
): Promise<Map<number, (number | null)[]>> {
  const { environmentId, nodeId, grid } = input;
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const to = sql`${new Date(gridEndMs(grid)).toISOString()}::timestamptz`;
  const useRollups = grid.stepMs % rollupStepMs === 0;
  const { rows } = await tx.execute<{ gpu: number; bucket: number; reasons: number }>(sql`
    with held as (
      select * from allocations where environment_id = ${environmentId} and node_id = ${nodeId}
    ),
    rolled as materialized (
      select r.gpu, r.at, r.clock_reasons from held a join gpu_rollups r on r.allocation_id = a.id
      where ${useRollups} and r.at >= ${from} and r.at < ${to}
    ),
    edge as (select coalesce(max(at) + ${rollupStep}, '-infinity') as at from rolled),
    parts as (
      select * from rolled
      union all
      select s.gpu, s.at, s.clock_reasons
      from held a join gpu_samples s on s.node_id = a.node_id and s.at >= a.started_at
        and s.at < coalesce(a.released_at, 'infinity')
      where s.node_id = ${nodeId} and s.at >= ${from} and s.at < ${to} and s.at >= (select at from edge)
    )
    select gpu, floor(extract(epoch from at - ${from}) * 1000 / ${grid.stepMs}::integer)::integer as bucket,
      bit_or(clock_reasons) as reasons
    from parts where clock_reasons is not null group by 1, 2`);
  const series = new Map<number, (number | null)[]>();
  for (const { gpu, bucket, reasons } of rows) {
    const buckets = series.get(gpu) ?? new Array<number | null>(grid.count).fill(null);
    if (bucket >= 0 && bucket < grid.count) buckets[bucket] = reasons;
    series.set(gpu, buckets);
  }
  return series;
}
