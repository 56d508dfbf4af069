import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { connect, type Database } from "#db/client";
import { nodes } from "#db/schema/nodes";
import {
  type Engine,
  startPrometheus,
  startVictoriaMetrics,
  untilAnswered,
} from "#e2e/bench/engines";
import { startExporterFarm } from "#e2e/bench/exporter-farm";
import { benchHistory } from "#e2e/bench/history";
import {
  cpuSecondsOf,
  familyMemoryMib,
  peakMemoryMib,
  postmasterPid,
} from "#e2e/bench/process-cost";
import type { BenchRow } from "#e2e/bench/row";
import { insertScraped } from "#e2e/bench/scraped-nodes";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { freePort } from "#e2e/free-port";
import { gpuMetrics } from "#lib/domain/telemetry/metric";
import { startIngot } from "#lib/launch/start";

const scrapeSeconds = 15;

/**
 * The same fleet of simulated exporters, asked at once and as often by the worker, by Debian's
 * Prometheus and by its VictoriaMetrics, which find the exporters by the worker's own list: what each
 * takes for it. Then a day of telemetry on disk and its charts, from our database and from Prometheus.
 */
export async function benchIngest(
  say: (line: string) => void,
  command: string,
  { nodes: count = 1_000, seconds = 180 }: { nodes?: number; seconds?: number } = {},
): Promise<BenchRow[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-ingest-"));
  await chmod(directory, 0o711);
  const ending: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    say(`${count} exporters`);
    const farm = await startExporterFarm(count);
    ending.unshift(() => farm.stop());

    say("database, worker");
    const token = randomUUID();
    const metricsPort = await freePort();
    const settings = {
      INGOT_DATA_DIRECTORY: directory,
      INGOT_PORT: String(await freePort()),
      INGOT_BOOT_PORT: String(await freePort()),
      INGOT_NODE_NETWORKS: "127.0.0.0/8",
      INGOT_LOG_LEVEL: "error",
      INGOT_SCRAPE_SECONDS: String(scrapeSeconds),
      // The worker's is the one after the portal's.
      INGOT_METRICS_PORT: String(metricsPort - 1),
      INGOT_METRICS_TOKEN: token,
    };
    const ingot = await startIngot({ settings, services: ["worker"] });
    ending.unshift(() => ingot.stop());
    const app = connect({ url: ingot.databaseUrl, role: "ingot_app", max: 2 });
    ending.unshift(() => app.pool.end());
    await givenScraped(app.db, farm.ports);

    const worker = `http://127.0.0.1:${metricsPort}`;
    await untilAnswered(`${worker}/metrics`);
    const discovery = { worker, token, scrapeSeconds };
    const prometheus = await startPrometheus(path.join(directory, "prometheus"), discovery);
    ending.unshift(() => prometheus.stop());
    const victoria = await startVictoriaMetrics(path.join(directory, "victoria"), discovery);
    ending.unshift(() => victoria.stop());

    const pids = {
      worker: ingot.pid("worker") ?? 0,
      postgres: postmasterPid(path.join(directory, "postgres")),
      prometheus: prometheus.pid,
      victoria: victoria.pid,
    };
    const cpu = () => ({
      worker: cpuSecondsOf(pids.worker),
      postgres: cpuSecondsOf(pids.postgres),
      prometheus: cpuSecondsOf(pids.prometheus),
      victoria: cpuSecondsOf(pids.victoria),
    });
    // The first rounds open the connections and make the series.
    await sleep(4 * scrapeSeconds * 1_000);
    say(`${seconds} s of measuring`);
    const [before, appendedBefore, fromMs] = [cpu(), await appended(prometheus), Date.now()];
    await sleep(seconds * 1_000);
    const [after, appendedAfter, toMs] = [cpu(), await appended(prometheus), Date.now()];
    const elapsed = (toMs - fromMs) / 1_000;
    const stored = await storedBetween(ingot.postgres?.superuserUrl ?? "", fromMs, toMs);
    const took = (name: keyof typeof pids) => ((after[name] - before[name]) / elapsed) * 100;
    const row = (what: string, value: number, unit: string): BenchRow => ({
      name: `${count} exporters every ${scrapeSeconds} s, ${what}`,
      value: Number(value.toFixed(1)),
      unit,
      command,
    });
    const rows = [
      row("worker", took("worker"), "% of a core"),
      row("its database", took("postgres"), "% of a core"),
      row("Prometheus", took("prometheus"), "% of a core"),
      row("VictoriaMetrics", took("victoria"), "% of a core"),
      row("worker, most memory", peakMemoryMib(pids.worker), "MiB"),
      row("its database, memory", familyMemoryMib(pids.postgres), "MiB"),
      row("Prometheus, most memory", peakMemoryMib(pids.prometheus), "MiB"),
      row("VictoriaMetrics, most memory", peakMemoryMib(pids.victoria), "MiB"),
      row("worker, scrapes of those due", (stored.scrapes / due(count, elapsed)) * 100, "%"),
      row("worker, stored", stored.values / elapsed, "samples/s"),
      row("Prometheus, stored", (appendedAfter - appendedBefore) / elapsed, "samples/s"),
    ];
    for (const end of ending.splice(0, ending.length - 1)) await end();
    say("a day of telemetry");
    rows.push(...(await benchHistory(path.join(directory, "history"), command)));
    return rows;
  } finally {
    for (const end of ending) await end();
  }
}

const due = (count: number, seconds: number) => (count * seconds) / scrapeSeconds;

/** Nodes that are on and held by one environment, each with one of these exporters. */
async function givenScraped(db: Database, ports: readonly number[]): Promise<void> {
  const fleet = await givenFleet(db, { racks: [1] });
  const of = await givenTenant(db, { fleet, gpuLimit: 1_000_000 });
  await asOperator(db, async (tx) => {
    const [like] = await tx.select({ rackId: nodes.rackId }).from(nodes).limit(1);
    if (!like) throw new Error("there is no rack");
    const { rackId } = like;
    await insertScraped(tx, {
      ...{ name: "ingest", of, fleet, since: new Date() },
      nodes: ports.map((exporterPort, index) => ({ name: `node-${index}`, exporterPort, rackId })),
    });
  });
}

/** How many samples Prometheus has taken in so far. */
async function appended({ url }: Engine): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = text.matchAll(/^prometheus_tsdb_head_samples_appended_total(?:\{.*\})? (\S+)$/gm);
  return [...found].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** The scrapes, and the values in them, that our database holds of a stretch of time. */
async function storedBetween(
  superuserUrl: string,
  fromMs: number,
  toMs: number,
): Promise<{ scrapes: number; values: number }> {
  const url = superuserUrl.replace(/postgres$/, "ingot");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select count(distinct (node_id, at)) as scrapes, sum(num_nonnulls(${gpuMetrics.join(", ")})) as values
       from gpu_samples where at >= to_timestamp($1::float8 / 1000) and at < to_timestamp($2::float8 / 1000)`,
      [fromMs, toMs],
    );
    return { scrapes: Number(rows[0].scrapes), values: Number(rows[0].values) };
  } finally {
    await client.end();
  }
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
