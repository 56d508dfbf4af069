import { eq, sql } from "drizzle-orm";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Database } from "#db/client";
import { keepGpuLatest } from "#db/queries/gpu-latest";
import { allocations } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { type Actor, authorizeFleet } from "#lib/access/authorize";
import { newId } from "#lib/domain/id";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { fleetGpus, fleetGpusTail } from "#lib/schemas/fleet-gpus";
import type { MapMetric } from "#lib/schemas/gpu-map";
import { fleetGpusTailView, fleetGpusView } from "#lib/views/fleet-gpus";

let database: GivenDatabase;
let app: { db: Database; pool: pg.Pool };
let worker: { db: Database; pool: pg.Pool };

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app", max: 2 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 2 });
});

afterAll(async () => {
  await Promise.all([app?.pool.end(), worker?.pool.end()]);
  await database?.drop();
});

const actor: Actor = {
  ...{ userId: newId("user"), name: "Walter", email: "walter@example.com" },
  ...{ operatorRole: "fleet_viewer", memberships: [], requestId: "test", ipAddress: null },
};

function allowedToRead() {
  const allowed = authorizeFleet(actor, "fleet.read");
  if (!allowed.ok) throw new Error("a viewer may look at the fleet");
  return allowed.value;
}

async function mapOf(metric: MapMetric) {
  return fleetGpus.parse(await fleetGpusView(app.db, allowedToRead(), metric));
}

test("the map shows every GPU, what is old or never told as unknown, and who throttles", async () => {
  const fleet = await givenFleet(app.db, { racks: [3] });
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 800 });
  const { nodeIds } = await givenLaunched(
    { app: app.db, worker: worker.db },
    { fleet, tenant, nodeCount: 2 },
  );
  const [live, old] = nodeIds;
  if (!live || !old) throw new Error("two nodes were launched");
  await worker.db.update(allocations).set({ startedAt: new Date(Date.now() - 600_000) });
  await worker.db.update(nodes).set({ lifecycle: "active" }).where(eq(nodes.id, live));
  // GPU 2 is not in the answer, and GPU 1 does not tell its temperature.
  const samples = [
    gpuSample(0, { gpu_util: 97, gpu_temp: 71, power_w: 640, clock_reasons: 0x48 }),
    gpuSample(1, { gpu_util: 0 }),
    gpuSample(7, { gpu_util: 50, gpu_temp: 40, power_w: 90, clock_reasons: 0x4 }),
  ];
  const ago = (ms: number) => new Date(Date.now() - ms);
  await keepGpuLatest(worker.pool, [
    { nodeId: live, at: ago(40_000), samples: [gpuSample(0, { gpu_util: 1 })] },
    { nodeId: live, at: ago(20_000), samples },
    { nodeId: old, at: ago(400_000), samples },
  ]);
  // What comes late does not take the place of what is newer.
  await keepGpuLatest(worker.pool, [{ nodeId: live, at: ago(30_000), samples: [] }]);

  const map = await mapOf("temperature");
  const cells = map.racks.flatMap((rack) => rack.nodes);
  const unknown = Array.from({ length: 8 }, () => null);
  expect(cells.find(({ id }) => id === live)?.values).toEqual([
    ...[71, null, null, null, null, null, null, 40],
  ]);
  expect(cells.find(({ id }) => id === old)).toMatchObject({ values: unknown });
  expect(cells.find(({ id }) => id === old)?.age).toBeGreaterThan(390_000);
  expect(cells.find(({ environment }) => environment === null)).toMatchObject({
    ...{ values: unknown, age: null, lifecycle: "available" },
  });
  // A node is one line, however many of its GPUs are so.
  expect(map.throttling).toMatchObject({
    ...{ total: 1, nodes: [{ nodeId: live, gpus: [0], at: null }] },
    nodes: [{ words: "hardware slowdown, heat, by the hardware" }],
  });
  expect(map.hottest).toMatchObject({ total: 1, nodes: [{ gpus: [0], words: "71 °C" }] });
  expect(map.idlest).toMatchObject({
    ...{ total: 1, nodes: [{ gpus: [0, 1, 7], words: "49 % in the mean" }] },
  });
  expect(map.models).toEqual([
    { model: "model not said", gpus: 24, held: 16, free: 8, utilization: 49, known: 3 },
  ]);
  // Those who follow are told of what was heard since, by the name of who holds it.
  const tail = await fleetGpusTailView(app.db, allowedToRead(), "temperature", map.nowMs - 60_000);
  expect(fleetGpusTail.parse(tail).nodes).toMatchObject([
    { id: live, values: [71, null, null, null, null, null, null, 40] },
  ]);
  expect(tail.nodes[0]?.environment).toBe(
    map.environments[cells.find(({ id }) => id === live)?.environment ?? -1],
  );
  const whole = await fleetGpusTailView(app.db, allowedToRead(), "temperature", null);
  expect(whole.nodes.map(({ id }) => id).sort()).toEqual([live, old].sort());
  expect(await fleetGpusTailView(app.db, allowedToRead(), "power", map.nowMs)).toMatchObject({
    nodes: [],
  });
  // Nobody has said that a silent node is well.
  const health = (await mapOf("health")).racks.flatMap((rack) => rack.nodes);
  expect(health.find(({ id }) => id === live)?.values.at(0)).toBe(0);
  expect(health.find(({ id }) => id === old)?.values).toEqual(unknown);
});

