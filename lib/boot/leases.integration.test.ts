import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq, sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bootRequests as bootRequestRows, dhcpLeases } from "#db/schema/dhcp-leases";
import { nodes } from "#db/schema/nodes";
import { sites } from "#db/schema/sites";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import type { Grant } from "#lib/access/authorize";
import { postgresLeaseStore } from "#lib/boot/lease-store";
import { postgresScriptStore } from "#lib/boot/postgres-script-store";
import { postgresBootStore } from "#lib/boot/postgres-store";
import { type BootServer, startBootServer } from "#lib/boot/server";
import { createSite } from "#lib/commands/create-site";
import { makeLeaseScript } from "#lib/commands/make-lease-script";
import { removeProvisioning } from "#lib/commands/remove-provisioning";
import { setProvisioning } from "#lib/commands/set-provisioning";
import { type Id, newId } from "#lib/domain/id";
import type { Inventory } from "#lib/domain/node/inventory";
import { bootRequests } from "#lib/views/boot-requests";
import { siteDetail } from "#lib/views/site-detail";
import { siteLeases } from "#lib/views/site-leases";
import { pruneEvidence } from "#lib/worker/reconcilers/prune-evidence";

// What a site's DHCP server tells, from the script that dnsmasq runs to what an operator sees. How
// dnsmasq itself runs it: e2e/lab/dhcp-leases.integration.test.ts.

let db: GivenConnections;
let fleet: GivenFleet;
let server: BootServer;
let directory: string;
let origin: string;
let siteId: Id<"site">;
let look: Grant<"fleet.read">;
let enrol: Grant<"node.enrol">;
let secrets: Grant<"credential.edit">;
/** The script as it is downloaded, and where it posts to. */
let script: string;
let url: string;
/** By which the boot server counts reports. */
let nowMs = 0;

const network = {
  ...{ mode: "dhcp" as const, networkInterface: null, subnet: "10.77.0.0/24", leaseMinutes: 60 },
  ...{ firstAddress: "10.77.0.50", lastAddress: "10.77.0.99", router: null, dns: null },
};
const mac = "52:54:00:00:00:01";

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [2] });
  look = await givenFleetGrant(db.app, "fleet.read");
  enrol = await givenFleetGrant(db.app, "node.enrol");
  secrets = await givenFleetGrant(db.app, "credential.edit");
  const [site] = await asOperator(db.app, (tx) => tx.select().from(sites));
  if (!site) throw new Error("there is no site");
  siteId = site.id;
  directory = await mkdtemp(path.join(tmpdir(), "ingot-leases-"));
  server = await startBootServer({
    host: "127.0.0.1",
    port: 0,
    secret: "a secret of this test",
    imageDirectory: directory,
    store: postgresBootStore(db.worker),
    scripts: postgresScriptStore(db.worker),
    leases: postgresLeaseStore(db.worker),
    log: pino({ enabled: false }),
    nowMs: () => nowMs,
    limits: { leasesPerMinute: 20 },
  });
  origin = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await server?.close();
  await db?.close();
  if (directory) await rm(directory, { recursive: true });
});

/** Each test has a minute and a network of its own, of which nothing was told. */
beforeEach(async () => {
  nowMs += 60_000;
  must(await removeProvisioning(db.app, enrol, { siteId }));
  must(await setProvisioning(db.app, enrol, { siteId, ...network }));
  await makeScript();
});

async function makeScript() {
  script = must(await makeLeaseScript(db.app, secrets, { siteId }, origin)).script;
  url = /^url='(.+)'$/m.exec(script)?.[1] ?? "";
}

const seen = async () => {
  const found = await siteLeases(db.app, look, siteId, { after: 0, limit: 100 });
  return found?.leases ?? [];
};
const reports = async () => (await siteDetail(db.app, look, siteId, origin))?.leaseReports;

/** What the script posts, without the script. */
async function post(fields: Record<string, string>) {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  return { status: response.status, text: await response.text() };
}
const add = { act: "add", mac, address: "10.77.0.50", left: "3600", client: "d-i", tags: "known" };

/** Runs the script as dnsmasq does, with the programs that are in a folder and no others. */
async function run(args: string[], env: Record<string, string>, programs: string) {
  const file = path.join(directory, "ingot-leases");
  await writeFile(file, script);
  const child = spawn("/bin/sh", [file, ...args], {
    env: { ...process.env, PATH: programs, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      said += chunk;
    });
  }
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, said };
}

