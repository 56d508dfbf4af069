import { randomUUID } from "node:crypto";
import { and, eq, gt, isNull, sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { connect, type Database, inScope } from "#db/client";
import { countFreeNodes } from "#db/queries/free-nodes";
import {
  type NodeHealthChange,
  pruneHealthReasons,
  settleNodeHealth,
  settleSilence,
  writeHealthChanges,
} from "#db/queries/health-reasons";
import { insertGpuSamples } from "#db/queries/insert-gpu-samples";
import { allocations } from "#db/schema/environments";
import { healthReasons } from "#db/schema/health-reasons";
import { nodes } from "#db/schema/nodes";
import { notifications } from "#db/schema/notifications";
import { operations } from "#db/schema/operations";
import { racks } from "#db/schema/sites";
import { users } from "#db/schema/users";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { asOperator, type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { type Actor, authorizeFleet, type Grant } from "#lib/access/authorize";
import { changeHealthRule, resetHealthRule } from "#lib/commands/change-health-rule";
import { acknowledgeHealth, clearHealth, silenceHealth } from "#lib/commands/handle-health";
import { addHealthSilence, endHealthSilence } from "#lib/commands/silence-health";
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import type { GpuMetric } from "#lib/domain/telemetry/metric";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { environmentDetail } from "#lib/views/environment-detail";
import { countAlerts, healthAlerts } from "#lib/views/health-alerts";
import { healthSilencesView } from "#lib/views/health-silences";
import { telemetryEvents } from "#lib/views/telemetry-events";
import { type HealthWatcher, healthWatcher } from "#lib/worker/health/health-watcher";
import type { Scraped } from "#lib/worker/scrapers/gpu-scraper";

let database: GivenDatabase;
let app: { db: Database; pool: pg.Pool };
let worker: { db: Database; pool: pg.Pool };

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app", max: 4 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 4 });
});

afterAll(async () => {
  await Promise.all([app?.pool.end(), worker?.pool.end()]);
  await database?.drop();
});

const log = createLog("test", "fatal");
const uuid = `GPU-${randomUUID()}`;

/** A tenant that holds one running node of a new fleet of so many. */
async function givenHeld(count = 1) {
  const fleet = await givenFleet(app.db, { racks: [count] });
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 800 });
  const held = await givenLaunched(
    { app: app.db, worker: worker.db },
    { fleet, tenant, nodeCount: 1 },
  );
  const [nodeId] = held.nodeIds;
  if (!nodeId) throw new Error("no node");
  await worker.db
    .update(nodes)
    .set({ lifecycle: "active", powerObserved: "on" })
    .where(eq(nodes.id, nodeId));
  return { fleet, tenant, environmentId: held.environmentId, ...(await heldOf(nodeId)) };
}

/** A node, and the moment from which its present tenant holds it. */
async function heldOf(nodeId: Id<"node">): Promise<Held> {
  const [held] = await worker.db
    .select({ from: allocations.startedAt })
    .from(allocations)
    .where(and(eq(allocations.nodeId, nodeId), isNull(allocations.releasedAt)));
  if (!held) throw new Error("nobody holds the node");
  return { nodeId, fromMs: held.from.getTime() + 1 };
}
type Held = { nodeId: Id<"node">; fromMs: number };

/** What eight GPUs say `afterMs` later, GPU 3 with values of its own. */
function scrape(
  { nodeId, fromMs }: Held,
  afterMs: number,
  values: Partial<Record<GpuMetric, number>>,
) {
  const samples = Array.from({ length: 8 }, (_, gpu) => ({
    ...gpuSample(gpu, { xid: 0, gpu_temp: 50, ...(gpu === 3 ? values : {}) }),
    ...(gpu === 3 ? { uuid } : {}),
  }));
  return { nodeId, at: new Date(fromMs + afterMs), samples, switches: [] } satisfies Scraped;
}

async function tell(watcher: HealthWatcher, scrapes: Scraped[]): Promise<void> {
  await insertGpuSamples(worker.pool, scrapes);
  await watcher.observe(scrapes);
}

