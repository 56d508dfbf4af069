import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { AggregatorRegistry } from "prom-client";
import { readMetricsDoor, readTraceSettings } from "#lib/config/env";
import { createLog } from "#lib/config/log";
import { ownSecretVariable } from "#lib/launch/callers";
import { listenForMetrics } from "#lib/metrics/listen";

// node lib/launch/cluster.ts <processes> <module> [arguments]
//
// A server as several processes on one port: a page is rendered by one core, and there are more. One
// that ends is replaced; one that ends at once has a reason that a new one would have too, so then
// all end, and whoever supervises us starts us again later.

const [processes = "1", exec = "", ...args] = process.argv.slice(2);
const soundMs = 5_000;
let stopping = false;
const door = readMetricsDoor("web");
const own = randomBytes(32).toString("base64url");

cluster.setupPrimary({
  exec,
  args,
  // No guard of ours: a worker of a cluster ends with its primary by itself.
  execArgv: [
    "web-callers.ts",
    ...(readTraceSettings() ? ["web-traces.ts"] : []),
    ...(door ? ["web-metrics.ts"] : []),
  ].flatMap((file) => ["--import", path.join(import.meta.dirname, file)]),
});

function start(): void {
  const startedAt = performance.now();
  const worker = cluster.fork({ [ownSecretVariable]: own });
  worker.once("exit", (code) => {
    if (!stopping && performance.now() - startedAt < soundMs) end(code || 1);
    else if (!stopping) start();
    else if (living().length === 0) process.exit();
  });
}

function end(code: number): void {
  stopping = true;
  process.exitCode = code;
  const left = living();
  for (const worker of left) worker.process.kill("SIGTERM");
  if (left.length === 0) process.exit();
}

function living(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => end(0));
if (door) {
  const all = new AggregatorRegistry();
  const text = () => all.clusterMetrics();
  await listenForMetrics(
    door,
    { "/metrics": async () => ({ type: all.contentType, text: await text() }) },
    createLog("portal"),
  );
}
for (let n = 0; n < Number(processes); n++) start();
