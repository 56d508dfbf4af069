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
import { watchPages } from "#e2e/bench/hook-pages";
import { watchStreams } from "#e2e/bench/hook-streams";
import { childrenOf, cpuSecondsOf, memoryMib } from "#e2e/bench/process-cost";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { signedIn } from "#e2e/bench/sign-in";
import { type BenchWorld, benchViewers, startBenchWorld } from "#e2e/bench/world";
import { keptSecrets } from "#lib/launch/secrets";

const hookCount = 200;
/** Of the 50 viewers so many look at a page in Chromium, each at one hook; the others share the rest. */
const pageCount = 5;
const lineSeconds = 2;
const seconds = 30;

/**
 * How long a line takes from the script that writes it to whoever looks at it, while 200 nodes run a hook at once and
 * 50 people follow them, and what that costs: in Chromium to the frame that shows it, and for the others, who each
 * follow four or five hooks over a stream, to the answer that has it. The nodes' runners are one process on the same
 * two cores, which asks the boot server what they would ask.
 */
export async function benchHookLogs(
  say: (line: string) => void,
  command: string,
): Promise<BenchRow[]> {
  const world = await startBenchWorld(say, {}, 1);
  const { ingot } = world;
  const worker = connect({ url: ingot.databaseUrl, role: "ingot_worker", max: 4 });
  let runners: Runners | undefined;
  const watched: { close: () => void }[] = [];
  try {
    const secrets = keptSecrets(path.join(ingot.settings.dataDirectory, "secrets"), {});
    say(`${hookCount} nodes that come to their hook, ${benchViewers.length} viewers`);
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
    const ids = launches.map(({ environmentId }) => environmentId);
    const ofStreams = cookies.slice(pageCount);
    const streams = await watchStreams(
      world,
      ofStreams.map((cookie, index) => ({
        cookie,
        environmentIds: ids.slice(pageCount).filter((_, at) => at % ofStreams.length === index),
      })),
    );
    watched.push(streams);
    const pages = await watchPages(
      world,
      ids
        .slice(0, pageCount)
        .map((environmentId, at) => ({ cookie: cookies[at] ?? "", environmentId })),
    );
    watched.push(pages);
    await quiet(5_000);
    const meanwhile = await costOver(world, seconds * 1_000);
    const [fromMs, untilMs] = [meanwhile.fromMs, meanwhile.fromMs + seconds * 1_000];
    const isMeasured = (atMs: number) => atMs >= fromMs && atMs < untilMs;

    runners.enough();
    const logs = await untilAllEnded(worker.db);
    await quiet(10_000);
    const after = memoryOf(world);
    if (logs.size < hookCount) throw new Error(`${logs.size} of ${hookCount} hooks are done`);
    const told = (await streams.lines()).filter(({ atMs }) => isMeasured(atMs));
    const painted = (await pages.lines()).filter(({ atMs }) => isMeasured(atMs));
    const written = [...logs.values()].flatMap(writtenAt).filter(isMeasured).length;
    const missed = written - told.length - painted.length;
    const [ofStream, ofPage] = [streams.reads(), pages.reads()];
    const reads = ofStream.reads + ofPage.reads;

    const name = `${hookCount} hooks, a line every ${lineSeconds} s each, ${cookies.length} viewers, ${pageCount} of them in Chromium`;
    const row = (what: string, value: number, unit: string): BenchRow => ({
      ...{ name: `${name}, ${what}`, value: Number(value.toFixed(1)), unit, command },
    });
    const toldMs = told.map((line) => line.toldMs - line.atMs);
    const readMs = told.map((line) => line.seenMs - line.atMs);
    const paintedMs = painted.map((line) => line.seenMs - line.atMs);
    return [
      row("line to stream, p50", quantile(toldMs, 0.5), "ms"),
      row("line to stream, p95", quantile(toldMs, 0.95), "ms"),
      row("line to answer, p50", quantile(readMs, 0.5), "ms"),
      row("line to answer, p95", quantile(readMs, 0.95), "ms"),
      row("line to paint, p50", quantile(paintedMs, 0.5), "ms"),
      row("line to paint, p95", quantile(paintedMs, 0.95), "ms"),
      row("lines", written / seconds, "a second"),
      row("lines painted", painted.length, "lines"),
      row("lines that no viewer had", missed, `of ${written.toLocaleString("en")}`),
      row(
        "reads refused or failed",
        ofStream.failed + ofPage.failed,
        `of ${reads.toLocaleString("en")}`,
      ),
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
    for (const { close } of watched) close();
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
