import type { Registry } from "prom-client";
import type { Connection } from "#db/client";
import { type Exporter, listExporters, listHostExporters } from "#db/queries/exporters";
import type { Log } from "#lib/config/log";
import type { MetricsPages } from "#lib/metrics/listen";
import { observeProcess } from "#lib/metrics/process";
import { fleetMetrics } from "#lib/worker/fleet-metrics";

/** What an operator's Prometheus asks a worker for: its figures, and where the fleet's exporters are. */
export function monitoringPages(
  registry: Registry,
  { db, pool }: Connection,
  nodeExporterPort: number,
  log: Log,
): MetricsPages {
  registry.setDefaultLabels({ program: "worker" });
  observeProcess(registry, () => pool);
  const readFleet = fleetMetrics(registry, db, log);
  return {
    "/metrics": async () => {
      await readFleet();
      return { type: registry.contentType, text: await registry.metrics() };
    },
    "/sd/dcgm": async () => ({
      type: "application/json",
      text: JSON.stringify((await listExporters(db)).map(targetGroup)),
    }),
    "/sd/node": async () => ({
      type: "application/json",
      text: JSON.stringify((await listHostExporters(db, nodeExporterPort)).map(targetGroup)),
    }),
  };
}

/**
 * One exporter as HTTP service discovery wants it
 * (https://prometheus.io/docs/prometheus/latest/http_sd/). `ingot_node` is what Ingot's own queries
 * go by. Whose the node is at the moment is not said: each new holder would make new series.
 */
function targetGroup({ nodeId, address, port, name, rack, site }: Exporter) {
  const host = address.includes(":") ? `[${address}]` : address;
  return {
    targets: [`${host}:${port}`],
    labels: { ingot_node: nodeId, node: name, rack, site },
  };
}
