import type pg from "pg";
import type { Transaction } from "#db/client";
import { bucketsOfMetric, type Rolled, readBuckets } from "#db/queries/rollups";
import { hostColumnType } from "#db/schema/host-samples";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, seriesOf } from "#lib/domain/telemetry/buckets";
import {
  type HostMetric,
  type HostSeries,
  hostMetricSpecs,
  hostMetrics,
} from "#lib/domain/telemetry/host-metric";
import type { HostSample } from "#lib/domain/telemetry/host-sample";

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

/** Where the samples of hosts are, and where they are rolled up. */
export const rolledHosts: Rolled<HostMetric> = {
  ...{ samples: "host_samples", rollups: "host_rollups" },
  ...{ keys: [], metrics: hostMetrics, bits: [] },
};

/**
 * What a node's host did while an environment held it: least, mean and greatest value per bucket, by
 * metric, see `readBuckets`; a metric of which nothing is known is no key. Means are at the metric's
 * declared precision.
 */
export async function hostSeries(
  tx: Transaction,
  input: { environmentId: Id<"environment">; nodeId: Id<"node">; grid: BucketGrid },
): Promise<HostSeries> {
  const rows = await readBuckets(tx, rolledHosts, { ...input, metrics: hostMetrics });
  return Object.fromEntries(
    hostMetrics.flatMap((metric) => {
      const buckets = bucketsOfMetric(rows, metric, hostMetricSpecs[metric]);
      return buckets.length > 0 ? [[metric, seriesOf(input.grid, buckets)]] : [];
    }),
  );
}
