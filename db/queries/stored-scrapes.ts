import type pg from "pg";
import type { Id } from "#lib/domain/id";

// One node and moment at a time, by the index: the planner might read whole days for many.
const missingText = (table: "gpu_samples" | "host_samples") => `
  select s.n::integer as n from unnest($1::text[], $2::timestamptz[]) with ordinality as s (node_id, at, n)
  left join lateral (
    select true as stored from ${table} where node_id = s.node_id and at = s.at limit 1
  ) there on true
  where there.stored is null order by s.n`;

/**
 * Those of these scrapes of which no sample is stored. A commit whose acknowledgement is lost with the
 * connection has stored all that was given with it; what was given once is told apart by this before it
 * is given again. (A statement that outlives its connection is not seen: it takes milliseconds, and is
 * over before another is tried.)
 */
export async function notStored<Scrape extends { nodeId: Id<"node">; at: Date }>(
  pool: Pick<pg.Pool, "query">,
  table: "gpu_samples" | "host_samples",
  scrapes: readonly Scrape[],
): Promise<Scrape[]> {
  const { rows } = await pool.query<{ n: number }>(missingText(table), [
    scrapes.map(({ nodeId }) => nodeId),
    scrapes.map(({ at }) => at.toISOString()),
  ]);
  return rows.flatMap(({ n }) => scrapes[n - 1] ?? []);
}