const watch = () => healthWatcher({ db: worker.db, log });
const reasonsOf = (nodeId: Id<"node">) =>
  worker.db.select().from(healthReasons).where(eq(healthReasons.nodeId, nodeId));

async function nodeOf(nodeId: Id<"node">) {
  const [node] = await worker.db.select().from(nodes).where(eq(nodes.id, nodeId));
  return node;
}

async function release(
  { nodeId, fromMs }: Held,
  afterMs: number,
  lifecycle: "available" | "releasing",
) {
  await worker.db
    .update(allocations)
    .set({ releasedAt: new Date(fromMs + afterMs) })
    .where(sql`${allocations.nodeId} = ${nodeId} and ${allocations.releasedAt} is null`);
  await worker.db
    .update(operations)
    .set({ state: "succeeded", finishedAt: new Date() })
    .where(eq(operations.nodeId, nodeId));
  await worker.db
    .update(nodes)
    .set({ lifecycle, powerObserved: "off" })
    .where(eq(nodes.id, nodeId));
}

async function operator<P extends "fleet.read" | "node.operate">(permission: P) {
  const userId = newId("user");
  await asOperator(app.db, (tx) =>
    tx
      .insert(users)
      .values({ id: userId, email: `${userId}@example.com`, name: "Olga", passwordHash: "none" }),
  );
  const actor: Actor = {
    ...{ userId, name: "Olga", email: "olga@example.com", operatorRole: "fleet_admin" },
    ...{ requestId: "test", ipAddress: null, memberships: [] },
  };
  const allowed = authorizeFleet(actor, permission);
  if (!allowed.ok) throw new Error("the operator may not");
  return allowed.value as Grant<P>;
}

const freeOf = async ({ nodeTypeId }: GivenFleet) =>
  (await asOperator(app.db, countFreeNodes)).get(nodeTypeId) ?? 0;

test("an XID opens one reason, again and over a restart of the worker, and touches nothing else", async () => {
  const held = await givenHeld();
  const { tenant, nodeId, environmentId, fromMs } = held;
  const before = await nodeOf(nodeId);
  const work = () => worker.db.select().from(operations).where(eq(operations.nodeId, nodeId));
  const workBefore = await work();
  const first = watch();
  await tell(first, [scrape(held, 0, {}), scrape(held, 1_000, { xid: 79 })]);
  await tell(first, [scrape(held, 2_000, { xid: 79 })]);
  // Another worker takes over: the sticky code is the same error, and a new one is a new one.
  const second = watch();
  await tell(second, [scrape(held, 3_000, { xid: 79 })]);
  await tell(second, [scrape(held, 4_000, { xid: 0 }), scrape(held, 5_000, { xid: 79 })]);

  expect(await reasonsOf(nodeId)).toEqual([
    expect.objectContaining({
      ...{ code: "xid_79", severity: "critical", gpu: 3, gpuUuid: uuid, count: 2 },
      ...{ evidence: { xid: 79 }, closedAt: null, environmentId },
      firstSeenAt: new Date(fromMs + 1_000),
      lastSeenAt: new Date(fromMs + 5_000),
    }),
  ]);
  expect(await nodeOf(nodeId)).toEqual({ ...before, health: "critical" });
  expect(await work()).toEqual(workBefore);

  const detail = await environmentDetail(app.db, tenant.grant("environment.read"), environmentId);
  expect(detail?.nodeList[0]?.node).toMatchObject({
    health: "critical",
    healthReasons: ["GPU 3: XID 79: the GPU has fallen off the bus"],
  });
  expect(detail?.health[0]?.plain).toContain("move your work to another node");
});

