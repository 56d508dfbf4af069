import { sql } from "drizzle-orm";
import type pg from "pg";
import type { Scrape } from "#db/queries/insert-gpu-samples";
import { type GpuSample, sampleValue } from "#lib/domain/telemetry/sample";

/** What maps of GPUs show, in the order of the columns of `gpu_latest`. */
const latestMetrics = ["gpu_util", "gpu_temp", "power_w", "clock_reasons"] as const;

const upsertText = `
  insert into gpu_latest (node_id, at, ${latestMetrics.join(", ")})
  select node_id, at, gpu_util::real[], gpu_temp::smallint[], power_w::real[], clock_reasons::integer[]
  from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[])
    as t (node_id, at, ${latestMetrics.join(", ")})
  order by node_id
  on conflict (node_id) do update set at = excluded.at,
    ${latestMetrics.map((metric) => `${metric} = excluded.${metric}`).join(", ")}
  where gpu_latest.at < excluded.at`;

/** Keeps the newest of these scrapes of each node, where it is newer than what is kept. */
export async function keepGpuLatest(
  pool: Pick<pg.Pool, "query">,
  scrapes: readonly Scrape[],
): Promise<void> {
  if (scrapes.length === 0) return;
  const newest = new Map<string, Scrape>();
  for (const scrape of scrapes) {
    const before = newest.get(scrape.nodeId);
    if (!before || before.at < scrape.at) newest.set(scrape.nodeId, scrape);
  }
  const rows = [...newest.values()];
  await pool.query({
    name: "keep_gpu_latest",
    text: upsertText,
    values: [
      rows.map(({ nodeId }) => nodeId),
      rows.map(({ at }) => at.toISOString()),
      ...latestMetrics.map((metric) => rows.map(({ samples }) => arrayOf(samples, metric))),
    ],
  });
}

/** One entry a GPU up to the last that was named, as an array literal. */
function arrayOf(samples: readonly GpuSample[], metric: (typeof latestMetrics)[number]): string {
  const count = Math.max(0, ...samples.map(({ gpu }) => gpu + 1));
  const values = new Array<number | "NULL">(count).fill("NULL");
  for (const sample of samples) values[sample.gpu] = sampleValue(sample, metric) ?? "NULL";
  return `{${values.join(",")}}`;
}

/** The newest that was told of a node's GPUs, one entry a GPU. */
export type LatestValues = {
  /** Their age; null when there have been none since the present tenant took it. */
  ageMs: number | null;
  utilization: (number | null)[];
  temperature: (number | null)[];
  power: (number | null)[];
  clockReasons: (number | null)[];
};

/** A row of `latestColumns`. */
export type LatestRow = { age_ms: number | null } & Record<
  (typeof latestMetrics)[number],
  string | null
>;

/**
 * What is read of `gpu_latest`, joined as `l`. Arrays travel as text and are split here: a tenth of what the
 * driver's own parsing of them costs.
 */
export const latestColumns = sql.join(
  [
    sql`case when l.at is not null then greatest(0, extract(epoch from now() - l.at) * 1000) end::float8
      as age_ms`,
    ...latestMetrics.map((metric) => {
      const column = sql.identifier(metric);
      return sql`array_to_string(l.${column}, ',', '') as ${column}`;
    }),
  ],
  sql`, `,
);

/** What such a row says. */
export function latestOf(row: LatestRow): LatestValues {
  return {
    ageMs: row.age_ms,
    utilization: numbersOf(row.gpu_util),
    temperature: numbersOf(row.gpu_temp),
    power: numbersOf(row.power_w),
    clockReasons: numbersOf(row.clock_reasons),
  };
}

function numbersOf(list: string | null): (number | null)[] {
  if (list === null) return [];
  return list.split(",").map((text) => (text === "" ? null : Number(text)));
}
