import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Connection, connect } from "#db/client";
import { keepGpuLatest } from "#db/queries/gpu-latest";
import { rolledGpus } from "#db/queries/gpu-rollups";
import { insertScrapes } from "#db/queries/gpu-scrapes";
import { insertGpuSamples } from "#db/queries/insert-gpu-samples";
import { keepNvswitchLatest } from "#db/queries/nvswitch-latest";
import { rollUp } from "#db/queries/rollups";
import { allocations, environments } from "#db/schema/environments";
import { projects } from "#db/schema/tenants";
import { givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { type Actor, authorizeFleet } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import { instanceMetrics } from "#lib/domain/telemetry/instance";
import { gpuSample } from "#lib/domain/telemetry/sample";
import type { GpuMeans, MeansAsked } from "#lib/ports/gpu-means";
import { HistoryError } from "#lib/ports/history";
import { gpusDayOf, gpusNowOf, nodeGpusOf, readGpusNow } from "#lib/views/gpu-summary";

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let superuser: pg.Client;
let fleet: GivenFleet;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  fleet = await givenFleet(app.db, { racks: [9] });
  // The last half hour may reach into yesterday.
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  const day = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
  for (const table of ["gpu_samples", "gpu_rollups"]) {
    await superuser.query(
      `create table if not exists ${table}_${day(-1).replaceAll("-", "")} partition of ${table}
        for values from ('${day(-1)} 00:00:00+00') to ('${day(0)} 00:00:00+00')`,
    );
  }
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await superuser.end();
  await database.drop();
});

let taken = 0;
const takeNode = () => fleet.racks[0]?.[taken++] as Id<"node">;
const ago = (ms: number) => new Date(Date.now() - ms);

async function hold(
  tenant: GivenTenant,
  nodeId: Id<"node">,
  startedAt: Date,
  over: { releasedAt?: Date; projectId?: Id<"project"> } = {},
): Promise<void> {
  const { tenantId, userId } = tenant;
  const environmentId = newId("environment");
  const projectId = over.projectId ?? tenant.projectId;
  await asOperator(app.db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: {}, authorizedKeys: [] },
    });
    await tx.insert(allocations).values({
      ...{ id: newId("allocation"), tenantId, projectId, environmentId, nodeId, gpus: 8 },
      ...{ groupName: "workers", profileId: fleet.profileId, hostname: "workers-1" },
      ...{ startedAt, releasedAt: over.releasedAt ?? null },
    });
  });
}

async function sample(nodeId: Id<"node">, at: Date, utilization: number, gpus = 8): Promise<void> {
  const samples = Array.from({ length: gpus }, (_, gpu) =>
    gpuSample(gpu, { gpu_util: utilization, power_w: 500, power_limit: 700, gpu_temp: 60 }),
  );
  await insertGpuSamples(worker.pool, [{ nodeId, at, samples }]);
  await keepGpuLatest(worker.pool, [{ nodeId, at, samples }]);
}

test("a project and a tenant are told of the GPUs that they hold, and of nobody else's", async () => {
  const ours = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const theirs = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const [busy, silent, other, elsewhere] = [takeNode(), takeNode(), takeNode(), takeNode()];
  const secret = newId("project");
  await asOperator(app.db, (tx) =>
    tx
      .insert(projects)
      .values({ id: secret, tenantId: ours.tenantId, slug: "secret", name: "Secret" }),
  );
  await hold(ours, busy, ago(60_000));
  await hold(ours, silent, ago(60_000));
  await hold(ours, other, ago(60_000), { projectId: secret });
  await hold(theirs, elsewhere, ago(30_000));
  // A made-up ninth GPU; and what was before it was ours.
  await sample(busy, ago(10_000), 80, 9);
  await sample(silent, ago(70_000), 100);
  await sample(other, ago(10_000), 20);
  await sample(elsewhere, ago(40_000), 100);

  const grant = ours.grant("project.read");
  expect(await gpusNowOf(app.db, grant)).toMatchObject({
    ...{ nodes: 2, gpus: 16, busy: { gpus: 8, of: 8 } },
    ...{ utilization: { mean: 80, of: 8 }, power: { watts: 4_000, of: 8 } },
  });
  const all = { tenantId: ours.tenantId, projectIds: [ours.projectId, secret] };
  expect(await withGrant(app.db, grant, (tx) => readGpusNow(tx, all))).toMatchObject({
    ...{ nodes: 3, gpus: 24, utilization: { mean: 50, of: 16 } },
  });
  // Of a node that is theirs only since, nothing is known to them either.
  expect(await gpusNowOf(app.db, theirs.grant("project.read"))).toMatchObject({
    ...{ gpus: 8, busy: { gpus: 0, of: 0 }, utilization: { mean: null, of: 0 }, lastMs: null },
  });
  const peek = { tenantId: ours.tenantId, projectIds: [ours.projectId] };
  expect(
    await withGrant(app.db, theirs.grant("project.read"), (tx) => readGpusNow(tx, peek)),
  ).toMatchObject({ nodes: 0, gpus: 0, lastMs: null });

  const allowed = authorizeFleet(operator, "fleet.read");
  if (!allowed.ok) throw new Error("an operator may look at the fleet");
  const node = await nodeGpusOf(app.db, allowed.value, busy);
  expect(node?.gpus).toHaveLength(9);
  expect(node?.gpus[3]).toEqual({
    ...{ gpu: 3, utilization: 80, power: 500, temperature: 60, heldBack: null, parts: [] },
  });
  expect(await nodeGpusOf(app.db, allowed.value, elsewhere)).toMatchObject({ atMs: null });
});

