import { createWriteStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { connect } from "#db/client";
import { givenBootStub } from "#e2e/boot-stub";
import { freeNetwork, freePort } from "#e2e/free-port";
import { Progress } from "#e2e/progress";
import { type RackProcess, startRackProcess } from "#e2e/rack-process";
import { demoRack, people, seedWorld } from "#e2e/seed";
import { actorOf, grantsOf } from "#e2e/world/acting";
import { enrolled, verifyBrokenOff } from "#e2e/world/fleet";
import { sealingKeyOf } from "#e2e/world/sealing-key";
import { newOneTimePassword } from "#lib/access/one-time-password";
import { type Environment, ownEnvironment } from "#lib/config/env";
import { replaceText } from "#lib/launch/secrets";
import { type Ingot, startIngot } from "#lib/launch/start";

// `npm run demo`: the whole of Ingot, a simulated rack for it to run, and a world to look at. It has
// a folder of its own in the data directory, so that it never meets the data of `npm start`.

const directory = path.resolve(ownEnvironment().INGOT_DATA_DIRECTORY || "data", "demo");
const beganAt = performance.now();

const ending = new AbortController();
const signalled = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    ending.abort();
    signalled.resolve();
  });
}

mkdirSync(directory, { recursive: true });
const log = createWriteStream(path.join(directory, "demo.log"));
const progress = new Progress();
let ingot: Ingot | undefined;
let rack: RackProcess | undefined;
let exitCode = 0;
try {
  process.stdout.write("\n  Ingot demo\n\n");
  await start();
  await signalled.promise;
} catch (error) {
  progress.broken();
  if (!ending.signal.aborted) {
    process.stderr.write(`\n  ${error instanceof Error ? error.message : error}\n`);
    exitCode = 1;
  }
}
if (ending.signal.aborted) process.stdout.write("\n  Stopping.\n");
await ingot?.stop();
await rack?.stop();
process.exit(exitCode);

async function start(): Promise<void> {
  const settings = await demoSettings();
  const pxeOrigin = `http://127.0.0.1:${settings.INGOT_BOOT_PORT}`;
  progress.begin("simulated rack");
  // Kept, since its controllers are known by their addresses.
  // A rack of before it was kept is the first.
  const isKnown = existsSync(path.join(directory, "postgres"));
  const first = async () => String(isKnown ? 10 : await freeNetwork(10));
  const network = Number(await kept("rack-network", first));
  const options = { ...demoRack, network, pxeOrigin, speed: 0.25 };
  rack = await startRackProcess({ options, directory });
  progress.detail(`${rack.nodes.length} machines`);
  progress.begin("database and portal");
  ingot = await startIngot({ settings, signal: ending.signal, onLine: follow });
  // It waits for workers and machines, and nobody who wants to stop should wait with it.
  await Promise.race([furnish(ingot, rack), signalled.promise]);
  ending.signal.throwIfAborted();
  progress.done();
  process.stdout.write(summary(ingot, rack, await password()));
}

/** What a person would set by hand for a rack on this very machine, and may still set otherwise. */
async function demoSettings() {
  const own = ownEnvironment();
  return {
    ...ours(own),
    INGOT_DATA_DIRECTORY: directory,
    INGOT_PORT: own.INGOT_PORT ?? String(await freePort(3000)),
    INGOT_BOOT_PORT: own.INGOT_BOOT_PORT ?? String(await freePort(3001)),
    INGOT_BOOT_STUB: own.INGOT_BOOT_STUB ?? (await givenBootStub(directory)),
    INGOT_CONTROLLER_NETWORKS: "127.0.0.0/8",
    INGOT_PROVIDER_NETWORKS: "127.0.0.0/8",
    INGOT_WEBHOOK_NETWORKS: "127.0.0.0/8",
    INGOT_NODE_NETWORKS: "127.0.0.0/8",
    // Short enough to watch: a rack of metal is given half an hour to boot.
    INGOT_POWER_LIMIT_SECONDS: "60",
    INGOT_BOOT_LIMIT_SECONDS: own.INGOT_BOOT_LIMIT_SECONDS ?? "60",
    INGOT_SANITIZE_LIMIT_SECONDS: "120",
    INGOT_INSPECT_LIMIT_SECONDS: "120",
    INGOT_SCRAPE_SECONDS: "5",
    INGOT_POLL_MILLISECONDS: "250",
  } satisfies Environment;
}

