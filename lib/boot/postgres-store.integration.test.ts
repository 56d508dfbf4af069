import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { bootWindows } from "#db/schema/boot-windows";
import { dhcpLeases, leaseReporters } from "#db/schema/dhcp-leases";
import { allocations, environments } from "#db/schema/environments";
import { healthReasons } from "#db/schema/health-reasons";
import { nodes } from "#db/schema/nodes";
import { operationLogs, operations } from "#db/schema/operations";
import { siteProvisioning, sites } from "#db/schema/sites";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { postgresBootStore } from "#lib/boot/postgres-store";
import type { BootStore, BootWindow } from "#lib/boot/store";
import { bootToken, bootTokenHashes, hashToken } from "#lib/boot/tokens";
import { bootTokenPurposes } from "#lib/domain/boot/boot-token";
import { type Id, newId } from "#lib/domain/id";
import type { Inventory } from "#lib/domain/node/inventory";

const secret = "a secret of this test";
let connections: GivenConnections;
let store: BootStore;
let fleet: GivenFleet;
let nextNode = 0;

beforeAll(async () => {
  connections = await givenConnections();
  store = postgresBootStore(connections.worker);
  fleet = await givenFleet(connections.app, { racks: [30] });
});

afterAll(() => connections.close());

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

/** An environment that holds the node. */
async function givenHolder(tenant: GivenTenant, nodeId: Id<"node">): Promise<Id<"allocation">> {
  const { tenantId, projectId, userId } = tenant;
  const environmentId = newId("environment");
  const allocationId = newId("allocation");
  await asOperator(connections.app, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: { workers: 1 }, authorizedKeys: [] },
    });
    await tx.insert(allocations).values({
      ...{ id: allocationId, tenantId, projectId, environmentId, nodeId, gpus: 8 },
      ...{ groupName: "workers", profileId: fleet.profileId, hostname: "workers-1" },
    });
  });
  return allocationId;
}

/** A later start of what an install window's node holds: a window on the same node and allocation. */
async function givenStart(installed: BootWindow, allocationId: Id<"allocation">) {
  const id = newId("bootWindow");
  const { worker } = connections;
  await worker.insert(bootWindows).values({
    id,
    nodeId: installed.nodeId,
    operationId: installed.operationId,
    allocationId,
    purpose: "start",
    bootOrigin: "http://10.0.0.1:81",
    ...bootTokenHashes(secret, id),
    startTokenHash: null,
    kernelArgs: "",
    authorizedKeys: [{ name: "laptop", fingerprint: "SHA256:1", publicKey: "ssh-ed25519 AAAA" }],
    expiresAt: inMinutes(10),
  });
  return id;
}

/** A window on a node of its own, and the operation that waits for it. */
async function givenWindow(change: Partial<typeof bootWindows.$inferInsert> = {}) {
  const nodeId = fleet.racks[0]?.[nextNode++];
  if (!nodeId) throw new Error("no node left");
  const id = newId("bootWindow");
  const operationId = newId("operation");
  const { worker } = connections;
  await worker.insert(operations).values({
    id: operationId,
    kind: "node.deploy",
    nodeId,
    state: "waiting",
    runAfter: inMinutes(60),
  });
  await worker.insert(bootWindows).values({
    id,
    nodeId,
    operationId,
    purpose: "deploy",
    mac: `52:54:00:00:00:${nextNode.toString(16).padStart(2, "0")}`,
    bootOrigin: "http://10.0.0.1:81",
    ...bootTokenHashes(secret, id),
    kernelFile: "vmlinuz",
    kernelSha256: "1".repeat(64),
    initrdFile: "initrd.gz",
    initrdSha256: "2".repeat(64),
    kernelArgs: "quiet",
    seed: {
      instanceId: "i",
      hostname: "h",
      defaultUser: "ubuntu",
      authorizedKeys: [],
      extra: { packages: [], commands: [] },
    },
    expiresAt: inMinutes(10),
    ...change,
  });
  const hash = (purpose: (typeof bootTokenPurposes)[number]) =>
    hashToken(bootToken(secret, id, purpose));
  const read = async () => {
    const [row] = await worker.select().from(bootWindows).where(eq(bootWindows.id, id));
    if (!row) throw new Error("the window is gone");
    return row;
  };
  const operation = async () => {
    const [row] = await worker.select().from(operations).where(eq(operations.id, operationId));
    if (!row) throw new Error("the operation is gone");
    return row;
  };
  return { id, nodeId, operationId, hash, read, operation };
}

