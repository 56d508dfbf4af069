import { Gauge, type Registry } from "prom-client";
import type { Database } from "#db/client";
import { readFleetFigures } from "#db/queries/fleet-figures";
import type { Log } from "#lib/config/log";

/**
 * How the fleet stands, as gauges of a worker's registry: gives the function that reads them anew.
 * While the database does not answer they are absent, since what they were is not what they are.
 * Every worker tells the same figures: of several, take any one.
 */
export function fleetMetrics(registry: Registry, db: Database, log: Log): () => Promise<void> {
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const up = gauge("ingot_database_up", "1 while the database answers.");
  const operations = gauge(
    "ingot_operations",
    "Operations that have not ended, by kind and state; stuck ones wait for a person.",
    "kind",
    "state",
  );
  const due = gauge(
    "ingot_operations_due",
    "Operations whose time it is and that no worker holds.",
  );
  const oldest = gauge(
    "ingot_operations_oldest_due_seconds",
    "How long the longest of them has been due.",
  );
  const nodes = gauge("ingot_nodes", "Nodes, by where they are in their life.", "lifecycle");
  const health = gauge("ingot_nodes_health", "Nodes, by health.", "health");
  const environments = gauge("ingot_environments", "Environments not released, by state.", "state");
  const poolItems = gauge(
    "ingot_pool_items",
    "Items of pools taken, by kind and state.",
    "kind",
    "state",
  );
  const silent = gauge(
    "ingot_exporters_silent",
    "Nodes whose exporter is asked and says nothing that can be used.",
  );
  const all = [operations, due, oldest, nodes, health, environments, poolItems, silent];

  return async () => {
    try {
      const figures = await readFleetFigures(db);
      for (const one of all) one.reset();
      up.set(1);
      for (const { kind, state, count } of figures.operations)
        operations.set({ kind, state }, count);
      due.set(figures.due.count);
      oldest.set(figures.due.oldestSeconds);
      for (const { lifecycle, count } of figures.nodes) nodes.set({ lifecycle }, count);
      for (const row of figures.health) health.set({ health: row.health }, row.count);
      for (const { state, count } of figures.environments) environments.set({ state }, count);
      for (const { kind, state, count } of figures.poolItems) poolItems.set({ kind, state }, count);
      silent.set(figures.silentExporters);
    } catch (error) {
      log.warn({ error }, "the fleet's figures could not be read");
      // A gauge without labels would read zero, which is a figure: nothing is said of it instead.
      for (const one of all) {
        one.reset();
        one.remove({});
      }
      up.set(0);
    }
  };
}