function ours(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name.startsWith("INGOT_")),
  );
}

/** Keeps every line of the services in a file, and shows how far the start is. */
function follow(source: string, line: string): void {
  log.write(`${source} ${line}\n`);
  if (source === "build") progress.detail("building the portal");
  if (source === "launcher" && line.includes('"database up to date"')) progress.detail("database");
}

async function furnish(portal: Ingot, { nodes }: RackProcess) {
  const { dataDirectory, imageDirectory } = portal.settings;
  const { db, pool } = connect({ url: portal.databaseUrl, role: "ingot_app" });
  try {
    await seedWorld({
      db,
      nodes,
      imageDirectory,
      password: await password(),
      sealingKey: sealingKeyOf(dataDirectory),
      began: (what) => progress.begin(what),
    });
    progress.begin("enrolment of the nodes");
    const settled = () => enrolled(db, (ready, of) => progress.detail(`${ready} of ${of}`));
    const may = grantsOf(await actorOf(db, people.operator.email));
    const first = await settled();
    const done = (await verifyBrokenOff(db, may)) ? await settled() : first;
    const available = done.filter((node) => node.lifecycle === "available").length;
    progress.detail(`${available} available, ${done.length - available} not`);
  } finally {
    await pool.end();
  }
}

/** One for everyone in the demo, made on the first run. */
function password(): Promise<string> {
  return kept("password", async () => newOneTimePassword());
}

/** What the demo's folder says of something, made where it says nothing yet. */
async function kept(name: string, make: () => Promise<string>): Promise<string> {
  const file = path.join(directory, name);
  if (!existsSync(file)) replaceText(file, await make());
  return readFileSync(file, "utf8").trim();
}

function summary({ origin }: Ingot, { controlOrigin, nodes }: RackProcess, secret: string): string {
  const seconds = Math.round((performance.now() - beganAt) / 1000);
  const signIns = [
    [people.operator, "runs the fleet"],
    [people.watcher, "watches the fleet, changes nothing"],
    [people.owner, "owner of the tenant Aurora Labs"],
    [people.admin, "admin of Aurora Labs"],
    [people.member, "member: launches in both of its projects"],
    [people.viewer, "viewer: looks at Foundation Models"],
  ] as const;
  const last = nodes.filter((node) => node.gpus === 8).at(-1)?.name;
  const first = nodes[0]?.name;
  return [
    "",
    `  Ingot is ready after ${seconds} s:  ${origin}`,
    "",
    `  Sign in with the password  ${secret}  as`,
    ...signIns.map(([{ email }, what]) => `    ${email.padEnd(24)}${what}`),
    "",
    "  To try",
    "    Mia     Foundation Models, Launch: distributed-training on two nodes. Watch the steps,",
    "            then the GPUs; stop it, start it, release it by typing its name.",
    `    Olga    Fleet, Nodes: ${last} has lost a GPU and says which field differs.`,
    "    Anyone  Break a machine, then launch until it is chosen:",
    `            curl -X PUT ${controlOrigin}/nodes/${first}/faults -d '{"faults":["never-boots"]}'`,
    "",
    "  The machines are simulated. The portal cannot tell: it speaks Redfish over HTTPS, serves",
    `  network boot and cloud-init, and reads DCGM and node exporters. Its log: ${path.relative("", path.join(directory, "demo.log"))}`,
    "",
    "  Ctrl-C stops everything. The next run goes on where this one ended.",
    "",
    "",
  ].join("\n");
}
