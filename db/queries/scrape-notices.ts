import type pg from "pg";
import { type Id, isId } from "#lib/domain/id";

/** The channel that tells the portal's processes which nodes have new samples: ids and times, no values. */
export const scrapedChannel = "ingot_scraped";

/** That new samples of a node are stored, and who held it when they were taken. */
export type ScrapeNotice = {
  nodeId: Id<"node">;
  environmentId: Id<"environment">;
  projectId: Id<"project">;
  atMs: number;
  /** Whether they are of its GPUs or of its host. */
  of: "gpus" | "host";
};

/** Postgres refuses a notice of 8,000 bytes or more; a line is 115 at most. */
const linesANotice = 64;

const announceText = `
  select pg_notify('${scrapedChannel}', string_agg(line, E'\\n')) from (
    select concat_ws(' ', s.node_id, a.environment_id, a.project_id, s.at_ms::text, $3::text) as line,
      (row_number() over () - 1) / ${linesANotice} as part
    from unnest($1::text[], $2::bigint[]) as s (node_id, at_ms)
    join allocations a on a.node_id = s.node_id and a.started_at <= to_timestamp(s.at_ms / 1000.0)
      and (a.released_at is null or a.released_at > to_timestamp(s.at_ms / 1000.0))
  ) lines group by part`;

/**
 * Tells the portal that scrapes are stored, many in one notice. A node that nobody held at that moment
 * is not told of: nobody may see it.
 */
export async function announceScrapes(
  pool: Pick<pg.Pool, "query">,
  scrapes: readonly { nodeId: Id<"node">; at: Date }[],
  of: ScrapeNotice["of"] = "gpus",
): Promise<void> {
  if (scrapes.length === 0) return;
  await pool.query({
    name: "announce_scrapes",
    text: announceText,
    values: [
      scrapes.map(({ nodeId }) => nodeId),
      scrapes.map(({ at }) => at.getTime()),
      // An older portal reads no fifth word, and takes it for GPUs that have nothing new.
      of === "host" ? of : null,
    ],
  });
}

/** What a notice says; a line that is not understood is passed over. */
export function readScrapeNotices(payload: string): ScrapeNotice[] {
  return payload.split("\n").flatMap((line) => {
    const [nodeId, environmentId, projectId, at, host] = line.split(" ");
    const atMs = Number(at);
    return isId("node", nodeId) &&
      isId("environment", environmentId) &&
      isId("project", projectId) &&
      Number.isSafeInteger(atMs)
      ? [{ nodeId, environmentId, projectId, atMs, of: host === "host" ? "host" : "gpus" }]
      : [];
  });
}
