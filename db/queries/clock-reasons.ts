import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { rolledGpus } from "#db/queries/gpu-rollups";
import { heldParts } from "#db/queries/rollups";
import type { Id } from "#lib/domain/id";
import type { BucketGrid } from "#lib/domain/telemetry/buckets";

/**
 * Which clock event reasons were set at some moment of each bucket, by GPU, while an environment held
 * a node. Null is a bucket in which none were told. Reads rollups where they fit, as `gpuSeries` does.
 */
export async function clockReasonSeries(
  tx: Transaction,
  input: { environmentId: Id<"environment">; nodeId: Id<"node">; grid: BucketGrid },
): Promise<Map<number, (number | null)[]>> {
  const { grid } = input;
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const held = heldParts(rolledGpus, input, {
    rolled: [sql`r.clock_reasons`],
    sampled: [sql`bit_or(s.clock_reasons) as clock_reasons`],
  });
  const { rows } = await tx.execute<{ gpu: number; bucket: number; reasons: number }>(sql`
    with ${held}
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
