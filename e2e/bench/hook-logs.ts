import path from "node:path";
import { connect } from "#db/client";
import {
  beginAll,
  givenHookLaunches,
  type Runners,
  startRunners,
  untilAllEnded,
  writtenAt,
} from "#e2e/bench/hook-nodes";
import { watchLogs } from "#e2e/bench/hook-streams";
import { childrenOf, cpuSecondsOf, memoryMib } from "#e2e/bench/process-cost";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { signedIn } from "#e2e/bench/sign-in";
import { type BenchWorld, benchViewers, startBenchWorld } from "#e2e/bench/world";
import { keptSecrets } from "#lib/launch/secrets";

const hookCount = 200;
const streams = 50;
const lineSeconds = 2;
const seconds = 30;

/**
 * How long a line takes from the script that writes it to the page that shows it, while 200 nodes run
 * a hook at once and 50 streams follow four of them each, and what that costs. The nodes' runners are
 * one process on the same two cores, which asks the boot server what they would ask.
 */
export async function benchHookLogs(
  say: (line: string) => void,
  command: string,
): Promise<BenchRow[]> {
  const world = await startBenchWorld(say, {}, 1);
  const { ingot } = world;
  const worker = connect({ url: ingot.databaseUrl, role: "ingot_worker", max: 4 });
  let runners: Runners | undefined;
  let stopStreams = () => {};
  try {
    const secrets = keptSecrets(path.join(ingot.settings.dataDirectory, "secrets"), {});
    say(`${hookCount} nodes that come to their hook, ${streams} streams`);
    const launches = await givenHookLaunches(world, {
      ...{ worker: worker.db, count: hookCount, secret: secrets.INGOT_BOOT_SECRET ?? "" },
      // What it would do is the runners' matter.
      script: "#!/bin/sh\n",
    });
    runners = await startRunners(world, launches, lineSeconds);
    const cookies = await viewersOf(world);
    await quiet(15_000);
    const before = memoryOf(world);

    await beginAll(worker.db, launches);
    say("all of them run");
    const watched = await watchLogs(world, {
      ...{ cookies, streams },
      environmentIds: launches.map(({ environmentId }) => environmentId),
    });
    stopStreams = watched.close;
    await quiet(5_000);
    const meanwhile = await costOver(world, seconds * 1_000);
    const [fromMs, untilMs] = [meanwhile.fromMs, meanwhile.fromMs + seconds * 1_000];
    const isMeasured = (atMs: number) => atMs >= fromMs && atMs < untilMs;

    runners.enough();
    const logs = await untilAllEnded(worker.db);
    await quiet(10_000);
    const after = memoryOf(world);
    const seen = watched.seen.filter(({ atMs }) => isMeasured(atMs));
    const written = [...logs.values()].flatMap(writtenAt).filter(isMeasured).length;
    if (logs.size < hookCount || watched.failed() > 0) {
      say(`${logs.size} of ${hookCount} hooks done, ${watched.failed()} reads failed`);
    }

    const name = `${hookCount} hooks, a line every ${lineSeconds} s each, ${streams} streams of members`;
    const row = (what: string, value: number, unit: string): BenchRow => ({
      ...{ name: `${name}, ${what}`, value: Number(value.toFixed(1)), unit, command },
    });
    const told = seen.map(({ atMs, toldMs }) => toldMs - atMs);
    const read = seen.map(({ atMs, readMs }) => readMs - atMs);
    return [
      row("line to stream, p50", quantile(told, 0.5), "ms"),
      row("line to stream, p95", quantile(told, 0.95), "ms"),
      row("line to page, p50", quantile(read, 0.5), "ms"),
      row("line to page, p95", quantile(read, 0.95), "ms"),
      row("lines", written / seconds, "a second"),
      row("lines that no page had", written - seen.length, `of ${written.toLocaleString("en")}`),
      row("worker's memory before", before.worker, "MiB"),
      row("worker's memory meanwhile, most", meanwhile.most.worker, "MiB"),
      row("worker's memory after", after.worker, "MiB"),
      row("boot server's memory before", before.boot, "MiB"),
      row("boot server's memory meanwhile, most", meanwhile.most.boot, "MiB"),
      row("boot server's memory after", after.boot, "MiB"),
      row("worker", meanwhile.percent.worker, "% of a core"),
      row("boot server", meanwhile.percent.boot, "% of a core"),
      row("portal", meanwhile.percent.web, "% of a core"),
    ];
  } finally {
    stopStreams();
    runners?.close();
    await worker.pool.end();
    await world.stop();
  }
}

/** Sessions of the tenant's people; one after another, since many attempts at once have to wait. */
async function viewersOf(world: BenchWorld): Promise<string[]> {
  const cookies: string[] = [];
  for (const { email } of benchViewers) {
    cookies.push(await signedIn(world.ingot.origin, email, world.password));
  }
  return cookies;
}

/** Something of each program. */
type Each = { worker: number; boot: number; web: number };

function pidsOf({ ingot }: BenchWorld): Each {
  const pid = (service: keyof Each) => {
    const found = ingot.pid(service);
    if (found === undefined) throw new Error(`${service} does not run`);
    return found;
  };
  return { worker: pid("worker"), boot: pid("boot"), web: pid("web") };
}

function memoryOf(world: BenchWorld): Each {
  const { worker, boot, web } = pidsOf(world);
  const portal = childrenOf(web).reduce((sum, child) => sum + memoryMib(child), 0);
  return { worker: memoryMib(worker), boot: memoryMib(boot), web: portal };
}

/** What each takes over a time, and the most memory it has had in it. */
async function costOver(world: BenchWorld, ms: number) {
  const cpu = (): Each => {
    const { worker, boot, web } = pidsOf(world);
    return { worker: cpuSecondsOf(worker), boot: cpuSecondsOf(boot), web: cpuSecondsOf(web) };
  };
  const [earlier, began, fromMs] = [cpu(), performance.now(), Date.now()];
  const most = memoryOf(world);
  while (performance.now() - began < ms) {
    await quiet(1_000);
    const now = memoryOf(world);
    for (const each of ["worker", "boot", "web"] as const)
      most[each] = Math.max(most[each], now[each]);
  }
  const later = cpu();
  const elapsed = (performance.now() - began) / 1_000;
  const share = (each: keyof Each) => ((later[each] - earlier[each]) * 100) / elapsed;
  return {
    fromMs,
    most,
    percent: { worker: share("worker"), boot: share("boot"), web: share("web") },
  };
}

const quiet = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
