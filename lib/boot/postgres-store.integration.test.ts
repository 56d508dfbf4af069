import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bootWindows } from "#db/schema/boot-windows";
import { allocations, environments } from "#db/schema/environments";
import { operationLogs, operations } from "#db/schema/operations";
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

const secret = "a secret of this test";
let connections: GivenConnections;
let store: BootStore;
let fleet: GivenFleet;
let nextNode = 0;

beforeAll(async () => {
  connections = await givenConnections();
  store = postgresBootStore(connections.worker);
  fleet = await givenFleet(connections.app, { racks: [20] });
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
  const given = await givenWindow({ closedAt: new Date() });
  for (let count = 1; count <= 6; count++) {
    expect(await store.noteVoidToken(given.hash("boot"))).toEqual({ nodeId: given.nodeId, count });
  }
  expect(await store.noteVoidToken(hashToken("never was one"))).toBeUndefined();
  const lines = await connections.worker
    .select()
    .from(operationLogs)
    .where(eq(operationLogs.operationId, given.operationId));
  expect(lines).toHaveLength(1);
  expect(lines[0]?.level).toBe("warning");
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