test("charts mark the newest of very many reasons, those that still hold, and operations by their words", async () => {
  const held = await givenHeld();
  const { tenant, nodeId, environmentId, fromMs } = held;
  await tell(watch(), [scrape(held, 0, {}), scrape(held, 1_000, { xid: 79 })]);
  // Of 150 more that came and went, a second apart from the second minute on.
  const [open] = await reasonsOf(nodeId);
  if (!open) throw new Error("the XID opened no reason");
  await worker.db.insert(healthReasons).values(
    Array.from({ length: 150 }, (_, n) => {
      const at = new Date(fromMs + 60_000 + n * 1_000);
      const closed = { closedAt: at, closedHow: "quiet" as const };
      return { ...open, ...closed, id: newId("healthReason"), firstSeenAt: at, lastSeenAt: at };
    }),
  );
  const scope = { tenant: tenant.tenantId, user: tenant.userId, fleet: "" } as const;
  const eventsFrom = (from: number) =>
    inScope(app.db, scope, (tx) =>
      telemetryEvents(tx, {
        environmentId,
        nodeId,
        grid: { fromMs: from, stepMs: 1_000, count: 600 },
      }),
    );
  const all = await eventsFrom(fromMs - 300_000);
  expect(all).toHaveLength(100);
  expect(all.at(-1)?.atMs).toBe(fromMs + 60_000 + 149_000);

  const late = await eventsFrom(fromMs + 60_000 + 148_000);
  expect(late.map(({ atMs, untilMs }) => [atMs - fromMs, untilMs === null])).toEqual([
    [1_000, true],
    [208_000, false],
    [209_000, false],
  ]);
  await worker.db
    .update(operations)
    .set({ startedAt: new Date(fromMs + 300_000) })
    .where(eq(operations.nodeId, nodeId));
  const done = (await eventsFrom(fromMs + 290_000)).filter(({ kind }) => kind === "neutral");
  expect(done.map(({ words }) => words)).toEqual(["Launch"]);
});

test("an XID that was told is not told anew by who begins after a long gap, also once it is cleared", async () => {
  const held = await givenHeld();
  const { nodeId } = held;
  const counted = (afterMs: number, times: number, xid = 79) => {
    const scraped = scrape(held, afterMs, { xid });
    const xids = { span: "lifetime" as const, times: new Map([[79, times]]) };
    return {
      ...scraped,
      samples: scraped.samples.map((sample) => (sample.gpu === 3 ? { ...sample, xids } : sample)),
    };
  };
  await tell(watch(), [scrape(held, 0, {}), scrape(held, 1_000, { xid: 13 })]);
  await tell(watch(), [scrape(held, 2_000, { xid: 79 })]);
  await worker.db
    .update(healthReasons)
    .set({ closedAt: new Date(), closedHow: "cleared" })
    .where(eq(healthReasons.nodeId, nodeId));
  const open = async () =>
    (await reasonsOf(nodeId)).flatMap(({ code, count, closedAt }) =>
      closedAt ? [] : [[code, count]],
    );
  // So long that no recent sample tells of it, either.
  await tell(watch(), [scrape(held, 3_600_000, { xid: 79 })]);
  const last = watch();
  await tell(last, [counted(7_200_000, 1), counted(7_201_000, 1)]);
  expect(await open()).toEqual([]);
  await tell(last, [counted(7_202_000, 2)]);
  expect(await open()).toEqual([["xid_79", 1]]);
});

