import type pg from "pg";
import { binaryRows } from "#db/binary-rows";
import { copyIn } from "#db/copy-in";
import { columnType } from "#db/schema/gpu-samples";
import type { Id } from "#lib/domain/id";
import { gpuMetrics } from "#lib/domain/telemetry/metric";
import type { GpuSample } from "#lib/domain/telemetry/sample";

/** What one scrape of one node said. */
export type Scrape = { nodeId: Id<"node">; at: Date; samples: readonly GpuSample[] };

type Pool = Pick<pg.Pool, "query">;

const columns = ["node_id", "at", "gpu", ...gpuMetrics];
const types = ["text", "timestamptz", "smallint", ...gpuMetrics.map(columnType)];
const dayMs = 86_400_000;

/**
 * Adds the samples of many scrapes in one statement, all or none: by COPY into the partition of their day,
 * which takes a little more than half of the processor time, and through the table where they are not of
 * one day, or the partition is not open to that. Postgres refuses COPY into a table with row-level security;
 * the worker's policy lets it add any row, and a partition, which nobody else reaches, has none.
 */
export async function insertGpuSamples(pool: Pool, scrapes: readonly Scrape[]): Promise<void> {
  const partition = partitionOf(scrapes);
  if (partition !== null && (await isOpen(pool, partition))) {
    await insertByCopy(pool, partition, scrapes);
  } else {
    await insertByUnnest(pool, scrapes);
  }
}

/** The partition that holds all of these; null where they are none, or not of one day. */
function partitionOf(scrapes: readonly Scrape[]): string | null {
  const [first] = scrapes;
  if (!first) return null;
  const dayOf = ({ at }: Scrape) => Math.floor(at.getTime() / dayMs);
  const day = dayOf(first);
  if (scrapes.some((scrape) => dayOf(scrape) !== day)) return null;
  const date = new Date(day * dayMs).toISOString().slice(0, 10);
  return `gpu_samples_${date.replaceAll("-", "")}`;
}

/** By connection or pool, the partitions that are known to be there and open; they stay so for days. */
const openTo = new WeakMap<Pool, Set<string>>();

async function isOpen(pool: Pool, partition: string): Promise<boolean> {
  const known = openTo.get(pool) ?? new Set();
  openTo.set(pool, known);
  if (known.has(partition)) return true;
  const { rows } = await pool.query<{ open: boolean | null }>(
    "select has_table_privilege(to_regclass($1), 'insert') as open",
    [partition],
  );
  if (rows[0]?.open) known.add(partition);
  return rows[0]?.open ?? false;
}

const rowsOf = binaryRows(types.slice(2));

async function insertByCopy(
  pool: Pool,
  partition: string,
  scrapes: readonly Scrape[],
): Promise<void> {
  const count = scrapes.reduce((sum, { samples }) => sum + samples.length, 0);
  if (count === 0) return;
  const rows = rowsOf(count, Math.max(...scrapes.map(({ nodeId }) => nodeId.length)));
  for (const { nodeId, at, samples } of scrapes) {
    for (const { gpu, values } of samples) rows.add(nodeId, at, [gpu, ...values]);
  }
  const text = `copy ${partition} (${columns.join(", ")}) from stdin (format binary)`;
  try {
    await copyIn(pool, text, rows.end());
  } catch (error) {
    // It may have been dropped or closed meanwhile: looked at again before the next.
    openTo.get(pool)?.delete(partition);
    throw error;
  }
}

const insertText = (() => {
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`);
  return `insert into gpu_samples (${columns.join(", ")}) select * from unnest(${arrays.join(", ")})`;
})();

/** The same through the table. Columns travel as arrays, which costs a fortieth of a parameter per value. */
export async function insertByUnnest(pool: Pool, scrapes: readonly Scrape[]): Promise<void> {
  const nodeIds: string[] = [];
  const times: string[] = [];
  const gpus: number[] = [];
  const values = gpuMetrics.map((): (number | "NULL")[] => []);
  for (const { nodeId, at, samples } of scrapes) {
    const time = at.toISOString();
    for (const sample of samples) {
      nodeIds.push(nodeId);
      times.push(time);
      gpus.push(sample.gpu);
      for (const [index, column] of values.entries()) column.push(sample.values[index] ?? "NULL");
    }
  }
  if (gpus.length === 0) return;
  // Ids, ISO times and numbers need no quoting in an array literal.
  const literals = [nodeIds, times, gpus, ...values].map((column) => `{${column.join(",")}}`);
  await pool.query({ name: "insert_gpu_samples", text: insertText, values: literals });
}