test("a GPU that is split is told by its parts, of the newest scrape and the present holder alone", async () => {
  const [theirs, ours] = [
    await givenTenant(app.db, { fleet, gpuLimit: 64 }),
    await givenTenant(app.db, { fleet, gpuLimit: 64 }),
  ];
  const nodeId = takeNode();
  const split = async (at: Date, parts: [instance: number, profile: string, active: number][]) => {
    const whole = { gpu_temp: 60, power_w: 70, clock_reasons: 0x40 };
    const instances = parts.map(([instance, profile, active]) => ({
      ...{ instance, profile },
      values: instanceMetrics.map((metric) => (metric === "gr_active" ? active : null)),
    }));
    const samples = [gpuSample(0, { gpu_util: 80 }), { ...gpuSample(1, whole), instances }];
    await insertScrapes(worker.pool, [{ nodeId, at, samples }]);
    await keepGpuLatest(worker.pool, [{ nodeId, at, samples }]);
  };
  const allowed = authorizeFleet(operator, "fleet.read");
  if (!allowed.ok) throw new Error("an operator may look at the fleet");
  const told = async () => (await nodeGpusOf(app.db, allowed.value, nodeId))?.gpus.slice(0, 2);

  await hold(theirs, nodeId, ago(60_000), { releasedAt: ago(30_000) });
  await split(ago(40_000), [[9, "1g.10gb", 50]]);
  await hold(ours, nodeId, ago(30_000));
  expect((await told())?.flatMap(({ parts }) => parts)).toEqual([]);
  await split(ago(20_000), [[1, "7g.80gb", 100]]);
  await split(ago(10_000), [
    [2, "3g.40gb", 25],
    [1, "4g.40gb", 0],
  ]);
  expect(await told()).toMatchObject([
    { utilization: 80, parts: [] },
    {
      ...{ utilization: null, power: 70, temperature: 60 },
      heldBack: ["heat, by the hardware"],
      parts: [
        { instance: 1, profile: "4g.40gb", activity: 0 },
        { instance: 2, profile: "3g.40gb", activity: 25 },
      ],
    },
  ]);
  // Its holder is told that it works.
  expect((await gpusNowOf(app.db, ours.grant("project.read"))).busy).toEqual({ gpus: 2, of: 2 });
});

test("of switches it is told when they were, whatever is told of GPUs since", async () => {
  const ours = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const nodeId = takeNode();
  await hold(ours, nodeId, ago(3_600_000));
  const known = { temperature: 41, fatal: 0, nonFatal: 0, linkErrors: 0, tx: 1, rx: 1 };
  const switches = [{ nvswitch: 0, ...known }];
  await keepNvswitchLatest(worker.pool, [{ nodeId, at: ago(600_000), switches }]);
  await keepNvswitchLatest(worker.pool, [{ nodeId, at: ago(5_000), switches: [] }]);
  await sample(nodeId, ago(5_000), 80);

  const allowed = authorizeFleet(operator, "fleet.read");
  if (!allowed.ok) throw new Error("an operator may look at the fleet");
  const node = await nodeGpusOf(app.db, allowed.value, nodeId);
  const age = (ms: number | null | undefined) => Math.round((Date.now() - (ms ?? 0)) / 60_000);
  expect([age(node?.atMs), age(node?.switchesAtMs)]).toEqual([0, 10]);
  expect(node?.switches).toEqual(switches);
});

const operator: Actor = {
  ...{ userId: newId("user"), name: "Olga", email: "olga@ingot.example" },
  ...{ operatorRole: "fleet_viewer", memberships: [], requestId: "test", ipAddress: null },
};

