import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, connect as dial, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes } from "#db/schema/nodes";
import { sites } from "#db/schema/sites";
import { bootServer } from "#e2e/fixtures/boot-server";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { freePort } from "#e2e/free-port";
import { must } from "#e2e/world/acting";
import type { Grant } from "#lib/access/authorize";
import { debianPackage } from "#lib/agent/debian-package";
import { makeLeaseScript } from "#lib/commands/make-lease-script";
import { setProvisioning } from "#lib/commands/set-provisioning";
import { leaseScriptPath } from "#lib/domain/boot/lease-script";
import type { Id } from "#lib/domain/id";
import { siteDetail } from "#lib/views/site-detail";
import { siteLeases } from "#lib/views/site-leases";

// A real dnsmasq with the configuration and the script of a site's page, and a real client (busybox) on
// the other end of a cable, each in a network namespace of its own: the machine's network is not touched.

const run = promisify(execFile);
const dnsmasq = ["/usr/sbin/dnsmasq", "dnsmasq"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const apart = ["--user", "--map-root-user", "--net"];
const canBeApart =
  spawnSync("unshare", [
    ...apart,
    "ip",
    "link",
    "add",
    "one",
    "type",
    "veth",
    "peer",
    "name",
    "two",
  ]).status === 0;

/** As nodes and dnsmasq reach the boot server, which listens outside of their network. */
const bootOrigin = "http://10.77.0.1:3001";
const firmware = ["-V", "PXEClient:Arch:00007:UNDI:003016", "-x", "0x5d:0007"];
const ipxe = [...firmware, "-x", "0xaf:b10101"];
const macs = {
  server: "52:54:00:77:00:ff",
  node: "52:54:00:77:00:01",
  stranger: "52:54:00:77:00:02",
};

const staying: ChildProcess[] = [];
/** The client takes its address, and knows the server well enough to say goodbye in its last moment. */
const onLease = `#!/bin/sh
ip address flush dev client
[ -n "$ip" ] || exit 0
ip address add "$ip/24" dev client
ip neigh replace 10.77.0.1 lladdr ${macs.server} dev client
echo here
`;

let db: GivenConnections;
let boot: { close: () => Promise<void> };
let relay: Server;
let directory: string;
let busybox: string;
let siteId: Id<"site">;
let nodeId: Id<"node">;
let look: Grant<"fleet.read">;
let serving: ChildProcess;
let client: ChildProcess;
let server: ChildProcess | undefined;
let dnsmasqSaid = "";

/** Runs a program in the network of a process. */
const within = ({ pid }: ChildProcess, program: string, ...args: string[]) => [
  ...["--target", String(pid), "--user", "--net", "--preserve-credentials"],
  ...["--", program, ...args],
];
const inside = (where: ChildProcess, program: string, ...args: string[]) =>
  run("nsenter", within(where, program, ...args));
const ip = (where: ChildProcess, ...args: string[]) => inside(where, "ip", ...args);

/** Starts what stays until the test ends, and waits until it says that it is there. */
async function stays(program: string, args: string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
  staying.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  return child;
}
const waiting = ["sh", "-c", "echo here; exec sleep 600"];

const udhcpc = (...more: string[]) => {
  const script = path.join(directory, "udhcpc.sh");
  const usual = ["udhcpc", "-i", "client", "-f", "-n", "-t", "5", "-T", "1", "-s", script];
  return within(client, busybox, ...usual, ...more);
};

/** Takes a lease as a client that says this of itself, and leaves without a word. */
const ask = (...says: string[]) => run("nsenter", udhcpc("-q", ...says));

async function startDnsmasq() {
  const file = path.join(directory, "dnsmasq.conf");
  server = spawn(
    "nsenter",
    within(
      serving,
      dnsmasq ?? "",
      // What is not there: another user, in a namespace of our own, and iPXE's programs.
      ...["--no-daemon", "--tftp-no-fail", "--no-ping", `--conf-file=${file}`],
      `--dhcp-leasefile=${path.join(directory, "leases")}`,
    ),
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  await new Promise<void>((resolve, reject) => {
    server?.once("exit", () => reject(new Error(dnsmasqSaid)));
    server?.stderr?.on("data", (chunk) => {
      dnsmasqSaid += chunk;
      if (dnsmasqSaid.includes("DHCP, IP range 10.77.0.50 -- 10.77.0.99")) resolve();
    });
  });
}

async function stopDnsmasq() {
  const ended = new Promise((resolve) => server?.once("exit", resolve));
  server?.kill("SIGTERM");
  await ended;
  dnsmasqSaid = "";
}

const seen = async () =>
  (await siteLeases(db.app, look, siteId, { after: 0, limit: 10 }))?.leases ?? [];

beforeAll(async () => {
  if (!dnsmasq || !canBeApart) return;
  directory = await mkdtemp(path.join(tmpdir(), "ingot-dhcp-"));
  busybox = path.join(await debianPackage("busybox-static", "data/cache/ramdisk"), "bin/busybox");
  db = await givenConnections();
  const fleet = await givenFleet(db.app, { racks: [1] });
  nodeId = fleet.racks[0]?.[0] as Id<"node">;
  const [site] = await asOperator(db.app, async (tx) => {
    await tx.update(nodes).set({ bootMac: macs.node }).where(eq(nodes.id, nodeId));
    return tx.select().from(sites);
  });
  if (!site) throw new Error("there is no site");
  siteId = site.id;
  look = await givenFleetGrant(db.app, "fleet.read");
  const port = await freePort();
  boot = await bootServer({
    settings: { databaseUrl: db.url, bootSecret: "a secret", imageDirectory: directory },
    port,
  });

  // A socket in a file is in every network namespace.
  const socket = path.join(directory, "boot.sock");
  relay = createServer((from) => {
    const to = dial(port, "127.0.0.1");
    for (const each of [from, to]) each.on("error", () => {});
    from.pipe(to).pipe(from);
  }).listen(socket);
  serving = await stays("unshare", [...apart, ...waiting]);
  client = await stays("nsenter", within(serving, "unshare", "--net", ...waiting));
  const peer = ["peer", "name", "client", "netns", String(client.pid)];
  await ip(serving, "link", "add", "server", "type", "veth", ...peer);
  await ip(serving, "link", "set", "server", "address", macs.server);
  await ip(serving, "address", "add", "10.77.0.1/24", "dev", "server");
  for (const device of ["lo", "server"]) await ip(serving, "link", "set", device, "up");
  await plug(macs.node);
  await stays(
    "nsenter",
    within(
      serving,
      process.execPath,
      "-e",
      `require("node:net").createServer((from) => {
        const to = require("node:net").connect(${JSON.stringify(socket)});
        for (const each of [from, to]) each.on("error", () => {});
        from.pipe(to).pipe(from);
      }).listen(3001, "10.77.0.1", () => console.log("here"));`,
    ),
  );
  await writeFile(path.join(directory, "udhcpc.sh"), onLease, { mode: 0o755 });

  const network = {
    ...{ mode: "dhcp" as const, networkInterface: "server", subnet: "10.77.0.0/24" },
    ...{ firstAddress: "10.77.0.50", lastAddress: "10.77.0.99", router: null, dns: null },
    leaseMinutes: 30,
  };
  const may = await givenFleetGrant(db.app, "node.enrol");
  must(await setProvisioning(db.app, may, { siteId, ...network }));
  const secrets = await givenFleetGrant(db.app, "credential.edit");
  const { script } = must(await makeLeaseScript(db.app, secrets, { siteId }, bootOrigin));
  const placed = path.join(directory, "ingot-leases");
  await writeFile(placed, script, { mode: 0o500 });
  const config = (await siteDetail(db.app, look, siteId, bootOrigin))?.dnsmasq ?? "";
  await writeFile(
    path.join(directory, "dnsmasq.conf"),
    config
      .replace(`dhcp-script=${leaseScriptPath}`, `dhcp-script=${placed}`)
      .replace("dhcp-scriptuser=dnsmasq", "dhcp-scriptuser=root"),
  );
  await startDnsmasq();
});

afterAll(async () => {
  for (const child of [server, ...staying]) child?.kill("SIGKILL");
  relay?.close();
  await boot?.close();
  await db?.close();
  if (directory) await rm(directory, { recursive: true });
});

/** Another network card at the end of the cable. */
async function plug(mac: string) {
  await ip(client, "link", "set", "client", "down");
  await ip(client, "link", "set", "client", "address", mac);
  await ip(client, "link", "set", "client", "up");
}

test.skipIf(!dnsmasq || !canBeApart)(
  "what dnsmasq hands out is what an operator sees, from a node's first question to its goodbye",
  async () => {
    expect(await seen()).toEqual([]);
    await ask(...firmware);
    await expect.poll(seen).toMatchObject([
      {
        ...{ mac: macs.node, node: { id: nodeId }, state: "leased" },
        address: expect.stringMatching(/^10\.77\.0\.[5-9]\d$/),
        ...{ client: "PXE firmware (UEFI, x86-64)", bootGivenAt: null },
      },
    ]);
    const [first] = await seen();
    const leftMs = Date.parse(first?.until ?? "") - Date.parse(first?.since ?? "");
    expect(leftMs).toBeGreaterThan(1_780_000);
    expect(leftMs).toBeLessThanOrEqual(1_800_000);

    // dnsmasq tells of a lease again when its end moves, which it counts in seconds.
    const byIpxe = async () => {
      await ask(...ipxe);
      return (await seen())[0];
    };
    await expect.poll(byIpxe).toMatchObject({
      ...{ client: "iPXE (UEFI, x86-64)", bootGivenAt: expect.any(String) },
      ...{ address: first?.address, since: first?.since },
    });
    expect(dnsmasqSaid).toContain(`boot.ipxe`);

    await plug(macs.stranger);
    await ask();
    const lease = async (mac: string) => (await seen()).find((each) => each.mac === mac);
    await expect.poll(() => lease(macs.stranger)).toMatchObject({ node: null, state: "leased" });
    expect((await lease(macs.stranger))?.client).toMatch(/^udhcp /);

    // Started anew, it tells of what is in its file: who asked is not forgotten for it.
    const before = await lease(macs.node);
    await stopDnsmasq();
    await startDnsmasq();
    await expect.poll(() => lease(macs.node)).not.toMatchObject({ heardAt: before?.heardAt });
    const { heardAt: _, until: __, ...same } = before ?? {};
    expect(await lease(macs.node)).toMatchObject(same);

    // Asks once more, and gives its address back when it ends.
    const asking = await stays("nsenter", udhcpc("-R"));
    asking.kill("SIGTERM");
    await expect.poll(() => lease(macs.stranger)).toMatchObject({ state: "ended" });
    expect(await lease(macs.node)).toMatchObject({ state: "leased" });
    // What the script says is in dnsmasq's log: nothing, when all is well.
    expect(dnsmasqSaid).not.toMatch(/ingot-leases|refused|failed|curl/);
  },
);