test("an SXID is one error over a crash that empties what is not logged, also once it is cleared", async () => {
  const held = await givenHeld();
  const { nodeId } = held;
  const told = (afterMs: number, fatal: number, nonFatal = 0) => ({
    ...scrape(held, afterMs, {}),
    switches: [2, 3].map((nvswitch) => ({
      ...{ nvswitch, temperature: 41, tx: null, rx: null, linkErrors: 0 },
      ...{ fatal: nvswitch === 2 ? fatal : 0, nonFatal: nvswitch === 3 ? nonFatal : 0 },
    })),
  });
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  const crash = async () => {
    const { rows } = await superuser.query<{ name: string }>(
      "select oid::regclass::text as name from pg_class where relpersistence = 'u' and relkind = 'r' order by 1",
    );
    expect(rows.map(({ name }) => name)).toContain("nvswitch_latest");
    for (const { name } of rows) await superuser.query(`truncate ${name}`);
    return watch();
  };
  const counts = async () =>
    (await reasonsOf(nodeId)).map(({ code, count, closedHow }) => [code, count, closedHow]).sort();

  try {
    await tell(watch(), [told(0, 0), told(1_000, 20_034, 11_012)]);
    // So long that no recent sample tells of it, either.
    await tell(await crash(), [told(3_600_000, 20_034, 11_012)]);
    expect(await counts()).toEqual([
      ["nvswitch_error", 1, null],
      ["nvswitch_fatal", 1, null],
    ]);

    // What an operator has cleared does not come back by itself; the same error once more does.
    await worker.db
      .update(healthReasons)
      .set({ closedAt: new Date(), closedHow: "cleared" })
      .where(eq(healthReasons.nodeId, nodeId));
    await tell(await crash(), [told(3_601_000, 20_034, 11_012), told(3_602_000, 0, 11_012)]);
    expect((await counts()).map(([, , how]) => how)).toEqual(["cleared", "cleared"]);
    await tell(await crash(), [told(3_603_000, 20_034, 11_012)]);
    expect(await counts()).toContainEqual(["nvswitch_fatal", 1, null]);

    await release(held, 4_000_000, "available");
    await pruneHealthReasons(worker.db, 90);
    expect((await superuser.query("select from nvswitch_sxids")).rowCount).toBe(0);
  } finally {
    await superuser.end();
  }
});

test("an exporter that answers with another node's GPUs is a reason on both, and each keeps its own samples", async () => {
  const [honest, other] = [await givenHeld(), await givenHeld()];
  const fromMs = Math.max(honest.fromMs, other.fromMs);
  const named = (held: Held, seconds: number, prefix: string) => ({
    ...scrape({ ...held, fromMs }, seconds * 1_000, {}),
    samples: Array.from({ length: 8 }, (_, gpu) => ({
      ...gpuSample(gpu, { xid: 0, gpu_temp: 50, power_w: held === honest ? 100 : 200 }),
      uuid: `GPU-${prefix}-${gpu}`,
    })),
  });
  const watcher = watch();
  const reasons = async () =>
    (await Promise.all([honest, other].map(({ nodeId }) => reasonsOf(nodeId))))
      .flat()
      .filter(({ code }) => code === "gpus_elsewhere")
      .map(({ nodeId, code, closedHow, evidence }) => [nodeId, code, closedHow, evidence]);
  const changed = async () =>
    (await Promise.all([honest, other].map(({ nodeId }) => reasonsOf(nodeId))))
      .flat()
      .flatMap(({ nodeId, code, count, evidence }) =>
        code === "gpus_changed" ? [[nodeId, count, evidence]] : [],
      );
  for (let seconds = 0; seconds <= 60; seconds += 15) {
    await tell(watcher, [named(honest, seconds, "a"), named(other, seconds + 5, "b")]);
  }
  for (let seconds = 75; seconds <= 240; seconds += 15) {
    await tell(watcher, [named(honest, seconds, "a"), named(other, seconds + 5, "a")]);
  }
  expect(await reasons()).toEqual(
    [honest, other].map(({ nodeId }) => [nodeId, "gpus_elsewhere", null, { elsewhere: 8 }]),
  );
  // The one that changed what it says it is tells so by itself, whether another names the same or not.
  expect(await changed()).toEqual([[other.nodeId, 1, { others: 8 }]]);
  expect((await nodeOf(honest.nodeId))?.health).toBe("warning");
  // One tenant's exporter may say so of another's node: operators are told, and the tenants are not.
  const { tenant, environmentId, nodeId } = honest;
  const may = tenant.grant("environment.read");
  const detail = await environmentDetail(app.db, may, environmentId);
  expect(detail?.health).toEqual([]);
  expect(detail?.nodeList[0]?.node).toMatchObject({ health: "ok", healthReasons: [] });
  const scope = { tenant: tenant.tenantId, user: tenant.userId, fleet: "" } as const;
  const grid = { fromMs: fromMs - 3_600_000, stepMs: 60_000, count: 600 };
  const events = await inScope(app.db, scope, (tx) =>
    telemetryEvents(tx, { environmentId, nodeId, grid }),
  );
  expect(events.filter(({ kind }) => kind !== "neutral")).toEqual([]);
  for (let seconds = 255; seconds <= 720; seconds += 15) {
    await tell(watcher, [named(honest, seconds, "a"), named(other, seconds + 5, "b")]);
  }
  expect((await reasons()).map(([, , how]) => how)).toEqual(["quiet", "quiet"]);
  // Whatever an answer says of itself, it is stored of the node that was asked.
  const { rows } = await worker.pool.query(
    "select node_id, min(power_w) as least, max(power_w) as most from gpu_samples where node_id = any ($1) group by 1",
    [[honest.nodeId, other.nodeId]],
  );
  expect(rows).toEqual(
    expect.arrayContaining([
      { node_id: honest.nodeId, least: 100, most: 100 },
      { node_id: other.nodeId, least: 200, most: 200 },
    ]),
  );
});