async function found(given: Awaited<ReturnType<typeof givenWindow>>): Promise<BootWindow> {
  const window = await store.findOpenWindow("phone", given.hash("phone"));
  if (!window) throw new Error("not open");
  return window;
}

/** Of so many that ask at the same moment, how many are told yes. */
async function winners(ask: () => Promise<boolean>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: 12 }, ask));
  return answers.filter(Boolean).length;
}

test("an address opens the seed of the one window whose script went there, until it has phoned home", async () => {
  const [given, other] = [await givenWindow(), await givenWindow()];
  expect(await store.findSeedWindowByPeer("10.9.0.1")).toBeUndefined();
  await store.noteScriptFetched(await found(given), "10.9.0.1");
  const window = await store.findSeedWindowByPeer("10.9.0.1");
  expect(window).toMatchObject({ id: given.id, mac: (await given.read()).mac });
  expect(window?.site).toMatch(/^site-/);
  await store.noteScriptFetched(await found(other), "10.9.0.1");
  expect(await store.findSeedWindowByPeer("10.9.0.1")).toBeUndefined();
  const caller = { peer: "10.9.0.1", hostKey: null, tookKeys: false };
  await store.takePhoneHome(await found(other), caller);
  expect((await store.findSeedWindowByPeer("10.9.0.1"))?.id).toBe(given.id);
  await store.takePhoneHome(await found(given), caller);
  expect(await store.findSeedWindowByPeer("10.9.0.1")).toBeUndefined();
});

test("a token opens its window for its own purpose only", async () => {
  const given = await givenWindow();
  for (const purpose of bootTokenPurposes) {
    for (const other of bootTokenPurposes) {
      const window = await store.findOpenWindow(purpose, given.hash(other));
      // A token for `start` opens another window than its own.
      const expected = purpose === other && purpose !== "start" ? given.id : undefined;
      expect([purpose, other, window?.id]).toEqual([purpose, other, expected]);
    }
  }
  expect(await found(given)).toMatchObject({
    nodeId: given.nodeId,
    kernel: { name: "vmlinuz", sha256: "1".repeat(64) },
    initrd: { name: "initrd.gz", sha256: "2".repeat(64) },
    kernelArgs: "quiet",
    purpose: "deploy",
  });
});

test("a window that is closed or over by the database's clock opens to nobody but scripts of hooks", async () => {
  const closed = await givenWindow({ closedAt: new Date() });
  const expired = await givenWindow({ expiresAt: inMinutes(-1) });
  for (const given of [closed, expired]) {
    for (const purpose of bootTokenPurposes) {
      // These take their own time, and are served until the node is handed over.
      const id = purpose === "hook" && given === expired ? given.id : undefined;
      expect((await store.findOpenWindow(purpose, given.hash(purpose)))?.id).toBe(id);
    }
    const { mac } = await given.read();
    expect(await store.findOpenWindowByMac(mac ?? "")).toBeUndefined();
  }
});

test("a MAC that two windows claim leads to neither", async () => {
  // Another node's: one window that is open is not the one that is asked for.
  await givenWindow({ mac: "bb:bb:bb:bb:bb:bb" });
  expect(await store.findOpenWindowByMac("aa:aa:aa:aa:aa:aa")).toBeUndefined();
  const first = await givenWindow({ mac: "aa:aa:aa:aa:aa:aa" });
  expect((await store.findOpenWindowByMac("aa:aa:aa:aa:aa:aa"))?.id).toBe(first.id);
  await givenWindow({ mac: "aa:aa:aa:aa:aa:aa" });
  expect(await store.findOpenWindowByMac("aa:aa:aa:aa:aa:aa")).toBeUndefined();
});