test("the last day counts each sample for who held the node then, and for nobody else", async () => {
  const ours = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const theirs = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const nodeId = takeNode();
  const minute = 60_000;
  await hold(theirs, nodeId, ago(30 * minute), { releasedAt: ago(20 * minute) });
  await hold(ours, nodeId, ago(20 * minute));
  await sample(nodeId, ago(21 * minute), 100);
  await sample(nodeId, ago(19 * minute), 40);
  await sample(nodeId, ago(18.9 * minute), 60);
  await rollUp(worker.db, rolledGpus);

  const known = (day: { mean: (number | null)[] }) => day.mean.filter((one) => one !== null);
  expect(known(await gpusDayOf(app.db, theirs.grant("project.read")))).toEqual([100]);
  const day = await gpusDayOf(app.db, ours.grant("project.read"));
  expect(day.mean).toHaveLength(144);
  const means = known(day) as number[];
  expect(means.reduce((sum, one) => sum + one, 0) / means.length).toBe(50);
  expect([day.store, day.leftOut]).toEqual([null, 0]);

  // An operator's own store is asked for the same time of the same nodes, and answers in place of ours.
  const asked: MeansAsked[] = [];
  const store = (answer: () => (number | null)[]): GpuMeans => ({
    name: "Engine",
    async read(all) {
      asked.push(all);
      return { mean: answer(), leftOut: 0.25 };
    },
  });
  const nowMs = Date.now();
  const grant = theirs.grant("project.read");
  const told = await gpusDayOf(
    app.db,
    grant,
    nowMs,
    store(() => [7]),
  );
  expect(told).toMatchObject({ mean: [7], leftOut: 0.25, store: { name: "Engine", error: null } });
  expect(asked).toMatchObject([{ grid: told.grid, nowMs, nodes: [{ nodeId }] }]);
  const [held, ...more] = asked[0]?.nodes[0]?.held ?? [];
  expect(more).toEqual([]);
  const minutes = [held?.fromMs, held?.untilMs].map((ms) =>
    Math.round((nowMs - (ms ?? 0)) / minute),
  );
  expect(minutes).toEqual([30, 20]);
  const away = await gpusDayOf(
    app.db,
    grant,
    nowMs,
    store(() => {
      throw new HistoryError("It cannot be reached.");
    }),
  );
  expect(away).toMatchObject({ leftOut: 0, store: { error: "It cannot be reached." } });
  expect(away.mean).toEqual(Array.from({ length: away.grid.count }, () => null));
});

test("the last day of many nodes is read of wider roll-ups, and what is newer than those of minutes", async () => {
  const ours = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const nodeId = takeNode();
  const [minute, quarter] = [60_000, 15 * 60_000];
  // Many nodes or one again and again: what is counted is how often one was held.
  for (const hours of [9, 8, 7, 6, 5]) {
    await hold(ours, nodeId, ago(60 * hours * minute), { releasedAt: ago(55 * hours * minute) });
  }
  await hold(ours, nodeId, ago(120 * minute));
  const closed = Math.floor((Date.now() - 2 * quarter) / quarter) * quarter;
  // Neither lies in the first minute of its quarter.
  await sample(nodeId, new Date(closed + 3 * minute), 100);
  await sample(nodeId, new Date(closed + 9 * minute), 40);
  await sample(nodeId, ago(3 * minute), 20);
  // As if nothing had been rolled up: where it goes on is one moment for the whole fleet.
  await superuser.query("truncate gpu_rollups, gpu_rollups_15m, gpu_rollups_1h");
  await rollUp(worker.db, rolledGpus);
  const day = await gpusDayOf(app.db, ours.grant("project.read"));
  expect(day.grid.stepMs).toBe(quarter);
  expect(day.mean[(closed - day.grid.fromMs) / quarter]).toBe(70);
  expect(day.mean.filter((one) => one !== null)).toEqual([70, 20]);
});

test("a portal whose clock is wrong says what is now by the database's, as samples are stamped", async () => {
  const ours = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const grant = ours.grant("project.read");
  const nodeId = takeNode();
  await hold(ours, nodeId, ago(60_000));
  await sample(nodeId, ago(5_000), 80);
  const trueMs = Date.now();
  for (const byMs of [3_600_000, -3_600_000]) {
    vi.useFakeTimers({ toFake: ["Date"], now: trueMs + byMs });
    try {
      const now = await gpusNowOf(app.db, grant);
      expect(Math.abs(now.nowMs - trueMs)).toBeLessThan(60_000);
      expect(now.utilization.mean).toBe(80);
      const { grid } = await gpusDayOf(app.db, grant);
      const endsMs = grid.fromMs + grid.count * grid.stepMs - trueMs;
      expect(endsMs).toBeGreaterThan(0);
      expect(endsMs).toBeLessThanOrEqual(grid.stepMs + 60_000);
    } finally {
      vi.useRealTimers();
    }
  }
});