test("a tenant reads the reasons of its own time alone, and changes none", async () => {
  const before = await givenHeld();
  const { fleet, tenant, nodeId } = before;
  const watcher = watch();
  await tell(watcher, [scrape(before, 0, { xid: 31 })]);
  await release(before, 5, "available");
  // Seen after the release: nobody's, and not written.
  await tell(watcher, [scrape(before, 6, { xid: 94 })]);
  const next = await givenTenant(app.db, { fleet, gpuLimit: 800 });
  await worker.db.update(nodes).set({ health: "ok" }).where(eq(nodes.id, nodeId));
  await givenLaunched({ app: app.db, worker: worker.db }, { fleet, tenant: next, nodeCount: 1 });
  await worker.db.update(nodes).set({ lifecycle: "active" }).where(eq(nodes.id, nodeId));
  await tell(watch(), [scrape(await heldOf(nodeId), 0, { xid: 13 })]);

  const codes = (who: typeof tenant) =>
    inScope(app.db, { tenant: who.tenantId, user: who.userId, fleet: "" }, async (tx) => {
      const rows = await tx.select({ code: healthReasons.code }).from(healthReasons);
      return rows.map(({ code }) => code);
    });
  expect(await codes(tenant)).toEqual(["xid_31"]);
  expect(await codes(next)).toEqual(["xid_13"]);
  for (const change of [
    sql`update health_reasons set closed_at = now(), closed_how = 'cleared'`,
    sql`select note from health_handlings`,
    sql`select at from gpu_latest`,
  ]) {
    const scope = { tenant: next.tenantId, user: next.userId, fleet: "" } as const;
    const done = await inScope(app.db, scope, (tx) => tx.execute(change));
    expect(done.rowCount).toBe(0);
  }
});

test("a critical reason keeps a free node from the next tenant until an operator acknowledges it", async () => {
  const held = await givenHeld();
  const { fleet, nodeId } = held;
  await tell(watch(), [scrape(held, 0, { ecc_dbe: 0, clock_reasons: 0x80 })]);
  await tell(watch(), [scrape(held, 1_000, { ecc_dbe: 2 })]);
  await release(held, 10_000, "available");
  await settleSilence(worker.db, new Date());
  expect(await freeOf(fleet)).toBe(0);

  const may = await operator("node.operate");
  const read = await operator("fleet.read");
  const open = await healthAlerts(app.db, read, { tab: "open", search: uuid });
  const alert = open.alerts.find(({ node }) => node.id === nodeId);
  expect(alert).toMatchObject({ code: "ecc_dbe", holdsNode: true, evidence: { ecc_dbe: 2 } });
  if (!alert) throw new Error("no alert");
  const reasonId = alert.id;

  // Silence is about attention, and gives nothing out.
  const attention = await countAlerts(app.db, read);
  await silenceHealth(app.db, may, { reasonId, hours: 4, reason: "the vendor comes" });
  expect((await countAlerts(app.db, read)).critical).toBe(attention.critical - 1);
  expect(await freeOf(fleet)).toBe(0);

  expect(
    await acknowledgeHealth(app.db, may, { reasonId, note: "reset, memory test is good" }),
  ).toEqual({ ok: true, value: undefined });
  expect(await freeOf(fleet)).toBe(1);
  // It happens once more than was acknowledged.
  await worker.db.update(healthReasons).set({ count: 2 }).where(eq(healthReasons.id, reasonId));
  await worker.db.transaction((tx) => settleNodeHealth(tx, [nodeId]));
  expect(await freeOf(fleet)).toBe(0);

  expect((await clearHealth(app.db, may, { reasonId, note: "replaced" })).ok).toBe(true);
  expect(await freeOf(fleet)).toBe(1);
  expect(await clearHealth(app.db, may, { reasonId, note: "replaced" })).toMatchObject({
    refusal: { kind: "not_now" },
  });
  const { rows } = await asOperator(app.db, (tx) =>
    tx.execute(sql`select action from audit_events where object_id = ${nodeId} order by id`),
  );
  expect(rows.map(({ action }) => action)).toEqual([
    "health.silence",
    "health.acknowledge",
    "health.clear",
  ]);
});

