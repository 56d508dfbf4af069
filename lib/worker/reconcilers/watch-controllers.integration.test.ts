import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { endRetired } from "#db/queries/controller-looks";
import { countFreeNodes } from "#db/queries/free-nodes";
import { insertOperation } from "#db/queries/operations";
import { controllerLooks } from "#db/schema/controller-looks";
import { controllerSamples } from "#db/schema/controller-samples";
import { allocations } from "#db/schema/environments";
import { healthReasons } from "#db/schema/health-reasons";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { exchanges, operations } from "#db/schema/operations";
import { givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { untilWaiting } from "#e2e/fixtures/waiting";
import type { FaultName } from "#e2e/simulator/faults";
import { type Rack, startRack } from "#e2e/simulator/rack";
import { credentialPlace, newSealingKeys, seal } from "#lib/access/sealed";
import { createLog } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import { type Controller, ControllerError } from "#lib/ports/controller";
import { environmentDetail } from "#lib/views/environment-detail";
import { nodeSensorsOf } from "#lib/views/node-sensors";
import { createControllers } from "#lib/worker/controllers";
import { controllerWatcher } from "#lib/worker/reconcilers/watch-controllers";

const { publicKey, privateKey } = newSealingKeys();
const log = createLog("test", "fatal");
const minute = 60_000;

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let rack: Rack;
/** What the controllers were asked, as `GET /path`. */
const asked: string[] = [];
let nowMs = Date.now();

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  rack = await startRack({ network: 87, nodes: [{ name: "first" }, { name: "second" }] });
});
afterAll(async () => {
  await rack?.close();
  await app?.pool.end();
  await worker?.pool.end();
  await database?.drop();
});
beforeEach(async () => {
  await ail();
  asked.length = 0;
});

const ail = (...faults: (FaultName | `${FaultName}:${number}`)[]) =>
  Promise.all(rack.nodes.map(({ name }) => rack.control.setFaults(name, faults)));

/** Two free nodes of a new fleet, whose controllers are those of the rack. */
async function givenNodes(): Promise<{ fleet: GivenFleet; free: Id<"node">; other: Id<"node"> }> {
  const fleet = await givenFleet(app.db, { racks: [2] });
  const [free, other] = fleet.racks[0] ?? [];
  if (!free || !other) throw new Error("no nodes");
  await asOperator(app.db, async (tx) => {
    for (const [index, nodeId] of [free, other].entries()) {
      const known = rack.nodes[index];
      if (!known) throw new Error("no controller");
      const { controllerAddress, certificate, username, password } = known;
      // Nodes of earlier tests had the same controller, which only a retired one may.
      await tx
        .update(nodes)
        .set({ lifecycle: "retired" })
        .where(eq(nodes.controllerAddress, controllerAddress));
      await tx
        .update(nodes)
        .set({
          ...{ controllerAddress, controllerFingerprint: certificate.fingerprint },
          controllerCertificate: certificate.pem,
        })
        .where(eq(nodes.id, nodeId));
      const text = JSON.stringify({ username, password });
      const sealed = seal(publicKey, credentialPlace(nodeId), text);
      await tx.insert(controllerCredentials).values({ nodeId, sealed });
    }
  });
  return { fleet, free, other };
}

/** A tenant that holds one of the two nodes, which runs. */
async function givenHeld(): Promise<{
  tenant: GivenTenant;
  environmentId: Id<"environment">;
  fleet: GivenFleet;
  held: Id<"node">;
  free: Id<"node">;
}> {
  const { fleet, free, other } = await givenNodes();
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 8 });
  const launched = await givenLaunched(
    { app: app.db, worker: worker.db },
    { fleet, tenant, nodeCount: 1 },
  );
  const [held] = launched.nodeIds;
  if (!held) throw new Error("no node");
  await worker.db
    .update(operations)
    .set({ state: "succeeded", finishedAt: new Date() })
    .where(eq(operations.nodeId, held));
  await worker.db
    .update(nodes)
    .set({ lifecycle: "active", powerObserved: "on" })
    .where(eq(nodes.id, held));
  return {
    ...{ tenant, environmentId: launched.environmentId, fleet, held },
    free: held === free ? other : free,
  };
}

