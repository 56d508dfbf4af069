import { eq, getTableColumns, sql } from "drizzle-orm";
import type pg from "pg";
import type { Transaction } from "#db/client";
import { nvswitchLatest } from "#db/schema/nvswitch-latest";
import type { Id } from "#lib/domain/id";
import type { SwitchSample } from "#lib/domain/telemetry/nvswitch";

const columns = {
  nvswitch: "smallint",
  temperature: "smallint",
  tx: "real",
  rx: "real",
  fatal: "integer",
  non_fatal: "integer",
  link_errors: "bigint",
} as const;

const names = Object.keys(columns);
const upsertText = `
  insert into nvswitch_latest (node_id, at, ${names.join(", ")})
  select node_id, at, ${Object.entries(columns)
    .map(([name, type]) => `${name}::${type}[]`)
    .join(", ")}
  from unnest($1::text[], $2::timestamptz[], ${names.map((_, index) => `$${index + 3}::text[]`).join(", ")})
    as t (node_id, at, ${names.join(", ")})
  order by node_id
  on conflict (node_id) do update set at = excluded.at,
    ${names.map((name) => `${name} = excluded.${name}`).join(", ")}
  where nvswitch_latest.at < excluded.at`;

type Scrape = { nodeId: Id<"node">; at: Date; switches: readonly SwitchSample[] };

/** Keeps what the newest of these scrapes of each node says of its switches, where it names any. */
export async function keepNvswitchLatest(
  pool: Pick<pg.Pool, "query">,
  scrapes: readonly Scrape[],
): Promise<void> {
  const newest = new Map<string, Scrape>();
  for (const scrape of scrapes) {
    const before = newest.get(scrape.nodeId);
    if (scrape.switches.length === 0 || (before && before.at >= scrape.at)) continue;
    newest.set(scrape.nodeId, scrape);
  }
  if (newest.size === 0) return;
  const rows = [...newest.values()];
  const arrays = (value: (sample: SwitchSample) => number | null) =>
    rows.map(({ switches }) => `{${switches.map((one) => value(one) ?? "NULL").join(",")}}`);
  await pool.query({
    name: "keep_nvswitch_latest",
    text: upsertText,
    values: [
      rows.map(({ nodeId }) => nodeId),
      rows.map(({ at }) => at.toISOString()),
      arrays(({ nvswitch }) => nvswitch),
      arrays(({ temperature }) => temperature),
      arrays(({ tx }) => tx),
      arrays(({ rx }) => rx),
      arrays(({ fatal }) => fatal),
      arrays(({ nonFatal }) => nonFatal),
      arrays(({ linkErrors }) => linkErrors),
    ],
  });
}

/**
 * What was told last of the switches of a node since its present holder has it, and how old that is: no
 * scrape of GPUs alone takes it away. None without a holder.
 */
export async function findNvswitches(
  tx: Transaction,
  nodeId: Id<"node">,
): Promise<{ ageMs: number | null; switches: SwitchSample[] }> {
  const [row] = await tx
    .select({
      ...getTableColumns(nvswitchLatest),
      ageMs: sql<number>`greatest(0, extract(epoch from now() - ${nvswitchLatest.at}) * 1000)::float8`,
    })
    .from(nvswitchLatest)
    .where(
      sql`${eq(nvswitchLatest.nodeId, nodeId)} and ${nvswitchLatest.at} >= coalesce(
        (select started_at from allocations a where a.node_id = ${nodeId} and a.released_at is null), 'infinity')`,
    );
  if (!row) return { ageMs: null, switches: [] };
  const switches = row.nvswitch.map((nvswitch, index) => ({
    nvswitch,
    temperature: row.temperature[index] ?? null,
    tx: row.tx[index] ?? null,
    rx: row.rx[index] ?? null,
    fatal: row.fatal[index] ?? null,
    nonFatal: row.nonFatal[index] ?? null,
    linkErrors: row.linkErrors[index] ?? null,
  }));
  return { ageMs: row.ageMs, switches };
}
