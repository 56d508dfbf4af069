import type { Database } from "#db/client";
import { rolledInstances } from "#db/queries/gpu-instances";
import { rolledGpus } from "#db/queries/gpu-rollups";
import { rollUpSamples, rollUpWider } from "#db/queries/rollups";
import { judgeUse } from "#lib/worker/reconcilers/judge-use";

const rolled = [rolledGpus, rolledInstances];

/**
 * Rolls up what GPUs and their parts did and judges their use by it: a window is judged once, so all that
 * it is judged by is rolled up before. `signal` ends it early; the next time it goes on there.
 */
export async function rollUpGpus(db: Database, signal?: AbortSignal): Promise<void> {
  const begun: number[] = [];
  for (const of of rolled) {
    const fromMs = await rollUpSamples(db, of, signal);
    // Whoever else is at it does the rest as well.
    if (fromMs === null) return;
    begun.push(fromMs);
  }
  await judgeUse(db);
  for (const [index, fromMs] of begun.entries()) {
    const of = rolled[index];
    if (of) await rollUpWider(db, of, fromMs, signal);
  }
}