/** A worker that has just started. */
function newWatcher() {
  const open = redfishDriver({
    allowedNetworks: ["127.0.0.0/8"],
    limits: { requestTimeoutMs: 1_500, busyWaitMs: 1 },
  });
  const controllers = createControllers({
    ...{ db: worker.db, privateKey, idleMs: minute, log },
    openController: (how) =>
      open({
        ...how,
        record: (exchange) => {
          asked.push(`${exchange.method} ${exchange.path}`);
          how.record(exchange);
        },
      }),
    openIpmiController: () => {
      throw new Error("no node here speaks IPMI");
    },
    readCertificate: () => Promise.reject(new Error("not asked for")),
  });
  const watcher = controllerWatcher({
    ...{ db: worker.db, controllers, isLeader: () => true, intervalMs: minute, log },
    now: () => nowMs,
  });
  return {
    ...watcher,
    /** Looks again so much later. */
    after: (ms: number, nodeId: Id<"node">) => {
      nowMs += ms;
      return watcher.look(nodeId);
    },
    end: async () => {
      await watcher.settled();
      await controllers.closeIdle(true);
    },
  };
}

const reasonsOf = (nodeId: Id<"node">) =>
  worker.db
    .select()
    .from(healthReasons)
    .where(eq(healthReasons.nodeId, nodeId))
    .orderBy(asc(healthReasons.code), asc(healthReasons.firstSeenAt));
const nodeOf = async (nodeId: Id<"node">) =>
  (await worker.db.select().from(nodes).where(eq(nodes.id, nodeId)))[0];
const freeOf = async ({ nodeTypeId }: GivenFleet) =>
  (await asOperator(app.db, countFreeNodes)).get(nodeTypeId) ?? 0;

test("a failed supply keeps a free node from the next tenant until it is whole again, and leaves a held one as it is", async () => {
  const { fleet, held, free, tenant, environmentId } = await givenHeld();
  const watcher = newWatcher();
  const before = await nodeOf(held);
  for (const nodeId of [free, held]) await watcher.after(0, nodeId);
  expect(await freeOf(fleet)).toBe(1);

  await ail("psu-failed", "fan-failed", "hot-inlet");
  for (const nodeId of [free, held]) await watcher.after(minute, nodeId);
  // Once may be a mistake of the controller's.
  expect(await reasonsOf(free)).toEqual([]);
  for (const nodeId of [free, held]) await watcher.after(minute, nodeId);
  const open = { severity: "critical", count: 1, closedAt: null };
  expect(await reasonsOf(free)).toMatchObject([
    { ...open, code: "fan_failed", tenantId: null, evidence: { failed: 1, which: "Fan 1" } },
    { ...open, code: "psu_failed", tenantId: null, evidence: { failed: 1, which: "supply 0" } },
    {
      ...{ ...open, code: "sensor_critical", tenantId: null },
      evidence: { sensor: "Inlet", celsius: 48, celsius_limit: 45 },
    },
  ]);
  expect(await freeOf(fleet)).toBe(0);

  // Whoever holds a node is told in plain words, and nothing is done to it.
  expect((await reasonsOf(held)).map(({ environmentId: of }) => of)).toEqual(
    Array(3).fill(environmentId),
  );
  const detail = await environmentDetail(app.db, tenant.grant("environment.read"), environmentId);
  expect(detail?.health.map(({ plain }) => plain)).toContainEqual(
    expect.stringContaining("A power supply of this node has failed"),
  );
  expect(await nodeOf(held)).toEqual({
    ...before,
    health: "critical",
    controllerStateAt: expect.any(Date),
  });
  const scope = { tenant: tenant.tenantId, user: tenant.userId, fleet: "" } as const;
  const seen = await inScope(app.db, scope, async (tx) => [
    await tx.select({ nodeId: healthReasons.nodeId }).from(healthReasons),
    await tx.select().from(controllerSamples),
    await tx.select().from(controllerLooks),
  ]);
  expect(seen).toEqual([Array(3).fill({ nodeId: held }), [], []]);

  await ail();
  await watcher.after(minute, free);
  await watcher.after(4 * minute, free);
  expect(await freeOf(fleet)).toBe(0);
  await watcher.after(2 * minute, free);
  expect((await reasonsOf(free)).map(({ closedHow }) => closedHow)).toEqual(Array(3).fill("quiet"));
  expect(await freeOf(fleet)).toBe(1);
  await watcher.end();
});