test("what is silenced is told to its tenant and to no operator, also when it opens anew or is past", async () => {
  const held = await givenHeld();
  const { nodeId } = held;
  const may = await operator("node.operate");
  const read = await operator("fleet.read");
  const [place] = await worker.db
    .select({ rackId: racks.id, siteId: racks.siteId, name: nodes.name })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .where(eq(nodes.id, nodeId));
  if (!place) throw new Error("the node stands nowhere");
  const { rackId, siteId, name } = place;
  const watcher = watch();
  let afterMs = 0;
  /** Has an XID happen and clears it: who was told of it, and whether it stood among what is open. */
  async function happens(xid: number) {
    const since = new Date();
    await tell(watcher, [scrape(held, ++afterMs, { xid: 0 }), scrape(held, ++afterMs, { xid })]);
    const [open] = await worker.db
      .select()
      .from(healthReasons)
      .where(and(eq(healthReasons.nodeId, nodeId), isNull(healthReasons.closedAt)));
    if (!open) throw new Error("nothing opened");
    const list = (tab: "open" | "handled") => healthAlerts(app.db, read, { tab, search: name });
    const [isOpen, handled] = [await list("open"), await list("handled")];
    await clearHealth(app.db, may, { reasonId: open.id, note: "reset" });
    const told = await worker.db
      .select({ kind: notifications.kind, audience: notifications.audience })
      .from(notifications)
      .where(
        and(sql`${notifications.tenantId} = ${open.tenantId}`, gt(notifications.createdAt, since)),
      );
    return {
      told: told.map(({ kind, audience }) => `${kind} ${audience}`).sort(),
      open: isOpen.alerts.length,
      silenced: handled.alerts.map(({ silenced }) => silenced?.reason),
    };
  }
  const toTenant = ["health.critical project", "health.recovered project"];
  const toAll = [...toTenant, "health.critical operators", "health.recovered operators"].sort();
  expect(await happens(79)).toEqual({ told: toAll, open: 1, silenced: [] });

  for (const where of [{ nodeId }, { rackId }, { siteId }, {}]) {
    const begun = await addHealthSilence(app.db, may, {
      ...{ ...where, code: "xid_79", hours: 4, reason: "planned" },
    });
    if (!begun.ok) throw new Error("not silenced");
    const silent = { told: toTenant, open: 0, silenced: ["planned"] };
    expect(await happens(79), Object.keys(where).join()).toEqual(silent);
    expect(await happens(48)).toEqual({ told: toAll, open: 1, silenced: [] });
    expect((await healthSilencesView(app.db, read)).map(({ id }) => id)).toContain(
      begun.value.silenceId,
    );
    expect((await endHealthSilence(app.db, may, begun.value)).ok).toBe(true);
    expect(await endHealthSilence(app.db, may, begun.value)).toMatchObject({
      refusal: { kind: "not_now" },
    });
    expect(await happens(79)).toEqual({ told: toAll, open: 1, silenced: [] });
  }
  const elsewhere = (await givenHeld()).nodeId;
  await addHealthSilence(app.db, may, { nodeId: elsewhere, hours: 4, reason: "another node" });
  expect((await happens(79)).told).toEqual(toAll);
});

