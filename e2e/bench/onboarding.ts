import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { count } from "drizzle-orm";
import { connect } from "#db/client";
import { nodes } from "#db/schema/nodes";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { signedIn } from "#e2e/bench/sign-in";
import { givenBootStub } from "#e2e/boot-stub";
import { freePort } from "#e2e/free-port";
import { type RackProcess, startRackProcess } from "#e2e/rack-process";
import { people, seedWorld } from "#e2e/seed";
import type { NodeIdentity, NodeReport } from "#e2e/simulator/node";
import { actorOf, grantsOf, reading } from "#e2e/world/acting";
import { rack as givenRack, site } from "#e2e/world/fleet";
import { sealingKeyOf } from "#e2e/world/sealing-key";
import { enrolNodes } from "#lib/commands/enrol-nodes";
import { type Ingot, startIngot } from "#lib/launch/start";
import { readEnrolmentSheet } from "#lib/schemas/enrolment-sheet";
import { enrolmentPlan } from "#lib/views/enrolment-plan";

const many = 1_000;
const racks = 20;
const lookEveryMs = 500;

/**
 * How long a list of a thousand nodes takes from its check until every node is available, what the
 * controllers are asked meanwhile, and how the onboarding page answers while it goes on.
 */
export async function benchOnboarding(
  say: (line: string) => void,
  command: string,
): Promise<BenchRow[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-bench-"));
  await chmod(directory, 0o711);
  const bootPort = await freePort();
  const password = "bench-of-onboarding";
  let rack: RackProcess | undefined;
  let ingot: Ingot | undefined;
  try {
    say(`simulated rack of ${many} nodes`);
    rack = await startRackProcess({
      directory,
      options: {
        network: 121,
        seed: "onboarding",
        nodesPerRack: many / racks,
        nodes: [{ count: many, flavour: "dgx" }],
        pxeOrigin: `http://127.0.0.1:${bootPort}`,
        timing: { powerMs: 0, bootMs: 0, shutdownMs: 0 },
      },
    });
    say("database, build, portal");
    ingot = await startIngot({
      settings: {
        INGOT_DATA_DIRECTORY: directory,
        INGOT_PORT: String(await freePort()),
        INGOT_BOOT_PORT: String(bootPort),
        INGOT_BOOT_STUB: await givenBootStub(directory),
        INGOT_CONTROLLER_NETWORKS: "127.0.0.0/8",
        INGOT_NODE_NETWORKS: "127.0.0.0/8",
        INGOT_LOG_LEVEL: "error",
      },
    });
    return await onboard({ rack, ingot, directory, password, say, command });
  } finally {
    await ingot?.stop();
    await rack?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function onboard(input: {
  rack: RackProcess;
  ingot: Ingot;
  directory: string;
  password: string;
  say: (line: string) => void;
  command: string;
}): Promise<BenchRow[]> {
  const { rack, ingot, say, command, password } = input;
  const app = connect({ url: ingot.databaseUrl, role: "ingot_app", max: 8 });
  try {
    const { db } = app;
    const sealingKey = sealingKeyOf(input.directory);
    const imageDirectory = ingot.settings.imageDirectory;
    await seedWorld({ db, password, imageDirectory, sealingKey, nodes: [] });
    const may = grantsOf(await actorOf(db, people.operator.email));
    const siteId = await site(db, may, "Luleå");
    for (let at = 0; at < racks; at++) await givenRack(db, may, siteId, `B${at}`);
    const cookie = await signedIn(ingot.origin, people.operator.email, password);

    const sheet = readEnrolmentSheet({
      text: sheetOf(rack.nodes),
      username: "admin",
      password: "-",
    });
    if (!sheet.ok) throw new Error(sheet.refusal.fields.text);
    const checkMs = await timed(() => enrolmentPlan(db, may("node.enrol"), sheet.value));
    const enrolMs = await timed(() => enrolNodes(db, may("node.enrol"), sheet.value, sealingKey));

    const began = performance.now();
    const pages: number[] = [];
    let peakMib = 0;
    let said = 0;
    for (;;) {
      pages.push(
        await timed(async () => {
          const answer = await fetch(`${ingot.origin}/fleet/onboarding`, { headers: { cookie } });
          if (answer.status !== 200) throw new Error(`the page answered ${answer.status}`);
          await answer.arrayBuffer();
        }),
      );
      peakMib = Math.max(peakMib, residentMib(ingot.pid("worker")));
      const by = await reading(db, (tx) =>
        tx
          .select({ lifecycle: nodes.lifecycle, count: count() })
          .from(nodes)
          .groupBy(nodes.lifecycle),
      );
      const available = by.find((row) => row.lifecycle === "available")?.count ?? 0;
      if (available - said >= 200) {
        said = available;
        say(`${available} available`);
      }
      if (by.some((row) => row.lifecycle === "failed")) throw new Error(JSON.stringify(by));
      if (available === many) break;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    const minutes = (performance.now() - began) / 60_000;
    const requests = await requestsOf(rack, rack.nodes.slice(0, 50));
    const row = (what: string, value: number, unit: string) => ({
      name: `${many.toLocaleString("en")} nodes from a list, ${what}`,
      value,
      unit,
      command,
    });
    return [
      row("checked", Math.round(checkMs), "ms"),
      row("enrolled", Math.round(enrolMs), "ms"),
      row("all available", Number(minutes.toFixed(1)), "min"),
      row("requests to a controller, p50", quantile(requests.total, 0.5), "requests"),
      row("requests to a controller at once, most", Math.max(...requests.atOnce), "requests"),
      row("worker's memory, most", Math.round(peakMib), "MiB"),
      row("onboarding page meanwhile, p50", Math.round(quantile(pages, 0.5)), "ms"),
      row("onboarding page meanwhile, p95", Math.round(quantile(pages, 0.95)), "ms"),
    ];
  } finally {
    await app.pool.end();
  }
}

function sheetOf(identities: readonly NodeIdentity[]): string {
  return [
    "name,controller,node_type,rack,username,password,fingerprint",
    ...identities.map((node, at) =>
      [
        ...[node.name, node.controllerAddress, "dgx-h100", `B${at % racks}`],
        ...[node.username, node.password, node.certificate.fingerprint],
      ].join(","),
    ),
  ].join("\n");
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** What a process holds in memory, as Linux tells it; 0 elsewhere. */
function residentMib(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

async function requestsOf(
  rack: RackProcess,
  some: readonly NodeIdentity[],
): Promise<{ total: number[]; atOnce: number[] }> {
  const counts: NodeReport["requests"][] = [];
  for (const { name } of some) {
    const answer = await fetch(`${rack.controlOrigin}/nodes/${name}`);
    counts.push(((await answer.json()) as NodeReport).requests);
  }
  return {
    total: counts.map((each) => each.total),
    atOnce: counts.map((each) => each.peakConcurrent),
  };
}