test("what is wrong with a node outlives its tenant's time, as a reason that is no tenant's", async () => {
  const { fleet, held, tenant } = await givenHeld();
  const watcher = newWatcher();
  await ail("psu-failed");
  await watcher.after(0, held);
  await watcher.after(minute, held);
  await worker.db
    .update(allocations)
    .set({ releasedAt: new Date(nowMs) })
    .where(and(eq(allocations.nodeId, held), isNull(allocations.releasedAt)));
  await worker.db.update(nodes).set({ lifecycle: "available" }).where(eq(nodes.id, held));
  // A look that came to nothing does not say that it is well.
  await ail("bmc-unreachable");
  await watcher.after(minute, held);
  expect(await nodeOf(held)).toMatchObject({ health: "critical" });
  expect(await freeOf(fleet)).toBe(1);
  await ail("psu-failed");
  await watcher.after(minute, held);
  expect(await reasonsOf(held)).toMatchObject([
    { tenantId: tenant.tenantId, closedHow: "ended" },
    { tenantId: null, closedAt: null, count: 1 },
  ]);
  expect(await freeOf(fleet)).toBe(1);
  await watcher.end();
});

test("an entry of the log counts once, over a restart of the worker, and a cleared log begins anew", async () => {
  const { held, tenant, environmentId } = await givenHeld();
  await ail("log-critical:3");
  let watcher = newWatcher();
  // What was there at the first look is the node's past.
  await watcher.after(0, held);
  expect(await reasonsOf(held)).toEqual([]);
  await ail("log-critical:5");
  await watcher.after(5 * minute, held);
  const critical = { code: "controller_critical", closedAt: null, tenantId: null };
  expect(await reasonsOf(held)).toMatchObject([
    {
      ...{ ...critical, count: 2 },
      evidence: { entry: "Power Supply 0 failure detected, 5.", more: 1 },
    },
  ]);
  await watcher.end();

  watcher = newWatcher();
  await watcher.after(5 * minute, held);
  expect(await reasonsOf(held)).toMatchObject([{ ...critical, count: 2 }]);

  await ail();
  await watcher.after(5 * minute, held);
  await ail("log-critical");
  await watcher.after(5 * minute, held);
  await watcher.after(5 * minute, held);
  expect(await reasonsOf(held)).toMatchObject([{ ...critical, count: 3 }]);
  // Words of a controller are no tenant's to read, of its own node either.
  const may = tenant.grant("environment.read");
  expect((await environmentDetail(app.db, may, environmentId))?.health).toEqual([]);
  await watcher.end();
});

test("a controller that is silent for ten minutes is a reason, and the first answer ends it", async () => {
  const { free } = await givenNodes();
  const watcher = newWatcher();
  await ail("bmc-unreachable");
  expect(await watcher.after(0, free)).toBe(false);
  await watcher.after(9 * minute, free);
  expect(await reasonsOf(free)).toEqual([]);
  await watcher.after(minute, free);
  expect(await reasonsOf(free)).toMatchObject([
    { code: "controller_silent", severity: "warning", evidence: { silent_seconds: 600 } },
  ]);
  const [look] = await worker.db
    .select()
    .from(controllerLooks)
    .where(eq(controllerLooks.nodeId, free));
  expect(look).toMatchObject({ error: expect.any(String), sensorsAt: null });
  await ail();
  expect(await watcher.after(minute, free)).toBe(true);
  expect(await reasonsOf(free)).toMatchObject([{ closedHow: "quiet" }]);
  // On the charts of the node, which operators see, it is marked from its begin to its end.
  const may = await givenFleetGrant(app.db, "fleet.read");
  const told = await nodeSensorsOf(app.db, may, free, "6h", minute, nowMs);
  const [silent, ...more] = told?.events ?? [];
  expect(more).toEqual([]);
  expect(silent).toMatchObject({ kind: "attention", words: "The controller is silent" });
  expect(silent?.untilMs).toBe(nowMs);
  expect(nowMs - (silent?.atMs ?? nowMs)).toBeGreaterThanOrEqual(10 * minute);
  const [later] =
    (await nodeSensorsOf(app.db, may, free, "6h", minute, nowMs + 7 * 60 * minute))?.events ?? [];
  expect(later).toBeUndefined();
  await watcher.end();
});

