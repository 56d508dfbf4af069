import { appendFileSync } from "node:fs";
import { isSpared } from "#e2e/crash/spared";
import { createLog } from "#lib/config/log";
import { workerDrivers } from "#lib/worker/drivers";
import { runWorker, type WorkerSettings } from "#lib/worker/run";

// The real worker, which kills itself with SIGKILL the first time it comes to each moment of each
// step. It waits loaded until it is told to go, so that a successor takes over at once.

export type Orders = {
  settings: WorkerSettings;
  controllerNetworks: string[];
  providerNetworks: string[];
  nodeNetworks: string[];
  /** Where the moments are written at which a worker died, one a line. */
  journal: string;
  /** Moments at which one died already. */
  visited: string[];
};

process.on("message", (orders: Orders) => {
  const visited = new Set(orders.visited);
  runWorker({
    settings: orders.settings,
    drivers: workerDrivers({ ...orders, scrapeMs: orders.settings.scrapeMs }),
    log: createLog("crashing-worker", "warn"),
    witness: (moment, operation, step) => {
      const point = `${operation.kind} / ${step} / ${moment}`;
      if (visited.has(point) || isSpared(operation.kind, step)) return;
      appendFileSync(orders.journal, `${point}\n`);
      process.kill(process.pid, "SIGKILL");
      // SIGKILL to oneself is asynchronous: nothing may happen before it arrives.
      for (;;);
    },
  });
});
process.on("disconnect", () => process.exit());
process.send?.("loaded");
