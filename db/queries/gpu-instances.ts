import { sql } from "drizzle-orm";
import type pg from "pg";
import type { Transaction } from "#db/client";
import type { Scrape } from "#db/queries/insert-gpu-samples";
import { bucketsOfMetric, type Rolled, readBuckets } from "#db/queries/rollups";
import { instanceColumnType } from "#db/schema/gpu-instances";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, seriesOf } from "#lib/domain/telemetry/buckets";
import {
  type InstanceMetric,
  type InstanceSeries,
  instanceMetrics,
  mostCharted,
} from "#lib/domain/telemetry/instance";
import { gpuMetricSpecs } from "#lib/domain/telemetry/metric";

const insertText = (() => {
  const columns = ["node_id", "at", "gpu", "instance", "profile", ...instanceMetrics];
  const types = ["text", "timestamptz", "smallint", "smallint", "text"];
  types.push(...instanceMetrics.map(instanceColumnType));
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`);
  return `insert into gpu_instance_samples (${columns.join(", ")}) select * from unnest(${arrays.join(", ")})`;
})();

/** Adds what many scrapes said of the parts of GPUs in one statement, all or none. */
export async function insertInstanceSamples(
  pool: Pick<pg.Pool, "query">,
  scrapes: readonly Scrape[],
): Promise<void> {
  const rows = scrapes.flatMap(({ nodeId, at, samples }) =>
    samples.flatMap(({ gpu, instances = [] }) =>
      instances.map((part) => ({ ...part, nodeId, at: at.toISOString(), gpu })),
    ),
  );
  if (rows.length === 0) return;
  await pool.query({
    name: "insert_gpu_instance_samples",
    text: insertText,
    values: [
      rows.map(({ nodeId }) => nodeId),
      rows.map(({ at }) => at),
      rows.map(({ gpu }) => gpu),
      rows.map(({ instance }) => instance),
      rows.map(({ profile }) => profile),
      ...instanceMetrics.map((_, index) => rows.map(({ values }) => values[index] ?? null)),
    ],
  });
}

/** Where the samples of parts of GPUs are, and where they are rolled up. */
export const rolledInstances: Rolled<InstanceMetric> = {
  ...{ samples: "gpu_instance_samples", rollups: "gpu_instance_rollups" },
  ...{ keys: ["gpu", "instance", "profile"], metrics: instanceMetrics, bits: [] },
  most: mostCharted,
};

/**
 * What the parts of a node's GPUs did while an environment held it, in the order of their GPUs and numbers,
 * see `readBuckets`; at most `mostCharted`, and none of which nothing is known. Means are at the metric's
 * declared precision.
 */
export async function instanceSeries(
  tx: Transaction,
  input: { environmentId: Id<"environment">; nodeId: Id<"node">; grid: BucketGrid },
): Promise<InstanceSeries[]> {
  const rows = await readBuckets(tx, rolledInstances, { ...input, metrics: instanceMetrics });
  const parts = Map.groupBy(rows, ({ gpu, instance, profile }) => `${gpu} ${instance} ${profile}`);
  return [...parts.values()].flatMap((buckets) => {
    const [first] = buckets;
    if (!first) return [];
    const series = instanceMetrics.flatMap((metric) => {
      const known = bucketsOfMetric(buckets, metric, gpuMetricSpecs[metric]);
      return known.length > 0 ? [[metric, seriesOf(input.grid, known)] as const] : [];
    });
    if (series.length === 0) return [];
    const metrics = Object.fromEntries(series);
    const { gpu, instance, profile } = first;
    return [{ gpu: Number(gpu), instance: Number(instance), profile: String(profile), metrics }];
  });
}

/** One part of a GPU as its node's newest scrape tells, and whose; null was not given. */
type InstanceNow = {
  gpu: number;
  instance: number;
  profile: string;
  /** The share of time in which its graphics engine was active, percent. */
  activity: number | null;
};

/**
 * The parts of a node's GPUs in the scrape that is kept of it (`gpu_latest`), by GPU and number: none of a
 * node that nobody holds, or of before its present holder.
 */
export async function listInstancesNow(
  tx: Transaction,
  nodeId: Id<"node">,
): Promise<InstanceNow[]> {
  const { rows } = await tx.execute<InstanceNow>(sql`
    select s.gpu, s.instance, s.profile, s.gr_active::float8 as activity
    from gpu_latest l
    join allocations a on a.node_id = l.node_id and a.released_at is null and l.at >= a.started_at
    join gpu_instance_samples s on s.node_id = l.node_id and s.at = l.at
    where l.node_id = ${nodeId} order by s.gpu, s.instance`);
  return rows;
}