test("what an operation uses, or what has refused a sign-in or shown another certificate, is not asked", async () => {
  const { free } = await givenNodes();
  const watcher = newWatcher();
  const set = (change: Partial<typeof nodes.$inferInsert>) =>
    worker.db.update(nodes).set(change).where(eq(nodes.id, free));
  for (const change of [
    { controllerState: "auth_failed" },
    { controllerState: "certificate_changed" },
    { controllerState: "reachable", lifecycle: "retired" },
  ] as const) {
    await set(change);
    await watcher.after(minute, free);
  }
  await set({ lifecycle: "available" });
  const operationId = await asOperator(app.db, (tx) =>
    insertOperation(tx, { kind: "node.enrol", nodeId: free }),
  );
  await watcher.after(minute, free);
  expect(asked).toEqual([]);
  const may = await givenFleetGrant(app.db, "fleet.read");
  const whyNot = async () => (await nodeSensorsOf(app.db, may, free, "6h", minute))?.whyNot;
  expect(await whyNot()).toContain("An operation is on the node");
  await worker.db
    .update(operations)
    .set({ state: "succeeded" })
    .where(eq(operations.id, operationId));
  await watcher.after(minute, free);
  expect(asked.length).toBeGreaterThan(0);
  expect(await whyNot()).toBeNull();
  await worker.db
    .update(controllerCredentials)
    .set({ state: "rejected" })
    .where(eq(controllerCredentials.nodeId, free));
  expect(await whyNot()).toContain("refused our sign-in");
  await watcher.end();
});

test("a look writes nothing of a node that has gone to another while it waited, and what is open ends with a retired node", async () => {
  const { held } = await givenHeld();
  const watcher = newWatcher();
  await ail("psu-failed");
  await watcher.after(0, held);
  await watcher.after(minute, held);
  const look = async () =>
    (
      await worker.db
        .select({ triedAt: controllerLooks.triedAt })
        .from(controllerLooks)
        .where(eq(controllerLooks.nodeId, held))
    )[0]?.triedAt;
  const before = await look();
  let looking: Promise<boolean> | undefined;
  await worker.db.transaction(async (tx) => {
    await tx.execute(sql`select from nodes where id = ${held} for no key update`);
    looking = watcher.after(minute, held);
    await untilWaiting(database.superuserUrl, 1);
    await tx
      .update(allocations)
      .set({ releasedAt: new Date(nowMs) })
      .where(and(eq(allocations.nodeId, held), isNull(allocations.releasedAt)));
  });
  expect(await looking).toBe(true);
  expect(await look()).toEqual(before);

  await endRetired(worker.db);
  expect(await reasonsOf(held)).toMatchObject([{ code: "psu_failed", closedAt: null }]);
  await worker.db.update(nodes).set({ lifecycle: "retired" }).where(eq(nodes.id, held));
  await endRetired(worker.db);
  expect(await reasonsOf(held)).toMatchObject([{ closedHow: "ended" }]);
  await watcher.end();
});

test("a look waits for whoever handles a reason before it holds the node", async () => {
  const { free } = await givenNodes();
  const watcher = newWatcher();
  await ail("psu-failed");
  await watcher.after(0, free);
  await watcher.after(minute, free);
  let looking: Promise<boolean> | undefined;
  await worker.db.transaction(async (tx) => {
    await tx.select().from(healthReasons).where(eq(healthReasons.nodeId, free)).for("update");
    // Long enough for the look to tell the reason again.
    looking = watcher.after(6 * minute, free);
    await untilWaiting(database.superuserUrl, 1);
    await tx.execute(sql`select from nodes where id = ${free} for no key update nowait`);
  });
  expect(await looking).toBe(true);
  await watcher.end();
});

