import path from "node:path";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { startRack } from "#e2e/simulator/rack";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import type { Exchange } from "#lib/ports/controller";

const captures = [
  "nvidia-dgx-h100",
  "dell-idrac",
  "lenovo-xcc",
  "hpe-ilo-dl380a",
  "nvidia-bluefield-dpu",
  "dmtf-public-rackmount1",
] as const;

const rounds = 5;

/** The rack's own network among those of the bench. */
const network = 95;

/**
 * What a whole discovery costs a captured controller, as the worker does it: who it is, whether its
 * host is on, and everything it is made of. Requests are the controller's load; seconds here are the
 * driver's own, since a capture answers at once where a controller takes 20 to 500 ms each.
 */
export async function benchDiscovery(command: string): Promise<BenchRow[]> {
  const rack = await startRack({
    network,
    nodes: [],
    fixtures: captures.map((name) => ({
      name,
      file: path.resolve("../shared/fixtures/redfish", `${name}.json.gz`),
    })),
  });
  try {
    const rows: BenchRow[] = [];
    for (const fixture of rack.fixtures) {
      const seconds: number[] = [];
      let requests = 0;
      for (let round = 0; round < rounds; round++) {
        const exchanges: Exchange[] = [];
        const controller = redfishDriver({ allowedNetworks: ["127.0.0.0/8"] })({
          endpoint: {
            address: fixture.controllerAddress,
            fingerprint: fixture.certificate.fingerprint,
            certificatePem: fixture.certificate.pem,
          },
          credential: { username: fixture.username, password: fixture.password },
          record: (exchange) => exchanges.push(exchange),
        });
        const startedMs = performance.now();
        await controller.identity();
        await controller.powerState();
        await controller.inventory();
        seconds.push((performance.now() - startedMs) / 1_000);
        await controller.close();
        requests = exchanges.length;
      }
      const row = { command, name: `discovery of ${fixture.name}` };
      rows.push(
        { ...row, name: `${row.name}, requests`, value: requests, unit: "requests" },
        {
          ...row,
          name: `${row.name}, p50`,
          value: Number(quantile(seconds, 0.5).toFixed(2)),
          unit: "s",
        },
      );
    }
    return rows;
  } finally {
    await rack.close();
  }
}