test("user-data goes to one of many at once, and comes back three times at most", async () => {
  const given = await givenWindow();
  const window = await found(given);
  for (let tries = 1; tries <= 3; tries++) {
    expect(await winners(() => store.takeUserData(window))).toBe(1);
    expect((await given.read()).userDataTries).toBe(tries);
    await store.giveBackUserData(window);
  }
  expect(await winners(() => store.takeUserData(window))).toBe(0);
});

test("one of many calls is the phone home; from then on no script and no seed are given", async () => {
  const given = await givenWindow();
  const window = await found(given);
  const caller = { peer: "10.0.0.7", hostKey: "ssh-ed25519 AAAA", tookKeys: false };
  expect(await winners(() => store.takePhoneHome(window, caller))).toBe(1);
  expect(await given.read()).toMatchObject({
    peerAddress: "10.0.0.7",
    hostKey: "ssh-ed25519 AAAA",
  });
  expect(await store.findOpenWindow("boot", given.hash("boot"))).toBeUndefined();
  expect(await store.findOpenWindow("seed", given.hash("seed"))).toBeUndefined();
  expect(await store.takeUserData(window)).toBe(false);
});

test("a window that closes after it was found takes nothing any more", async () => {
  const given = await givenWindow();
  const window = await found(given);
  await connections.worker
    .update(bootWindows)
    .set({ closedAt: new Date() })
    .where(eq(bootWindows.id, given.id));
  expect(await store.takeUserData(window)).toBe(false);
  expect(await store.takePhoneHome(window, { peer: "p", hostKey: null, tookKeys: false })).toBe(
    false,
  );
  expect(await store.takeReport(window, { tool: "t", devices: [] })).toBe(false);
  expect((await given.read()).report).toBe(null);
});

test("one of many reports is the report", async () => {
  const given = await givenWindow({ purpose: "sanitize", seed: null });
  const window = await found(given);
  let n = 0;
  const report = () => store.takeReport(window, { tool: `t${n++}`, devices: [] });
  expect(await winners(report)).toBe(1);
  expect((await given.read()).report?.devices).toEqual([]);
});