test.for(["curl", "wget"])("the script tells of a lease with %s alone", async (program) => {
  const programs = path.join(directory, program);
  await mkdir(programs);
  for (const each of ["tr", "cut", program]) {
    await symlink(`/usr/bin/${each}`, path.join(programs, each));
  }
  const env = {
    DNSMASQ_TIME_REMAINING: "1800",
    DNSMASQ_VENDOR_CLASS: "PXEClient:Arch:00007:UNDI:003016",
    DNSMASQ_TAGS: "known ipxe pxe efi64 eno1",
    DNSMASQ_INTERFACE: "eno1",
  };
  expect(await run(["add", mac, "10.77.0.50", "gpu-1"], env, programs)).toEqual({
    code: 0,
    said: "",
  });
  const [lease] = await seen();
  expect(lease).toMatchObject({
    ...{ mac, address: "10.77.0.50", node: null, state: "leased", endedAt: null },
    ...{ client: "iPXE (UEFI, x86-64)", vendorClass: env.DNSMASQ_VENDOR_CLASS },
  });
  expect(lease?.bootGivenAt).toBe(lease?.since);
  expect(Date.parse(lease?.until ?? "") - Date.parse(lease?.since ?? "")).toBe(1_800_000);
  // What a client calls itself gets no further than a text.
  const hostile = `'"$(touch ${directory}/here)\n&act=del;%41 \\`;
  await run(["old", mac, "10.77.0.50"], { ...env, DNSMASQ_VENDOR_CLASS: hostile }, programs);
  expect((await seen())[0]).toMatchObject({
    ...{ state: "leased", since: lease?.since, vendorClass: expect.stringMatching(/^___+touch /) },
  });
  // What is refused is said in words, for dnsmasq to log; what is none of its business is not sent.
  expect(await run(["add", mac, "10.78.0.1"], env, programs)).toMatchObject({
    said: "address is one that a host of 10.77.0.0/24 can have.\n",
  });
  const heardAt = (await reports())?.heardAt;
  expect(heardAt).toBeTruthy();
  expect(await run(["tftp", "1024", "10.77.0.50", "/x"], env, programs)).toMatchObject({ code: 0 });
  expect((await reports())?.heardAt).toBe(heardAt);
  await run(["del", mac, "10.77.0.50"], {}, programs);
  expect((await seen())[0]).toMatchObject({ state: "ended" });
});

test("a site of which nothing was heard says so, and what was heard has its age", async () => {
  expect(await reports()).toMatchObject({ heardAt: null });
  expect(await seen()).toEqual([]);
  expect((await siteDetail(db.app, look, siteId, origin))?.dnsmasq).toContain("dhcp-script=");
  expect((await post(add)).status).toBe(200);
  const [lease] = await seen();
  expect((await reports())?.heardAt).toBe(lease?.heardAt);
  // It goes with the network that it is of.
  must(await removeProvisioning(db.app, enrol, { siteId }));
  expect([await reports(), await seen()]).toEqual([null, []]);
});

test("a secret tells of its own network's leases, and of nothing else", async () => {
  const token = url.slice(-32);
  for (const [method, target] of [
    ["POST", `/l/${"0".repeat(32)}`],
    ["GET", `/l/${token}`],
    ["GET", `/b/${token}/boot.ipxe`],
    ["GET", `/n/${token}/user-data`],
    ["POST", `/w/${token}/report`],
    ["GET", `/h/${token}/next`],
  ]) {
    const response = await fetch(`${origin}${target}`, method ? { method } : {});
    expect(response.status, `${method} ${target}`).toBe(404);
  }
  expect(await post({ ...add, mac: "52:54" })).toEqual({
    status: 400,
    text: "mac is six bytes in lower case, as in 52:54:00:00:00:01.\n",
  });
  expect((await post({ ...add, client: "x".repeat(3_000) })).status).toBe(413);
  expect(await seen()).toEqual([]);
  // Another script, and the one before is good for nothing.
  const former = url;
  await makeScript();
  expect((await fetch(former, { method: "POST", body: new URLSearchParams(add) })).status).toBe(
    404,
  );
  expect((await post(add)).status).toBe(200);
});

test("no script is made where dnsmasq gives no addresses", async () => {
  const proxy = { ...network, mode: "proxy" as const, firstAddress: null, lastAddress: null };
  must(await setProvisioning(db.app, enrol, { siteId, ...proxy }));
  expect(await makeLeaseScript(db.app, secrets, { siteId }, origin)).toMatchObject({
    refusal: { kind: "not_now", reason: expect.stringContaining("no leases to tell of") },
  });
  must(await removeProvisioning(db.app, enrol, { siteId }));
  expect(await makeLeaseScript(db.app, secrets, { siteId }, origin)).toMatchObject({
    refusal: { kind: "not_now", reason: expect.stringContaining("not entered") },
  });
});

