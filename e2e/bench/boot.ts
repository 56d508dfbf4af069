import path from "node:path";
import { connect } from "#db/client";
import { type BenchRow, quantile } from "#e2e/bench/row";
import type { BenchWorld } from "#e2e/bench/world";
import { bootAll, givenStorm } from "#e2e/boot-storm";
import { keptSecrets } from "#lib/launch/secrets";

/** How many nodes come up at the same moment, as after a power failure. */
const count = 500;

/** The running boot server in a storm: how fast it answers, and whether it ever answers wrongly. */
export async function benchBoot(world: BenchWorld, command: string): Promise<BenchRow[]> {
  const { ingot, app } = world;
  const worker = connect({ url: ingot.databaseUrl, role: "ingot_worker", max: 4 });
  try {
    const secrets = keptSecrets(path.join(ingot.settings.dataDirectory, "secrets"), {});
    const storm = await givenStorm({
      ...{ app: app.db, worker: worker.db, count, late: 20, kernelBytes: 100_000 },
      secret: secrets.INGOT_BOOT_SECRET ?? "",
      origin: ingot.bootOrigin,
      imageDirectory: ingot.settings.imageDirectory,
    });
    const { answers, seconds, latenciesMs, wrong } = await bootAll(storm, ingot.bootOrigin);
    const row = (name: string, value: number, unit: string): BenchRow => ({
      ...{ name: `boot storm of ${count} nodes, ${name}`, value, unit, command },
    });
    return [
      row("all home", Number(seconds.toFixed(1)), "s"),
      row("answers", Math.round(answers / seconds), "requests/s"),
      row("answer, p50", Math.round(quantile(latenciesMs, 0.5)), "ms"),
      row("answer, p95", Math.round(quantile(latenciesMs, 0.95)), "ms"),
      row("wrong answers", wrong.length, `of ${answers}`),
    ];
  } finally {
    await worker.pool.end();
  }
}