test("a milestone wakes the operation that waits for it, once", async () => {
  const given = await givenWindow();
  const window = await found(given);
  expect((await given.operation()).runAfter.getTime()).toBeGreaterThan(Date.now());
  await store.noteScriptFetched(window, "10.0.0.8");
  const { scriptFetchedAt, peerAddress } = await given.read();
  expect(scriptFetchedAt).not.toBe(null);
  expect(peerAddress).toBe("10.0.0.8");
  expect((await given.operation()).runAfter.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
  await store.noteScriptFetched(window, "10.0.0.9");
  expect(await given.read()).toMatchObject({ scriptFetchedAt, peerAddress: "10.0.0.8" });
});

test("what a node says is the operation's status, and in its log when it is worth keeping", async () => {
  const given = await givenWindow();
  const window = await found(given);
  await store.noteNews(window, { words: "starting", level: "info", keep: false });
  await store.noteNews(window, { words: "scripts failed", level: "error", keep: true });
  expect((await given.read()).progress).toBe("scripts failed");
  const lines = await connections.worker
    .select()
    .from(operationLogs)
    .where(eq(operationLogs.operationId, given.operationId));
  expect(lines.map((line) => [line.message, line.level, line.source])).toEqual([
    ["scripts failed", "error", "node"],
  ]);
});

test("void tokens are counted by window, and five of them are in the operation's log", async () => {
  // Whoever comes from where that boot asked is the node itself, and late.
  const given = await givenWindow({ closedAt: new Date(), places: { program: "10.0.0.8" } });
  const late = { door: "script", stage: "program" as const, peer: "10.0.0.8" };
  for (let count = 1; count <= 6; count++) {
    expect(await store.noteVoidToken(given.hash("boot"), late)).toEqual({
      ...{ nodeId: given.nodeId, count },
    });
  }
  expect(await store.noteVoidToken(hashToken("never was one"), late)).toBeUndefined();
  const lines = await connections.worker
    .select()
    .from(operationLogs)
    .where(eq(operationLogs.operationId, given.operationId));
  expect(lines).toHaveLength(1);
  expect(lines[0]?.level).toBe("warning");
  expect(await marksOf(given.nodeId)).toEqual({ denied: [], reasons: [] });
});

/** What the audit log and the health of a node have of its boots. */
async function marksOf(nodeId: Id<"node">) {
  const denied = await asOperator(connections.app, (tx) =>
    tx
      .select({ detail: auditEvents.detail, ipAddress: auditEvents.ipAddress })
      .from(auditEvents)
      .where(and(eq(auditEvents.objectId, nodeId), eq(auditEvents.outcome, "denied"))),
  );
  const reasons = await connections.worker
    .select({ code: healthReasons.code, count: healthReasons.count, of: healthReasons.evidence })
    .from(healthReasons)
    .where(eq(healthReasons.nodeId, nodeId));
  return { denied, reasons };
}

test("five requests from elsewhere are in the audit log, and flag the node once", async () => {
  const given = await givenWindow({ places: { system: "10.0.0.8" } });
  const window = await found(given);
  const why = "it came from 10.0.0.9, and this boot asks from 10.0.0.8";
  const note = () => store.noteMisplaced(window, { door: "user-data", peer: "10.0.0.9", why });
  for (let count = 1; count <= 4; count++) await note();
  expect((await marksOf(given.nodeId)).reasons).toEqual([]);
  await Promise.all(Array.from({ length: 6 }, note));
  const { denied, reasons } = await marksOf(given.nodeId);
  expect(denied).toHaveLength(5);
  expect(denied[0]).toEqual({
    ...{ ipAddress: "10.0.0.9", detail: { purpose: "deploy", door: "user-data", why } },
  });
  const flag = { code: "boot_misplaced", count: 1 };
  expect(reasons).toEqual([{ ...flag, of: { boot_requests: 5, boot_refusal: why } }]);
  expect((await given.read()).wrongPlaces).toBe(10);
  const [node] = await connections.worker.select().from(nodes).where(eq(nodes.id, given.nodeId));
  expect(node?.health).toBe("warning");
  // A tenant reads the operation's log: that it was refused, and nothing of other machines.
  const lines = await connections.worker
    .select()
    .from(operationLogs)
    .where(eq(operationLogs.operationId, given.operationId));
  expect(lines.map((line) => line.message)).toEqual([
    expect.stringMatching(/^A request with the tokens of this boot was refused/),
  ]);
  // And once more in the next boot.
  await connections.worker
    .update(bootWindows)
    .set({ wrongPlaces: 4 })
    .where(eq(bootWindows.id, window.id));
  await note();
  expect((await marksOf(given.nodeId)).reasons).toMatchObject([{ ...flag, count: 2 }]);
});

test("a void token that comes from elsewhere is refused as stolen, not as late", async () => {
  const given = await givenWindow({
    closedAt: new Date(),
    places: { program: "10.0.0.8", system: "10.0.0.7" },
  });
  for (let count = 1; count <= 5; count++) {
    await store.noteVoidToken(given.hash("seed"), {
      ...{ door: "user-data", stage: "system", peer: "10.0.0.9" },
    });
    // A job that never asked in time may have had any lease.
    await store.noteVoidToken(given.hash("wipe"), { door: "log", stage: "job", peer: "10.0.0.9" });
  }
  const { denied, reasons } = await marksOf(given.nodeId);
  expect([denied.length, reasons.length]).toEqual([5, 1]);
  expect(denied[0]?.detail.why).toBe(
    "it came from 10.0.0.9 with a token that is void, and that boot asked from 10.0.0.7",
  );
});

test("of many that ask first for a part of a boot, one has the place", async () => {
  const given = await givenWindow();
  const window = await found(given);
  const peers = Array.from({ length: 10 }, (_, n) => `10.0.0.${n}`);
  const had = await Promise.all(
    peers.map((to) => store.movePlace(window, "system", { from: undefined, to })),
  );
  expect(new Set(had).size).toBe(1);
  const { places, peerAddress } = await given.read();
  expect(places).toEqual({ system: had[0] });
  expect(peerAddress).toBe(null);
  await store.movePlace(window, "program", { from: undefined, to: "10.0.0.50" });
  expect(await given.read()).toMatchObject({
    ...{ places: { system: had[0], program: "10.0.0.50" }, peerAddress: "10.0.0.50" },
  });
});

test("a node that is to start from a medium is awaited until it asks itself, not where its controller does", async () => {
  const given = await givenWindow({ way: "cd" });
  const window = await found(given);
  expect(window.isAwaitedFromMedium).toBe(true);
  await store.movePlace(window, "medium", { from: undefined, to: "10.9.0.1" });
  expect(await given.read()).toMatchObject({ places: { medium: "10.9.0.1" }, peerAddress: null });
  // That it is in another network than its controller is no news.
  await store.movePlace(await found(given), "system", { from: undefined, to: "10.0.0.5" });
  const logs = await connections.worker
    .select()
    .from(operationLogs)
    .where(eq(operationLogs.operationId, given.operationId));
  expect(logs).toEqual([]);
  await store.noteScriptFetched(window, "10.0.0.5");
  expect((await found(given)).isAwaitedFromMedium).toBe(false);
  expect((await given.read()).peerAddress).toBe("10.0.0.5");
  expect((await found(await givenWindow({ way: "http" }))).isAwaitedFromMedium).toBe(false);
});

test("an address is a node's by the leases that its site's DHCP server told of, as long as they last", async () => {
  const given = await givenWindow();
  const other = await givenWindow();
  const window = await found(given);
  const [site] = await connections.worker.select({ id: sites.id }).from(sites);
  if (!site) throw new Error("no site");
  const inventory = {
    system: { uuid: "3A1F6E52-77B0-4C1D-9D3E-8F00C0FFEE01" },
    nics: [{ mac: null }, { mac: "52:54:00:00:02:01" }],
  } as unknown as Inventory;
  await asOperator(connections.app, async (tx) => {
    await tx.insert(siteProvisioning).values({
      ...{ siteId: site.id, mode: "dhcp", subnet: "10.77.0.0/24", leaseMinutes: 60 },
    });
    await tx.insert(leaseReporters).values({ siteId: site.id, tokenHash: "of a secret" });
    await tx.update(nodes).set({ inventory }).where(eq(nodes.id, given.nodeId));
    await tx
      .update(nodes)
      .set({ bootMac: "52:54:00:00:02:02", name: "gpu-9" })
      .where(eq(nodes.id, other.nodeId));
  });
  const lease = (mac: string, address: string, minutes = 60) =>
    connections.worker
      .insert(dhcpLeases)
      .values({ siteId: site.id, mac, address, expiresAt: inMinutes(minutes) });
  await lease("52:54:00:00:02:01", "10.77.0.51");
  await lease("52:54:00:00:02:02", "10.77.0.52");
  await lease("52:54:00:00:02:03", "10.77.0.53");
  const holder = (address: string) => store.findAddressHolder(window, address);
  expect(await holder("10.77.0.51")).toEqual({ kind: "own" });
  expect(await holder("10.77.0.52")).toEqual({
    ...{ kind: "other", mac: "52:54:00:00:02:02", node: "gpu-9" },
  });
  // A bridge of the node's own, or a machine that nobody knows: DHCP cannot tell.
  expect(await holder("10.77.0.53")).toEqual({ kind: "unknown" });
  expect(await holder("10.77.0.54")).toEqual({ kind: "unknown" });
  await connections.worker.update(dhcpLeases).set({ expiresAt: inMinutes(-1) });
  expect(await holder("10.77.0.52")).toEqual({ kind: "unknown" });
  expect(await store.findMachine(window)).toEqual({
    ...{ macs: ["52:54:00:00:02:01"], uuid: inventory.system.uuid },
  });
  expect(await store.findMachine(await found(await givenWindow()))).toEqual({
    ...{ macs: [], uuid: null },
  });
});

test("an installed system gets its seed after the installer has reported, and not before", async () => {
  const given = await givenWindow({ purpose: "install" });
  const { hash } = given;
  const window = await found(given);
  const seed = () => store.findOpenWindow("seed", hash("seed"));
  expect(await seed()).toBeUndefined();
  expect(await store.takeUserData(window)).toBe(false);
  const report = {
    tool: "test/1",
    result: "installed" as const,
    disk: "vda",
    serial: "A",
    sizeBytes: 1,
    sha256: "3".repeat(64),
    durationMs: 1,
  };
  expect(await winners(() => store.takeInstallReport(window, report))).toBe(1);
  expect(await store.findOpenWindow("boot", hash("boot"))).toBeUndefined();
  expect((await seed())?.id).toBe(window.id);
  expect(await store.takeUserData(window)).toBe(true);
  expect(await store.takePhoneHome(window, { peer: "p", hostKey: null, tookKeys: false })).toBe(
    true,
  );
  expect(await seed()).toBeUndefined();
});

test("what was installed opens the window of its own later start, while its tenant holds the node", async () => {
  const tenant = await givenTenant(connections.app, { fleet, gpuLimit: 8 });
  const given = await givenWindow({ purpose: "install" });
  const { hash, nodeId } = given;
  const window = await found(given);
  const { worker } = connections;
  const held = await givenHolder(tenant, nodeId);
  await worker.update(bootWindows).set({ allocationId: held }).where(eq(bootWindows.id, window.id));
  const find = async () => (await store.findOpenWindow("start", hash("start")))?.id;
  const findScripts = async () => (await store.findOpenWindow("hook", hash("hook")))?.id;
  // Its own first boot, and one that nobody waits for. Scripts of hooks run at the first boot as well.
  expect(await find()).toBeUndefined();
  expect(await findScripts()).toBe(window.id);
  await worker
    .update(bootWindows)
    .set({ closedAt: new Date() })
    .where(eq(bootWindows.id, window.id));
  expect([await find(), await findScripts()]).toEqual([undefined, undefined]);
  const start = await givenStart(window, held);
  const isOfStart = eq(bootWindows.id, start);
  expect([await find(), await findScripts()]).toEqual([start, start]);
  // The keys are the start's: an installation hands them over in its user-data.
  const awaited = await store.findOpenWindow("start", hash("start"));
  expect([window.keys, awaited?.keys]).toEqual([null, ["ssh-ed25519 AAAA"]]);
  const home = { peer: "p", hostKey: null, tookKeys: true };
  expect(awaited && (await store.takePhoneHome(awaited, home))).toBe(true);
  const [put] = await worker.select().from(bootWindows).where(isOfStart);
  expect(put?.keysPutAt).toBeInstanceOf(Date);
  await worker
    .update(bootWindows)
    .set({ expiresAt: inMinutes(-1) })
    .where(isOfStart);
  expect([await find(), await findScripts()]).toEqual([undefined, start]);
  await worker
    .update(bootWindows)
    .set({ expiresAt: inMinutes(10) })
    .where(isOfStart);
  await worker.update(allocations).set({ releasedAt: new Date() }).where(eq(allocations.id, held));
  expect([await find(), await findScripts()]).toEqual([undefined, undefined]);
});
