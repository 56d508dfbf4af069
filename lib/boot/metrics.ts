import type { Server } from "node:http";
import { Registry } from "prom-client";
import { routeOf } from "#lib/boot/route";
import type { MetricsDoor } from "#lib/config/env";
import type { Log } from "#lib/config/log";
import { listenForMetrics } from "#lib/metrics/listen";
import { observeProcess, type PoolCounts } from "#lib/metrics/process";
import { observeRequests } from "#lib/metrics/requests";

/** Counts what the boot server is asked, by the names of its routes, and serves it at a door. */
export async function serveBootMetrics(
  door: MetricsDoor,
  pool: PoolCounts,
  log: Log,
): Promise<{ close: () => Promise<void> }> {
  const registry = new Registry();
  registry.setDefaultLabels({ program: "boot" });
  observeProcess(registry, () => pool);
  let own: Server | undefined;
  const stopObserving = observeRequests(
    registry,
    (method, target) => routeOf(method, target)?.name ?? "other",
    (server) => server !== own,
  );
  const page = async () => ({ type: registry.contentType, text: await registry.metrics() });
  const listening = await listenForMetrics(door, { "/metrics": page }, log);
  own = listening.server;
  return {
    close: async () => {
      stopObserving();
      await listening.close();
    },
  };
}
