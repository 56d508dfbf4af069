import { fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { sql } from "drizzle-orm";
import pg from "pg";
import { connect, type Database, inScope, type Scope } from "#db/client";
import { rolledGpus } from "#db/queries/gpu-rollups";
import { gpuSeries } from "#db/queries/gpu-samples";
import { insertGpuSamples, type Scrape } from "#db/queries/insert-gpu-samples";
import { rollUp } from "#db/queries/rollups";
import { allocations, environments } from "#db/schema/environments";
import { expositionOf } from "#e2e/bench/exposition";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { asOperator, type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import { bucketGrid } from "#lib/domain/telemetry/buckets";
import { telemetryMetrics } from "#lib/domain/telemetry/charted";
import { type TelemetryWindow, telemetryWindows } from "#lib/domain/telemetry/window";
import { parseExposition } from "#lib/drivers/dcgm/exposition";
import { dcgmExporters } from "#lib/drivers/dcgm/scrape";
import { gpuScraper } from "#lib/worker/scrapers/gpu-scraper";

const require = createRequire(import.meta.url);
/** Two parsers of npm's; neither has types. */
const exposition: { parse: (text: string) => unknown } = require("exposition");
const parsePrometheusTextFormat: (text: string) => unknown =
  require("parse-prometheus-text-format");

const gpusPerNode = 8;
const dayMs = 86_400_000;

/** Median time of one call, in ms: three tries of a tenth of a second each. */
function timeOf(act: () => unknown): number {
  for (let i = 0; i < 200; i++) act();
  const tries = [0, 1, 2].map(() => {
    let calls = 0;
    const began = performance.now();
    while (performance.now() - began < 100) {
      for (let i = 0; i < 20; i++) act();
      calls += 20;
    }
    return (performance.now() - began) / calls;
  });
  return quantile(tries, 0.5);
}

/** What anyone would write first: split into lines, a regular expression for each. */
function naiveParse(text: string): { name: string; labels: Map<string, string>; value: number }[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels, value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (!name || labels === undefined) return [];
    const pairs = labels.matchAll(/(\w+)="([^"]*)"/g);
    return [
      {
        name,
        labels: new Map([...pairs].map(([, k = "", v = ""]) => [k, v])),
        value: Number(value),
      },
    ];
  });
}

/** How fast an exporter's answer becomes samples, and how much slower others are on the same answer. */
export function benchParse(command: string): BenchRow[] {
  const text = expositionOf("node-1", gpusPerNode)(Date.now());
  const body = Buffer.from(text);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
  const scannerMs = timeOf(() => parseExposition(body));
  const others: [who: string, ms: number][] = [
    ["split and regex", timeOf(() => naiveParse(body.toString()))],
    ["npm's exposition", timeOf(() => exposition.parse(body.toString()))],
    [
      "npm's parse-prometheus-text-format",
      timeOf(() => parsePrometheusTextFormat(body.toString())),
    ],
  ];
  const perSecond = (ms: number) => Math.round((lines / ms) * 1000);
  return [
    { name: "DCGM answer of 8 GPUs", value: Math.round(body.length / 1000), unit: "kB", command },
    { name: "DCGM parse", value: perSecond(scannerMs), unit: "samples/s", command },
    ...others.flatMap(([who, ms]) => [
      { name: `DCGM parse, ${who}`, value: perSecond(ms), unit: "samples/s", command },
      {
        name: `DCGM parse, ours to ${who}`,
        value: Number((ms / scannerMs).toFixed(1)),
        unit: "x",
        command,
      },
    ]),
  ];
}

/**
 * What it costs to ask so many exporters every ten seconds for a minute and to store what they say:
 * the worker's processor time, and how far the time between two scrapes of a node strays.
 */
