import { execFile } from "node:child_process";
import { createWriteStream, readdirSync, statSync } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { sql } from "drizzle-orm";
import { connect, type Database, inScope } from "#db/client";
import { startEmbeddedPostgres } from "#db/embedded";
import { migrate } from "#db/migrate";
import { rolledGpus } from "#db/queries/gpu-rollups";
import { gpuSeries } from "#db/queries/gpu-samples";
import { insertGpuSamples } from "#db/queries/insert-gpu-samples";
import { rollUp } from "#db/queries/rollups";
import { startPrometheus } from "#e2e/bench/engines";
import { expositionOf } from "#e2e/bench/exposition";
import { cpuSecondsOf, postmasterPid } from "#e2e/bench/process-cost";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { givenHeld, givenYesterday } from "#e2e/bench/telemetry";
import { givenFleet } from "#e2e/fixtures/launchable";
import type { Id } from "#lib/domain/id";
import { bucketGrid } from "#lib/domain/telemetry/buckets";
import { telemetryMetrics } from "#lib/domain/telemetry/charted";
import { parseExposition } from "#lib/drivers/dcgm/exposition";
import { namesOfMetric } from "#lib/drivers/dcgm/fields";
import { prometheusHistory } from "#lib/drivers/prometheus/open-gpu-history";

const nodeCount = 4;
const stepMs = 15_000;
/** How long a block of Prometheus' is; a day is cut at its edges. */
const blockMs = 2 * 3_600_000;
const dayMs = 12 * blockMs;
const rounds = 10;

/**
 * The same day of four nodes of eight GPUs, a scrape every 15 s, in our database and in Prometheus:
 * what a value takes on disk, and how long the 24-hour charts of a node take, all metrics of the page
 * with least, mean and greatest value, each by the way that the portal reads it.
 */
