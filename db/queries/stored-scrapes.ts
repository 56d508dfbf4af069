import type pg from "pg";
import { hasSqlState } from "#db/sql-state";
import type { Id } from "#lib/domain/id";

type Stamped = { nodeId: Id<"node">; at: Date };
type Table = "gpu_samples" | "host_samples";
type Insert<Scrape> = (scrapes: readonly Scrape[]) => Promise<void>;

/** What Postgres says where no partition takes a row (`check_violation`). */
const noPlace = "23514";
const hourMs = 60 * 60_000;

/**
 * Stores scrapes by `insert`, which adds all that it is given or nothing. `again` says that some were
 * given before, and may be stored. Those of a moment for which the tables have no place, as when the
 * clock that stamped them had jumped by days, are left out. Gives those that are stored; throws what else
 * `insert` does, when some may be.
 */
export async function storeScrapes<Scrape extends Stamped>(
  pool: Pick<pg.Pool, "query">,
  table: Table,
  input: { scrapes: readonly Scrape[]; again: boolean; insert: Insert<Scrape> },
): Promise<readonly Scrape[]> {
  const { scrapes, again, insert } = input;
  const missing = again ? await notStored(pool, table, scrapes) : scrapes;
  if (await hasPlace(missing, insert)) return scrapes;
  const misplaced = new Set<Scrape>();
  // A partition is of whole hours, or more.
  const hours = Map.groupBy(missing, ({ at }) => Math.floor(at.getTime() / hourMs));
  for (const ofHour of hours.values()) {
    if (await hasPlace(ofHour, insert)) continue;
    for (const scrape of ofHour) misplaced.add(scrape);
  }
  return scrapes.filter((scrape) => !misplaced.has(scrape));
}

async function hasPlace<Scrape>(
  scrapes: readonly Scrape[],
  insert: Insert<Scrape>,
): Promise<boolean> {
  try {
    await insert(scrapes);
    return true;
  } catch (error) {
    if (hasSqlState(error, noPlace)) return false;
    throw error;
  }
}

// One node and moment at a time, by the index: the planner might read whole days for many.
const missingText = (table: Table) => `
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
async function notStored<Scrape extends Stamped>(
  pool: Pick<pg.Pool, "query">,
  table: Table,
  scrapes: readonly Scrape[],
): Promise<Scrape[]> {
  const { rows } = await pool.query<{ n: number }>(missingText(table), [
    scrapes.map(({ nodeId }) => nodeId),
    scrapes.map(({ at }) => at.toISOString()),
  ]);
  return rows.flatMap(({ n }) => scrapes[n - 1] ?? []);
}
