import { connect } from "#db/client";
import { insertByUnnest, insertGpuSamples, type Scrape } from "#db/queries/insert-gpu-samples";
import { expositionOf } from "#e2e/bench/exposition";
import { cpuSecondsOf } from "#e2e/bench/process-cost";
import type { BenchRow } from "#e2e/bench/row";
import { newId } from "#lib/domain/id";
import { parseExposition } from "#lib/drivers/dcgm/exposition";

const nodeCount = 1_000;
const gpusPerNode = 8;
const stepMs = 15_000;
/** So many nodes answer in a quarter of a second, of 1,000 every 15 s; the worker stores after half a second. */
const atOnce = 17;
const passes = 4;
const roundsPerPass = 2;

/** Rounds of a fleet of its own, tomorrow: nobody else's, and in a partition that there is. */
function fleetRounds(): () => Scrape[] {
  const nodeIds = Array.from({ length: nodeCount }, () => newId("node"));
  const texts = Array.from({ length: 20 }, (_, index) =>
    expositionOf(`node-${index}`, gpusPerNode),
  );
  let atMs = new Date().setUTCHours(24, 0, 0, 0);
  return () => {
    atMs += stepMs;
    const told = texts.map((text) => parseExposition(Buffer.from(text(atMs))).gpus);
    return nodeIds.map((nodeId, index) => ({
      ...{ nodeId, at: new Date(atMs + index), samples: told[index % told.length] ?? [] },
    }));
  };
}

/**
 * What it costs to store samples by COPY and by unnest, in one run: processor time of this process and of
 * its connection's process of Postgres, for batches as the worker stores them and for a whole round.
 */
export async function benchInserts(input: {
  command: string;
  databaseUrl: string;
}): Promise<BenchRow[]> {
  const { pool } = connect({ url: input.databaseUrl, role: "ingot_worker", max: 1 });
  const nextRound = fleetRounds();
  const ways = { COPY: insertGpuSamples, unnest: insertByUnnest };
  try {
    const { rows } = await pool.query<{ pid: number }>("select pg_backend_pid() as pid");
    const backend = rows[0]?.pid ?? Number.NaN;
    const cpuSeconds = () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6 + cpuSecondsOf(backend);
    };

    const measured: BenchRow[] = [];
    for (const size of [atOnce, nodeCount]) {
      const cost = { COPY: 0, unnest: 0 };
      let values = 0;
      // The first pass fills caches, and is not counted.
      for (let pass = 0; pass < passes; pass++) {
        for (const way of ["COPY", "unnest"] as const) {
          const scrapes = Array.from({ length: roundsPerPass }, nextRound).flat();
          const before = cpuSeconds();
          for (let from = 0; from < scrapes.length; from += size) {
            await ways[way](pool, scrapes.slice(from, from + size));
          }
          if (pass === 0) continue;
          cost[way] += cpuSeconds() - before;
          if (way === "COPY") values += valuesIn(scrapes);
        }
      }
      const name = `telemetry stored, ${size} nodes at once`;
      const { command } = input;
      const perMillion = (seconds: number) => Number(((seconds / values) * 1e6).toFixed(2));
      measured.push(
        ...(["COPY", "unnest"] as const).map((way) => ({
          ...{ name: `${name}, by ${way}, both sides`, value: perMillion(cost[way]) },
          ...{ unit: "CPU s/M samples", command },
        })),
        {
          name: `${name}, unnest to COPY`,
          value: Number((cost.unnest / cost.COPY).toFixed(2)),
          ...{ unit: "x", command },
        },
      );
    }
    return measured;
  } finally {
    await pool.end();
  }
}

function valuesIn(scrapes: readonly Scrape[]): number {
  return scrapes
    .flatMap(({ samples }) => samples)
    .reduce((sum, { values }) => sum + values.filter((value) => value !== null).length, 0);
}