test("a node that a bad job fills with XIDs does not hide another's that needs it, and what throttles says since when", async () => {
  const fleet = await givenFleet(app.db, { racks: [12] });
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 800 });
  const { nodeIds } = await givenLaunched(
    { app: app.db, worker: worker.db },
    { fleet, tenant, nodeCount: 12 },
  );
  const [lost, throttled] = nodeIds;
  if (!lost || !throttled) throw new Error("nodes were launched");
  const open = (code: string, severity: string, ids: readonly string[], ago: string) =>
    worker.db.execute(sql`
      insert into health_reasons (id, node_id, gpu, code, severity, evidence, count, first_seen_at,
        last_seen_at, allocation_id, tenant_id, project_id, environment_id)
      select 'hlr_' || a.node_id || ${code} || g, a.node_id, g, ${code}, ${severity}, '{}', 1,
        now() - ${ago}::interval, now() - ${ago}::interval, a.id, a.tenant_id, a.project_id, a.environment_id
      from allocations a, generate_series(0, 7) g
      where a.released_at is null and a.node_id = any (${sql.param([...ids])}::text[])`);
  await open("xid_79", "critical", [lost], "5 hours");
  await open("xid_31", "warning", nodeIds, "1 minute");
  await open("thermal_throttle", "warning", [throttled], "1 hour");
  await worker.db.update(allocations).set({ startedAt: sql`now() - interval '1 day'` });
  const samples = Array.from({ length: 8 }, (_, gpu) => gpuSample(gpu, { clock_reasons: 0x20 }));
  await keepGpuLatest(worker.pool, [{ nodeId: throttled, at: new Date(), samples }]);

  const { xids, throttling } = await mapOf("health");
  expect(xids).toMatchObject({ total: 12 });
  expect(xids.nodes).toHaveLength(8);
  expect(xids.nodes[0]).toMatchObject({
    ...{ nodeId: lost, gpus: [0, 1, 2, 3, 4, 5, 6, 7] },
    words: expect.stringMatching(/^XID 79: .*; XID 31: /),
  });
  expect(new Set(xids.nodes.map(({ nodeId }) => nodeId)).size).toBe(8);
  const all = throttling.nodes.find(({ nodeId }) => nodeId === throttled);
  expect(all?.gpus).toHaveLength(8);
  expect(Date.now() - Date.parse(all?.at ?? "")).toBeGreaterThan(3_590_000);
});