export async function benchHistory(directory: string, command: string): Promise<BenchRow[]> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ directory: path.join(directory, "postgres") });
  const ending: (() => unknown)[] = [() => postgres.stop()];
  try {
    await migrate(postgres.url());
    const worker = connect({ url: postgres.url(), role: "ingot_worker", max: 2 });
    const app = connect({ url: postgres.url(), role: "ingot_app", max: 2 });
    ending.unshift(() => Promise.all([worker.pool.end(), app.pool.end()]));
    await givenYesterday(postgres.url());
    const fleet = await givenFleet(app.db, { racks: [nodeCount] });
    const nodeIds = fleet.racks.flat();
    const endMs = Math.floor(Date.now() / blockMs) * blockMs;
    const fromMs = endMs - dayMs;
    const held = await givenHeld(app.db, fleet, new Date(fromMs));

    const blocks = path.join(directory, "prometheus/data");
    await mkdir(blocks, { recursive: true });
    const texts = nodeIds.map((id) => ({ nodeId: id, expose: expositionOf(id, 8) }));
    let [lines, values] = [0, 0];
    for (let blockFromMs = fromMs; blockFromMs < endMs; blockFromMs += blockMs) {
      const file = path.join(directory, "block.txt");
      const said = function* () {
        for (let atMs = blockFromMs; atMs < blockFromMs + blockMs; atMs += stepMs) {
          for (const { nodeId, expose } of texts) {
            const samples = expose(atMs)
              .split("\n")
              .filter((line) => /^\w/.test(line));
            lines += samples.length;
            yield samples.map((line) => asGathered(line, nodeId, atMs)).join("");
          }
        }
        yield "# EOF\n";
      };
      await pipeline(Readable.from(said()), createWriteStream(file));
      await promisify(execFile)("promtool", [
        ...["tsdb", "create-blocks-from", "openmetrics", file, blocks],
      ]);
      await rm(file);
      for (let atMs = blockFromMs; atMs < blockFromMs + blockMs; atMs += 10 * stepMs) {
        const scrapes = Array.from({ length: 10 }, (_, n) => atMs + n * stepMs).flatMap((at) =>
          texts.map(({ nodeId, expose }) => ({
            ...{ nodeId, at: new Date(at) },
            samples: parseExposition(Buffer.from(expose(at))).gpus,
          })),
        );
        for (const { samples } of scrapes) {
          for (const sample of samples) {
            values += sample.values.filter((value) => value !== null).length;
          }
        }
        await insertGpuSamples(worker.pool, scrapes);
      }
    }
    const [sampleBytes, rollupBytesBefore] = [
      await sizeOf(worker.db, "gpu_samples"),
      await sizeOf(worker.db, "gpu_rollups"),
    ];

    const prometheus = await startPrometheus(path.join(directory, "prometheus"));
    ending.unshift(() => prometheus.stop());
    // It joins blocks of two hours by itself, after a minute.
    await new Promise((done) => setTimeout(done, 90_000));
    const theirs = prometheusHistory({
      ...{ url: prometheus.url, fields: namesOfMetric },
      // Longer than the portal waits: how long it takes is what is asked.
      deadlineMs: 60_000,
    });
    const grid = bucketGrid("24h", endMs);
    const asked = (nodeId: Id<"node">) => ({
      ...{ environmentId: held.environmentId, nodeId, grid, metrics: telemetryMetrics },
      ...{ held: [{ fromMs, untilMs: null }], nowMs: endMs },
    });
    const ours = (nodeId: Id<"node">) =>
      inScope(app.db, held.scope, (tx) => gpuSeries(tx, asked(nodeId)));
    const name = "24-hour charts of 8 GPUs";
    const timed = async (
      what: string,
      pid: number,
      read: (nodeId: Id<"node">) => Promise<unknown>,
    ) => {
      const times: number[] = [];
      // The first round brings all into memory.
      for (const nodeId of nodeIds) await read(nodeId);
      const cpuBefore = cpuSecondsOf(pid);
      for (let round = 0; round < rounds; round++) {
        for (const nodeId of nodeIds) {
          const began = performance.now();
          await read(nodeId);
          times.push(performance.now() - began);
        }
      }
      const cpuMs = ((cpuSecondsOf(pid) - cpuBefore) * 1_000) / times.length;
      const row = (how: string, value: number) => ({
        ...{ name: `${name}, ${what}, ${how}`, value: Math.round(value), unit: "ms", command },
      });
      return [
        row("p50", quantile(times, 0.5)),
        row("p95", quantile(times, 0.95)),
        row("processor time of the store", cpuMs),
      ];
    };
    const postgresPid = postmasterPid(path.join(directory, "postgres"));
    const fromSamples = await timed("our samples", postgresPid, ours);
    await rollUp(worker.db, rolledGpus);
    const rollupBytes = (await sizeOf(worker.db, "gpu_rollups")) - rollupBytesBefore;
    const fromRollups = await timed("our roll-ups", postgresPid, ours);
    const fromPrometheus = await timed("Prometheus", prometheus.pid, (nodeId) =>
      theirs.read(asked(nodeId)),
    );
    const size = (what: string, bytes: number, count: number) => ({
      ...{ name: `a day on disk, ${what}`, unit: "bytes/sample", command },
      value: Number((bytes / count).toFixed(2)),
    });
    return [
      size("our samples", sampleBytes, values),
      size("our roll-ups of it", rollupBytes, values),
      size("Prometheus", bytesIn(prometheus.data), lines),
      ...fromSamples,
      ...fromRollups,
      ...fromPrometheus,
    ];
  } finally {
    for (const end of ending) await end();
  }
}

/** A line of an exporter as Prometheus keeps it: with our labels, and its moment. */
function asGathered(line: string, nodeId: string, atMs: number): string {
  const labels = `ingot_node="${nodeId}",node="${nodeId}",instance="10.0.0.1:9400",job="dcgm",`;
  return `${line.replace("{", `{${labels}`)} ${atMs / 1_000}\n`;
}

async function sizeOf(db: Database, table: "gpu_samples" | "gpu_rollups"): Promise<number> {
  const { rows } = await db.execute<{ bytes: string }>(
    sql`select sum(pg_total_relation_size(inhrelid)) as bytes from pg_inherits where inhparent = ${table}::regclass`,
  );
  return Number(rows[0]?.bytes);
}

/** The blocks in a directory of Prometheus', without the log of what is not yet in one. */
function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/wal|chunks_head/.test(entry.parentPath))
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