test("a lease is what was last told of it", async () => {
  await post({ ...add, client: "PXEClient:Arch:00007:UNDI:003016", tags: "ipxe" });
  const [first] = await seen();
  // dnsmasq was started anew and has it from its file: nobody asked.
  await post({ act: "old", mac, address: add.address, left: "3000" });
  expect((await seen())[0]).toMatchObject({
    ...{ since: first?.since, askedAt: first?.askedAt, client: "iPXE (UEFI, x86-64)" },
  });
  // The installed system asks, and is given no boot address.
  await post({ ...add, act: "old", client: "systemd" });
  const [later] = await seen();
  expect(later).toMatchObject({ since: first?.since, client: "systemd" });
  expect(later?.bootGivenAt).toBe(first?.bootGivenAt);
  expect(later?.askedAt).not.toBe(first?.askedAt);
  // Another address: the end of the one before, which comes late, ends nothing.
  await post({ ...add, address: "10.77.0.51" });
  await post({ act: "del", mac, address: "10.77.0.50" });
  expect(await seen()).toMatchObject([{ address: "10.77.0.51", state: "leased" }]);
  // Its address goes to another client, and no end of its lease was heard.
  await post({ ...add, mac: "52:54:00:00:00:02", address: "10.77.0.51" });
  expect((await seen()).map((lease) => `${lease.mac} ${lease.state}`)).toEqual([
    "52:54:00:00:00:02 leased",
    `${mac} ended`,
  ]);
  // One that began before it was told of: since when is not known.
  await post({ act: "old", mac, address: "10.77.0.60", left: "60" });
  const known = (await seen()).find((lease) => lease.mac === mac);
  expect(known).toMatchObject({ since: null, state: "leased", firstHeardAt: first?.firstHeardAt });
  // Its time is over, and nothing was heard.
  await db.worker.update(dhcpLeases).set({ expiresAt: sql`now()` }).where(eq(dhcpLeases.mac, mac));
  expect((await seen()).find((lease) => lease.mac === mac)?.state).toBe("expired");
});

test("a lease is a node's by the port it boots from, or by one in its inventory", async () => {
  const [first, second] = fleet.racks[0] ?? [];
  if (!first || !second) throw new Error("no nodes");
  const [boots, listed] = ["52:54:00:00:01:01", "52:54:00:00:01:02"];
  const inventory = { nics: [{ mac: null }, { mac: listed }] } as unknown as Inventory;
  await asOperator(db.app, async (tx) => {
    await tx.update(nodes).set({ bootMac: boots }).where(eq(nodes.id, first));
    await tx.update(nodes).set({ inventory }).where(eq(nodes.id, second));
  });
  for (const [at, each] of [boots, listed, mac].entries()) {
    await post({ ...add, mac: each ?? "", address: `10.77.0.${60 + at}` });
  }
  const owners = (await seen()).map((lease) => [lease.mac, lease.node?.id ?? null]);
  expect(Object.fromEntries(owners)).toEqual({ [boots]: first, [listed]: second, [mac]: null });
});

const inVain = async () => {
  const requests = (await bootRequests(db.app, look, siteId)) ?? [];
  return requests.map(({ mac, address, count, node }) => ({ mac, address, count, node: node?.id }));
};
const askBy = async (asked: string, from = "127.0.0.1") => {
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const target = `/pxe/${asked.replaceAll(":", "-")}/boot.ipxe`;
    const sent = request(`${origin}${target}`, { localAddress: from }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    });
    sent.once("error", reject).end();
  });
  expect(answer).toBe(404);
};

test("who asks to boot and is not awaited is shown, with where it asked from and how often", async () => {
  const [first] = fleet.racks[0] ?? [];
  if (!first) throw new Error("no node");
  const boots = "52:54:00:00:02:01";
  await asOperator(db.app, (tx) =>
    tx.update(nodes).set({ bootMac: boots }).where(eq(nodes.id, first)),
  );
  // The only site with a network that nodes boot from, whatever stands between.
  await askBy(mac);
  await askBy(mac);
  await askBy(boots);
  expect(await inVain()).toEqual([
    { mac: boots, address: "127.0.0.1", count: 1, node: first },
    { mac, address: "127.0.0.1", count: 2, node: undefined },
  ]);
  const [, stranger] = (await bootRequests(db.app, look, siteId)) ?? [];
  expect(Date.parse(stranger?.firstAt ?? "")).toBeLessThan(Date.parse(stranger?.lastAt ?? ""));
  expect(await bootRequests(db.app, look, newId("site"))).toBe(null);
  // It goes with the network that it is of.
  must(await removeProvisioning(db.app, enrol, { siteId }));
  await askBy(mac);
  expect(await inVain()).toEqual([]);
});

