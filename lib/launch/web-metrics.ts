import path from "node:path";
import { AggregatorRegistry, Registry } from "prom-client";
import { builtRoutes } from "#lib/launch/next-routes";
import { observeProcess, type PoolCounts } from "#lib/metrics/process";
import { observeRequests } from "#lib/metrics/requests";
import type { SpanCounts } from "#lib/metrics/span-exporter";

// Preloaded into each process of the portal when metrics are wanted. The process tells its figures
// to the primary, which adds them up: Prometheus, which reaches any one of several processes on one
// port, would otherwise see a different one each time.

const registry = new Registry();
registry.setDefaultLabels({ program: "web" });
AggregatorRegistry.setRegistries(registry);
// Its constructor is what listens for the primary's question.
new AggregatorRegistry();

// The pool is made by the portal's first question to the database, in this process (lib/server/database).
const held = globalThis as typeof globalThis & {
  ingotDatabase?: { pool: PoolCounts };
  /** Of `web-traces`, which is loaded before this where traces are wanted. */
  ingotSpans?: () => SpanCounts;
};
observeProcess(registry, () => held.ingotDatabase?.pool);
observeRequests(registry, builtRoutes(path.join(import.meta.dirname, "../..")));
if (held.ingotSpans) {
  const { observeSpans } = await import("#lib/metrics/tracing");
  observeSpans(registry, held.ingotSpans);
}
