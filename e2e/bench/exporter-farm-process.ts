import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { FarmPlan } from "#e2e/bench/exporter-farm";
import { expositionOf } from "#e2e/bench/exposition";

// Exporters of a fleet, in a process of their own so that their work is not counted as the
// scraper's. Takes its plan, tells its parent the ports, ends with its parent. Each answer is of the
// moment in which it is asked for.

const { count, odd }: FarmPlan = JSON.parse(process.argv[2] ?? "");
const ports = await Promise.all(
  Array.from({ length: count }, (_, index) => {
    const exposition = expositionOf(`node-${index}`, 8, odd[index]);
    const server = createServer((_request, response) => response.end(exposition(Date.now())));
    // A connection is kept for the next round, as exporters, which are Go programs, keep it.
    server.keepAliveTimeout = 600_000;
    return new Promise<number>((ready) => {
      server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port));
    });
  }),
);
process.on("disconnect", () => process.exit());
process.send?.(ports);
