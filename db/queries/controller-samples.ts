import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { bucketsOfMetric } from "#db/queries/rollups";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, gridEndMs, seriesOf } from "#lib/domain/telemetry/buckets";
import {
  type SensorSeries,
  sensorMetricSpecs,
  sensorMetrics,
} from "#lib/domain/telemetry/sensor-metric";

const aggregates = { min: sql`min`, avg: sql`avg`, max: sql`max` };

/** What a node's controller measured, by metric; one of which nothing is known is no key. */
export async function sensorSeries(
  tx: Transaction,
  { nodeId, grid }: { nodeId: Id<"node">; grid: BucketGrid },
): Promise<SensorSeries> {
  const from = sql`${new Date(grid.fromMs).toISOString()}::timestamptz`;
  const to = sql`${new Date(gridEndMs(grid)).toISOString()}::timestamptz`;
  const parts = sensorMetrics.flatMap((metric) =>
    Object.entries(aggregates).map(
      ([part, aggregate]) =>
        sql`${aggregate}(s.${sql.identifier(metric)})::float8 as ${sql.identifier(`${metric}_${part}`)}`,
    ),
  );
  const { rows } = await tx.execute<{ bucket: number } & Record<string, number | null>>(sql`
    select floor(extract(epoch from s.at - ${from}) * 1000 / ${grid.stepMs}::integer)::integer as bucket,
      ${sql.join(parts, sql`, `)}
    from controller_samples s
    where s.node_id = ${nodeId} and s.at >= ${from} and s.at < ${to}
    group by 1 order by 1`);
  return Object.fromEntries(
    sensorMetrics.flatMap((metric) => {
      const buckets = bucketsOfMetric(rows, metric, sensorMetricSpecs[metric]);
      return buckets.length > 0 ? [[metric, seriesOf(grid, buckets)]] : [];
    }),
  );
}