export async function benchScrape(input: {
  command: string;
  databaseUrl: string;
  targets?: number;
  seconds?: number;
}): Promise<BenchRow[]> {
  const { command, databaseUrl, targets: count = 1_000, seconds = 60 } = input;
  const intervalMs = 10_000;
  const farm = fork(new URL("exporter-farm.ts", import.meta.url), [String(count)]);
  const { pool } = connect({ url: databaseUrl, role: "ingot_worker", max: 2 });
  const exporters = dcgmExporters({ networks: ["127.0.0.0/8"], deadlineMs: 5_000 });
  try {
    const [ports] = (await once(farm, "message")) as [number[]];
    const targets = ports.map((port) => ({ nodeId: newId("node"), address: "127.0.0.1", port }));
    const asked = new Map<string, number[]>(targets.map(({ nodeId }) => [nodeId, []]));
    let samples = 0;
    const scraper = gpuScraper({
      targets: async () => targets,
      scrape: (target, signal) => {
        asked.get(target.nodeId)?.push(performance.now());
        return exporters.scrape(target, signal);
      },
      store: {
        samples: async (scrapes) => {
          await insertGpuSamples(pool, scrapes);
          for (const scrape of scrapes) samples += scrape.samples.length;
        },
        outages: async () => {},
      },
      intervalMs,
      log: createLog("bench"),
    });
    // The first round opens the connections; what is measured is the fleet as it goes on.
    await sleep(intervalMs + 1_000);
    const cpu = process.cpuUsage();
    const before = samples;
    const began = performance.now();
    await sleep(seconds * 1_000);
    const elapsedMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    const stored = samples - before;
    await scraper.stop();

    const strays: number[] = [];
    let due = 0;
    let done = 0;
    for (const times of asked.values()) {
      const inTime = times.filter((time) => time >= began && time < began + elapsedMs);
      due += elapsedMs / intervalMs;
      done += inTime.length;
      for (const [index, time] of inTime.slice(1).entries()) {
        strays.push(Math.abs(time - (inTime[index] ?? 0) - intervalMs));
      }
    }
    const name = `${count} exporters every 10 s`;
    return [
      {
        name: `${name}, worker`,
        value: Number(((user + system) / 10 / elapsedMs).toFixed(1)),
        unit: "% of a core",
        command,
      },
      {
        name: `${name}, GPUs stored`,
        value: Math.round(stored / (elapsedMs / 1000)),
        unit: "rows/s",
        command,
      },
      {
        name: `${name}, scrapes made of those due`,
        value: Number(((done / due) * 100).toFixed(1)),
        unit: "%",
        command,
      },
      {
        name: `${name}, stray from the interval, p99`,
        value: Math.round(quantile(strays, 0.99)),
        unit: "ms",
        command,
      },
    ];
  } finally {
    exporters.close();
    await pool.end();
    farm.disconnect();
  }
}

