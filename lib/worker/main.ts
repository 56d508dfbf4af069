import { Registry } from "prom-client";
import {
  readMetricsDoor,
  readTraceSettings,
  readWorkerSettings,
  SettingsError,
} from "#lib/config/env";
import { createLog } from "#lib/config/log";
import { listenForMetrics } from "#lib/metrics/listen";
import { workerDrivers } from "#lib/worker/drivers";
import { runWorker } from "#lib/worker/run";

// The worker as a process: settings in, signals out. Everything else is in run.ts.

try {
  const settings = readWorkerSettings();
  const log = createLog("worker", settings.logLevel);
  const traces = readTraceSettings();
  // Loaded only where traces are wanted.
  const tracing = traces && (await import("#lib/metrics/tracing"));
  const spans = traces && tracing?.startTracing(traces, "worker", log);
  const drivers = workerDrivers(settings);
  const door = readMetricsDoor("worker");
  const registry = door ? new Registry() : undefined;
  const worker = runWorker({
    settings,
    drivers,
    log,
    ...(registry ? { registry } : {}),
  });
  if (registry && spans) tracing?.observeSpans(registry, spans.counts);
  const monitoring = door && (await listenForMetrics(door, worker.pages, log));
  let ending = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, async () => {
      if (ending) return;
      ending = true;
      await monitoring?.close();
      await worker.stop();
      drivers.close();
      await spans?.stop();
      process.exit(0);
    });
  }
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exit(1);
}