test("one event of a node is one message, however many GPUs tell of it, until three minutes are quiet", async () => {
  const held = await givenHeld();
  const watcher = watch();
  const all = (afterMs: number, values: Partial<Record<GpuMetric, number>>, gpus = 8) => ({
    ...scrape(held, afterMs, {}),
    samples: Array.from({ length: 8 }, (_, gpu) =>
      gpuSample(gpu, gpu < gpus ? values : { xid: 0 }),
    ),
  });
  const told = async () =>
    (
      await worker.db
        .select({ fact: notifications })
        .from(notifications)
        .where(eq(notifications.tenantId, held.tenant.tenantId))
        .orderBy(notifications.createdAt, notifications.audience)
    )
      .map(({ fact: { kind, audience, data } }) => [kind, audience, "gpus" in data && data.gpus])
      .filter(([kind]) => String(kind).startsWith("health"));
  await tell(watcher, [all(1, { xid: 0 }), all(2, { xid: 79 }, 6)]);
  const six = [0, 1, 2, 3, 4, 5];
  const first = [
    ["health.critical", "operators", six],
    ["health.critical", "project", six],
  ];
  expect(await told()).toEqual(first);
  // The rest of the burst comes with a later scrape.
  await tell(watcher, [all(3, { xid: 79 })]);
  expect(await told()).toEqual(first);
  // After three quiet minutes it is news.
  await worker.db
    .update(notifications)
    .set({ createdAt: sql`now() - interval '181 seconds'` })
    .where(eq(notifications.tenantId, held.tenant.tenantId));
  await worker.db
    .update(healthReasons)
    .set({ closedAt: new Date(), closedHow: "cleared" })
    .where(and(eq(healthReasons.nodeId, held.nodeId), eq(healthReasons.gpu, 7)));
  await tell(watcher, [all(4, { xid: 0 }), all(5, { xid: 79 })]);
  expect(await told()).toEqual([
    ...first,
    ["health.critical", "operators", false],
    ["health.critical", "project", false],
  ]);
  // Warnings are told in a kind of their own, and those that are for operators to no tenant.
  const before = (await told()).length;
  await tell(watcher, [all(6, { xid: 31 }, 1)]);
  const elsewhere = { nodeId: held.nodeId, gpu: -1, code: "gpus_elsewhere", uuid: null } as const;
  const [reason] = await reasonsOf(held.nodeId);
  if (!reason) throw new Error("nothing opened");
  await writeHealthChanges(worker.db, [
    {
      ...{ ...elsewhere, kind: "seen", allocationId: reason.allocationId, occurrences: 1 },
      ...{ sinceMs: held.fromMs + 8, atMs: held.fromMs + 8, evidence: {} },
    },
  ]);
  expect((await told()).slice(before).map(([kind, audience]) => `${kind} ${audience}`)).toEqual([
    ...["health.warning operators", "health.warning project", "health.warning operators"],
  ]);
});