/** The text of a day, one scrape every ten seconds, in batches of a second's worth of 100 nodes. */
function* dayOf(nodeIds: readonly Id<"node">[], fromMs: number): Generator<Scrape[]> {
  const texts = nodeIds.map((id) => expositionOf(id, gpusPerNode));
  let batch: Scrape[] = [];
  for (let atMs = fromMs; atMs < fromMs + dayMs; atMs += 10_000) {
    for (const [index, nodeId] of nodeIds.entries()) {
      const samples = parseExposition(Buffer.from(texts[index]?.(atMs) ?? "")).gpus;
      batch.push({ nodeId, at: new Date(atMs + index * 97), samples });
    }
    if (batch.length >= 100) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

/**
 * What telemetry costs on disk, how fast it is stored, and how long the charts of one node take, by
 * the eyes of its tenant: before and after the day is rolled up.
 */
export async function benchStore(input: {
  command: string;
  databaseUrl: string;
  nodes?: number;
}): Promise<BenchRow[]> {
  const { command, databaseUrl, nodes: count = 10 } = input;
  const worker = connect({ url: databaseUrl, role: "ingot_worker", max: 2 });
  const app = connect({ url: databaseUrl, role: "ingot_app", max: 2 });
  try {
    const fromMs = Date.now() - dayMs;
    await givenYesterday(databaseUrl);
    const fleet = await givenFleet(app.db, { racks: [count] });
    const nodeIds = fleet.racks.flat();
    const held = await givenHeld(app.db, fleet, new Date(fromMs));
    const onDisk = async () => {
      const { rows } = await worker.db.execute<{ bytes: string }>(
        sql`select sum(pg_total_relation_size(inhrelid)) as bytes from pg_inherits where inhparent = 'gpu_samples'::regclass`,
      );
      return Number(rows[0]?.bytes);
    };

    const bytesBefore = await onDisk();
    let storeMs = 0;
    let values = 0;
    let rows = 0;
    for (const scrapes of dayOf(nodeIds, fromMs)) {
      for (const sample of scrapes.flatMap(({ samples }) => samples)) {
        rows += 1;
        values += sample.values.filter((value) => value !== null).length;
      }
      const began = performance.now();
      await insertGpuSamples(worker.pool, scrapes);
      storeMs += performance.now() - began;
    }
    const bytes = (await onDisk()) - bytesBefore;

    const chartTime = async (window: TelemetryWindow, how: string): Promise<BenchRow> => {
      const grid = bucketGrid(window, fromMs + dayMs);
      const times: number[] = [];
      for (const nodeId of nodeIds) {
        const began = performance.now();
        await inScope(app.db, held.scope, (tx) =>
          gpuSeries(tx, { ...held, nodeId, grid, metrics: telemetryMetrics }),
        );
        times.push(performance.now() - began);
      }
      const name = `charts of 8 GPUs, last ${window}${how}, p50`;
      return { name, value: Math.round(quantile(times, 0.5)), unit: "ms", command };
    };
    const charts = [await chartTime("24h", " from samples")];
    const began = performance.now();
    await rollUp(worker.db, rolledGpus);
    const rollUpMs = performance.now() - began;
    for (const window of telemetryWindows) charts.push(await chartTime(window, ""));
    return [
      {
        name: "telemetry stored",
        value: Math.round(values / (storeMs / 1000)),
        unit: "samples/s",
        command,
      },
      {
        name: "telemetry on disk",
        value: Number((bytes / values).toFixed(2)),
        unit: "bytes/sample",
        command,
      },
      {
        name: "telemetry on disk, one GPU, one scrape",
        value: Math.round(bytes / rows),
        unit: "bytes",
        command,
      },
      {
        name: "telemetry rolled up",
        value: Math.round(values / (rollUpMs / 1_000)),
        unit: "samples/s",
        command,
      },
      ...charts,
    ];
  } finally {
    await worker.pool.end();
    await app.pool.end();
  }
}

/** Makes the partitions of yesterday, which a new database has not, as open to the worker as today's. */
export async function givenYesterday(databaseUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  const [yesterday = "", today] = [-1, 0].map((n) =>
    new Date(Date.now() + n * dayMs).toISOString().slice(0, 10),
  );
  for (const table of ["gpu_samples", "gpu_rollups"]) {
    await owner.query(
      `create table if not exists ${table}_${yesterday.replaceAll("-", "")} partition of ${table}
       for values from ('${yesterday} 00:00:00+00') to ('${today} 00:00:00+00')`,
    );
  }
  await owner.query("select open_gpu_samples()");
  await owner.end();
}

/** An environment that has held all nodes of the fleet since a moment, and how its tenant reads. */
export async function givenHeld(
  db: Database,
  fleet: GivenFleet,
  startedAt: Date,
): Promise<{ environmentId: Id<"environment">; scope: Scope }> {
  const { tenantId, projectId, userId } = await givenTenant(db, { fleet, gpuLimit: 1_000_000 });
  const environmentId = newId("environment");
  await asOperator(db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: "bench" },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: {}, authorizedKeys: [] },
    });
    await tx.insert(allocations).values(
      fleet.racks.flat().map((nodeId, index) => ({
        ...{ id: newId("allocation"), tenantId, projectId, environmentId, nodeId, startedAt },
        ...{
          groupName: "workers",
          profileId: fleet.profileId,
          gpus: 8,
          hostname: `bench-${index}`,
        },
      })),
    );
  });
  return { environmentId, scope: { tenant: tenantId, user: userId, fleet: "" } };
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
