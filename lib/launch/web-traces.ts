import path from "node:path";
import { readTraceSettings } from "#lib/config/env";
import { createLog } from "#lib/config/log";
import { builtRoutes } from "#lib/launch/next-routes";
import { traceRequests } from "#lib/metrics/trace-requests";
import { startTracing } from "#lib/metrics/tracing";

// Preloaded into each process of the portal when traces are wanted: a request is seen from outside, from
// its first byte on, and what the portal does in it finds the span on its own.

const settings = readTraceSettings();
if (settings) {
  const tracing = startTracing(settings, "web", createLog("portal"));
  const held = globalThis as typeof globalThis & { ingotSpans?: typeof tracing.counts };
  held.ingotSpans = tracing.counts;
  // Files, and the question whether we are well, are no one's work.
  const leftOut = ["/_next", "/api/health", "/api/ready"];
  traceRequests(tracing.tracer, builtRoutes(path.join(import.meta.dirname, "../..")), leftOut);
  // Beside Next's own listener, which ends the process when its requests have been answered.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => tracing.stop());
}
