import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { benchBoot } from "#e2e/bench/boot";
import { benchCharts, benchMap } from "#e2e/bench/charts";
import { benchDiscovery } from "#e2e/bench/discovery";
import { benchFinds } from "#e2e/bench/finds";
import { benchForm } from "#e2e/bench/form";
import { benchHookLogs } from "#e2e/bench/hook-logs";
import { benchIngest } from "#e2e/bench/ingest";
import { benchInserts } from "#e2e/bench/inserts";
import { benchIronic } from "#e2e/bench/ironic";
import { benchLaunches } from "#e2e/bench/launches";
import { benchLive } from "#e2e/bench/live";
import { benchMachine } from "#e2e/bench/machine";
import { benchOnboarding } from "#e2e/bench/onboarding";
import { benchPages } from "#e2e/bench/pages";
import { benchPreflight } from "#e2e/bench/preflight";
import { benchReads } from "#e2e/bench/reads";
import type { BenchRow } from "#e2e/bench/row";
import { benchParse, benchScrape, benchStore } from "#e2e/bench/telemetry";
import { benchTenancy } from "#e2e/bench/tenancy";
import { benchUse } from "#e2e/bench/use";
import { startBenchWorld } from "#e2e/bench/world";
import { fetchBrowser } from "#e2e/runner/browser";
import { installDebianPackages } from "#e2e/runner/debian-packages";

// `npm run bench`: measures, prints a table in Markdown, and judges nothing. `npm run bench launches`
// measures one part.

const parts = [
  "discovery",
  "machine",
  "launches",
  "pages",
  "telemetry",
  "charts",
  "boot",
  "ironic",
  "onboarding",
  "live",
  "ingest",
  "finds",
  "tenancy",
  "reads",
  "preflight",
  "form",
  "hook-logs",
] as const;
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(parts as readonly string[]).includes(name));
if (unknown.length > 0) {
  console.error(`There is no part called ${unknown.join(", ")}. There are: ${parts.join(", ")}.`);
  process.exit(1);
}
const measures = (part: (typeof parts)[number]) => wanted.length === 0 || wanted.includes(part);
const command = (part: string) => `npm run bench ${part}`;
const say = (line: string) => console.error(`  ${line}`);

for (const line of [...installDebianPackages(), ...fetchBrowser()]) say(line);
const rows: BenchRow[] = [];
if (measures("discovery")) {
  say("discovery");
  rows.push(...(await benchDiscovery(command("discovery"))));
}
if (measures("machine")) {
  say("machine");
  rows.push(...(await benchMachine(command("machine"))));
}
const inPortal = ["launches", "pages", "telemetry", "charts", "boot", "ironic"] as const;
if (inPortal.some((part) => measures(part))) {
  rows.push(...(await benchPortal()));
}
if (measures("onboarding")) {
  say("onboarding");
  rows.push(...(await benchOnboarding(say, command("onboarding"))));
}
if (measures("live")) {
  say("live");
  rows.push(...(await benchLive(say, command("live"))));
}
if (measures("ingest")) {
  say("ingest");
  rows.push(...(await benchIngest(say, command("ingest"))));
}
if (measures("finds")) {
  say("finds");
  rows.push(...(await benchFinds(say, command("finds"))));
}
if (measures("tenancy")) {
  say("tenancy");
  rows.push(...(await benchTenancy(say, command("tenancy"))));
}
if (measures("reads")) {
  say("reads");
  rows.push(...(await benchReads(say, command("reads"))));
}
if (measures("preflight")) {
  say("preflight");
  rows.push(...(await benchPreflight(say, command("preflight"))));
}
if (measures("form")) {
  say("form");
  rows.push(...(await benchForm(say, command("form"))));
}
if (measures("hook-logs")) {
  say("hook-logs");
  rows.push(...(await benchHookLogs(say, command("hook-logs"))));
}

const [cpu] = cpus();
console.log(
  `\n${availableParallelism()} cores of ${cpu?.model ?? "an unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}\n`,
);
console.log("| what | value | unit | command |\n|---|---:|---|---|");
for (const row of rows) {
  console.log(`| ${row.name} | ${row.value} | ${row.unit} | \`${row.command}\` |`);
}
process.exit(0);

/** What is measured against a whole portal. */
async function benchPortal(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const world = await startBenchWorld(say);
  try {
    // The pages need an environment to show.
    if (measures("launches") || measures("pages") || measures("charts")) {
      say("launches");
      const launches = await benchLaunches(world, command("launches"));
      if (measures("launches")) rows.push(...launches);
    }
    if (measures("pages")) {
      say("pages");
      rows.push(...(await benchPages(world, command("pages"))));
    }
    if (measures("charts")) {
      say("charts");
      rows.push(...(await benchCharts(world, command("charts"))));
    }
    if (measures("telemetry")) {
      say("telemetry");
      const input = { command: command("telemetry"), databaseUrl: world.ingot.databaseUrl };
      rows.push(...benchParse(input.command));
      rows.push(...(await benchScrape({ ...input, seconds: 30 })));
      rows.push(...(await benchStore(input)));
      rows.push(...(await benchInserts(input)));
      rows.push(...(await benchUse(input)));
    }
    // Last, since it leaves the fleet with 500 nodes that are nobody's.
    if (measures("boot")) {
      say("boot");
      rows.push(...(await benchBoot(world, command("boot"))));
    }
    if (measures("ironic")) {
      say("lists of 10,000 nodes, ours and Ironic's");
      rows.push(...(await benchIronic(world, command("ironic"))));
    }
    if (measures("charts")) {
      say("map of the fleet");
      const input = { command: command("charts"), databaseUrl: world.ingot.databaseUrl };
      rows.push(...(await benchMap(input)));
    }
  } finally {
    await world.stop();
  }
  return rows;
}