test("a controller that refuses the sign-in is a reason for operators until a look succeeds with another", async () => {
  const { free } = await givenNodes();
  const watcher = newWatcher();
  await ail("bmc-401");
  await watcher.after(0, free);
  const refused = { code: "controller_refused", severity: "warning", tenantId: null };
  expect(await reasonsOf(free)).toMatchObject([
    { ...refused, closedAt: null, evidence: { refusal: "it refused our sign-in" } },
  ]);
  expect(await nodeOf(free)).toMatchObject({ controllerState: "auth_failed", health: "warning" });
  await ail();
  asked.length = 0;
  await watcher.after(minute, free);
  expect(asked).toEqual([]);
  // An operator enters it anew.
  await worker.db
    .update(controllerCredentials)
    .set({ version: 2, state: "untried" })
    .where(eq(controllerCredentials.nodeId, free));
  await worker.db.update(nodes).set({ controllerState: "unknown" }).where(eq(nodes.id, free));
  await watcher.after(minute, free);
  expect(await reasonsOf(free)).toMatchObject([{ ...refused, closedHow: "quiet" }]);
  await watcher.end();
});

test("slow logs are no silence, wait for their own turn, and are not asked for once an operation is on the node", async () => {
  const { free } = await givenNodes();
  let logs = 0;
  let whileRead: () => Promise<unknown> = () => Promise.resolve();
  const controller: Pick<Controller, "sensors" | "logs"> = {
    sensors: async () => {
      await whileRead();
      return { supplies: [], readings: [], unread: { supplies: false, readings: false } };
    },
    logs: async () => {
      logs++;
      throw new ControllerError("timeout", "too slow", { retryable: true });
    },
  };
  const { look } = controllerWatcher({
    ...{ db: worker.db, isLeader: () => true, intervalMs: minute, log, now: () => nowMs },
    controllers: { open: async () => controller as Controller },
  });
  const after = (ms: number) => {
    nowMs += ms;
    return look(free);
  };
  expect(await after(0)).toBe(true);
  const [row] = await worker.db
    .select()
    .from(controllerLooks)
    .where(eq(controllerLooks.nodeId, free));
  expect(row).toMatchObject({ silentSince: null, error: "too slow", sensorsAt: expect.any(Date) });
  for (let n = 0; n < 4; n++) await after(minute);
  expect(logs).toBe(1);
  await after(minute);
  expect(logs).toBe(2);
  whileRead = () =>
    asOperator(app.db, (tx) => insertOperation(tx, { kind: "node.enrol", nodeId: free }));
  await after(5 * minute);
  expect(logs).toBe(2);
});

test("each controller is asked once an interval, in its own moment, with two requests a look and one session", async () => {
  const { free, other } = await givenNodes();
  const watcher = newWatcher();
  const looks = async () => {
    const rows = await worker.db.select().from(controllerSamples);
    return rows.filter(({ nodeId }) => nodeId === free || nodeId === other).length;
  };
  // Longer than an interval, in which each has its moment.
  for (let second = 0; second <= 61; second++) {
    nowMs += 1_000;
    await watcher.tick();
    await watcher.settled();
  }
  const first = await looks();
  expect(first).toBeGreaterThanOrEqual(2);
  asked.length = 0;
  for (let second = 0; second < 120; second++) {
    nowMs += 1_000;
    await watcher.tick();
    await watcher.settled();
  }
  expect(await looks()).toBe(first + 4);
  expect(asked.filter((one) => one.startsWith("POST"))).toEqual([]);
  expect(asked.length).toBe(4 * 2);
  // And none of it is kept as evidence.
  const kept = await worker.db.select().from(exchanges).where(eq(exchanges.nodeId, free));
  expect(kept).toEqual([]);
  await watcher.end();
});
