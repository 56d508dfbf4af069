import type pg from "pg";
import { insertInstanceSamples } from "#db/queries/gpu-instances";
import { insertGpuSamples, type Scrape } from "#db/queries/insert-gpu-samples";

/** Adds the samples of GPUs and of their parts of many scrapes, all or none. */
export async function insertScrapes(pool: pg.Pool, scrapes: readonly Scrape[]): Promise<void> {
  const isSplit = scrapes.some(({ samples }) => samples.some(({ instances }) => instances));
  if (!isSplit) return insertGpuSamples(pool, scrapes);
  const client = await pool.connect();
  try {
    await client.query("begin");
    await insertGpuSamples(client, scrapes);
    await insertInstanceSamples(client, scrapes);
    await client.query("commit");
    client.release();
  } catch (error) {
    // The connection goes with what it had begun.
    client.release(true);
    throw error;
  }
}