test("a reason without a tenant is operators' alone, keeps a free node, and is told to operators", async () => {
  const held = await givenHeld();
  const { fleet, nodeId, tenant, environmentId } = held;
  const told = (kind: "seen" | "quiet", atMs: number): NodeHealthChange => ({
    ...{ nodeId, allocationId: null, gpu: -1, code: "ecc_dbe", atMs, uuid: null },
    ...{ kind, sinceMs: atMs, occurrences: 0, evidence: { entry: "uncorrectable error" } },
  });
  const atMs = held.fromMs + 1_000;
  await writeHealthChanges(worker.db, [told("seen", atMs), told("seen", atMs + 1_000)]);
  expect(await reasonsOf(nodeId)).toMatchObject([
    { count: 1, allocationId: null, tenantId: null, environmentId: null, closedAt: null },
  ]);
  const may = tenant.grant("environment.read");
  expect((await environmentDetail(app.db, may, environmentId))?.health).toEqual([]);
  const scope = { tenant: tenant.tenantId, user: tenant.userId, fleet: "" } as const;
  expect(await inScope(app.db, scope, (tx) => tx.select().from(healthReasons))).toEqual([]);

  await release(held, 2_000, "available");
  await settleSilence(worker.db, new Date());
  expect(await freeOf(fleet)).toBe(0);
  const read = await operator("fleet.read");
  const open = await healthAlerts(app.db, read, {
    ...{ tab: "open", search: (await nodeOf(nodeId))?.name ?? "" },
  });
  expect(open.alerts).toMatchObject([
    { holder: null, holdsNode: true, evidence: { entry: "uncorrectable error" } },
  ]);
  await writeHealthChanges(worker.db, [told("quiet", atMs + 2_000)]);
  expect(await freeOf(fleet)).toBe(1);
  const { rows } = await asOperator(app.db, (tx) =>
    tx.execute(
      sql`select kind, audience from notifications where data->>'nodeId' = ${nodeId} order by id`,
    ),
  );
  expect(rows).toEqual([
    { kind: "health.critical", audience: "operators" },
    { kind: "health.recovered", audience: "operators" },
  ]);
});

test("silence is judged by the database's clock, whatever this machine's says", async () => {
  const { nodeId } = await givenHeld();
  await worker.db
    .update(nodes)
    .set({ telemetryError: "Nothing listens.", telemetryErrorSince: new Date() })
    .where(eq(nodes.id, nodeId));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  try {
    await settleSilence(worker.db);
  } finally {
    vi.useRealTimers();
  }
  expect(await reasonsOf(nodeId)).toEqual([]);
});

test("silence opens after two minutes and closes with the first answer; what lasts ends with the release", async () => {
  const held = await givenHeld();
  const { nodeId } = held;
  const silentSince = (at: Date | null) =>
    worker.db
      .update(nodes)
      .set({ telemetryError: at && "Nothing listens.", telemetryErrorSince: at })
      .where(eq(nodes.id, nodeId));
  const later = (ms: number) => new Date(Date.now() + ms);
  await silentSince(new Date());
  await settleSilence(worker.db, later(60_000));
  expect(await reasonsOf(nodeId)).toEqual([]);
  await settleSilence(worker.db, later(125_000));
  await settleSilence(worker.db, later(140_000));
  expect(await reasonsOf(nodeId)).toMatchObject([
    { code: "exporter_silent", gpu: -1, count: 1, closedAt: null },
  ]);
  expect((await nodeOf(nodeId))?.health).toBe("warning");
  await silentSince(null);
  await settleSilence(worker.db, later(150_000));
  expect(await reasonsOf(nodeId)).toMatchObject([{ closedHow: "quiet" }]);
  expect((await nodeOf(nodeId))?.health).toBe("ok");

  // The watcher that runs judges by what an operator has changed meanwhile.
  const hot = watch();
  const may = await operator("node.operate");
  const warm = { gpu_temp: 62 };
  await tell(hot, [scrape(held, 1, warm), scrape(held, 2, warm)]);
  expect(await reasonsOf(nodeId)).toHaveLength(1);
  const set = {
    code: "too_hot",
    threshold: 60,
    opensAfterSeconds: 0,
    severity: "warning",
  } as const;
  expect((await changeHealthRule(app.db, may, set)).ok).toBe(true);
  await tell(hot, [scrape(held, 3, warm)]);
  expect(await reasonsOf(nodeId)).toContainEqual(
    expect.objectContaining({ code: "too_hot", severity: "warning", count: 1 }),
  );
  await resetHealthRule(app.db, may, set);
  const minutes = Array.from({ length: 7 }, (_, n) => scrape(held, n * 60_000, { gpu_temp: 83 }));
  await tell(hot, minutes);
  await release(held, 500_000, "releasing");
  await settleSilence(worker.db, later(0));
  expect(await reasonsOf(nodeId)).toEqual(
    expect.arrayContaining([expect.objectContaining({ code: "hot", closedHow: "ended" })]),
  );
  expect((await nodeOf(nodeId))?.health).toBe("ok");
});