test("of several sites it is the one whose network it came from, or that leased it an address", async () => {
  const other = must(await createSite(db.app, enrol, { name: "Umeå", bootOrigin: null })).siteId;
  const local = { ...network, subnet: "127.0.0.0/24", firstAddress: "127.0.0.2" };
  must(
    await setProvisioning(db.app, enrol, {
      ...{ siteId: other, ...local, lastAddress: "127.0.0.9" },
    }),
  );
  await askBy("52:54:00:00:03:01");
  expect(await inVain()).toEqual([]);
  expect(await bootRequests(db.app, look, other)).toMatchObject([{ mac: "52:54:00:00:03:01" }]);
  // Its address is changed on the way: its lease is not.
  await post({ ...add, mac: "52:54:00:00:03:02" });
  await askBy("52:54:00:00:03:02");
  expect(await inVain()).toMatchObject([{ mac: "52:54:00:00:03:02", address: "127.0.0.1" }]);
  must(
    await setProvisioning(db.app, enrol, {
      ...{ siteId: other, ...network, subnet: "10.78.0.0/24" },
      ...{ firstAddress: "10.78.0.50", lastAddress: "10.78.0.99" },
    }),
  );
  // Of which it is now, nobody can tell.
  await askBy("52:54:00:00:03:03");
  expect(await inVain()).toHaveLength(1);
  must(await removeProvisioning(db.app, enrol, { siteId: other }));
});

test("whoever makes up MAC addresses fills no table", async () => {
  for (let n = 0; n < 70; n++) await askBy(`52:54:00:00:04:${n.toString(16).padStart(2, "0")}`);
  expect(await inVain()).toHaveLength(60);
  await askBy("52:54:00:00:05:01", "127.0.0.2");
  expect((await inVain())[0]).toMatchObject({ mac: "52:54:00:00:05:01", address: "127.0.0.2" });
  await db.worker.execute(sql`
    insert into boot_requests (site_id, mac, address, first_at, last_at)
    select ${siteId}, 'made-up-' || n, '10.77.0.9', now() - age, now() - age
    from (select n, make_interval(days => case when n <= 20 then 40 else 1 end) as age
      from generate_series(1, 700) n) made`);
  await pruneEvidence(db.worker, 30);
  const kept = await db.worker.select().from(bootRequestRows);
  expect(kept).toHaveLength(500);
  expect(Math.min(...kept.map(({ lastAt }) => lastAt.getTime()))).toBeGreaterThan(
    Date.now() - 30 * 86_400_000,
  );
  expect((await inVain()).length).toBe(100);
});

test("leases that ended long ago are removed, and no others", async () => {
  for (const [at, days] of [1, 40, 40].entries()) {
    const each = `52:54:00:00:00:0${at}`;
    await post({ ...add, mac: each, address: `10.77.0.${60 + at}` });
    await db.worker
      .update(dhcpLeases)
      .set({ [at === 2 ? "endedAt" : "expiresAt"]: sql`now() - ${`${days} days`}::interval` })
      .where(eq(dhcpLeases.mac, each));
  }
  await pruneEvidence(db.worker, 30);
  expect((await seen()).map((lease) => lease.mac)).toEqual(["52:54:00:00:00:00"]);
  // Whoever makes up MAC addresses without end fills no table.
  await db.worker.execute(sql`
    insert into dhcp_leases (site_id, mac, address, expires_at, heard_at)
    select ${siteId}, 'made-up-' || n, '10.77.0.9', now() + interval '1 hour', now() - interval '1 hour'
    from generate_series(1, 5010) n`);
  await pruneEvidence(db.worker, 30);
  const [counted] = await db.worker.select({ n: sql<number>`count(*)::int` }).from(dhcpLeases);
  expect(counted?.n).toBe(5_000);
  expect((await seen())[0]?.mac).toBe("52:54:00:00:00:00");
});

test("reports without end are answered with how long to wait", async () => {
  const answers = await Promise.all(
    Array.from({ length: 25 }, () => post({ act: "del", mac, address: add.address })),
  );
  const count = (status: number) => answers.filter((answer) => answer.status === status).length;
  expect([count(200), count(429)]).toEqual([20, 5]);
});
