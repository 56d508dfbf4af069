import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect } from "#db/client";
import { insertGpuSamples } from "#db/queries/insert-gpu-samples";
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
import { mergeTelemetry } from "#lib/client/merge-telemetry";
import { prepareGpuSeries } from "#lib/client/prepare-gpu-series";
import { type Id, newId } from "#lib/domain/id";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { type GpuTelemetry, gpuTelemetry, gpuTelemetryTail } from "#lib/schemas/telemetry";
import { gpuTelemetryOf, gpuTelemetryTail as tailOf } from "#lib/views/gpu-telemetry";

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let fleet: GivenFleet;
let tenant: GivenTenant;
// Half a minute from now, so that the quarter hour before it may lie in a partition there is.
const nowMs = Date.now() + 30_000;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  fleet = await givenFleet(app.db, { racks: [4] });
  tenant = await givenTenant(app.db, { fleet, gpuLimit: 64 });
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await database.drop();
});

/** An environment in a project of the tenant that holds these nodes since a minute ago. */
async function givenEnvironment(projectId: Id<"project">, nodes: (Id<"node"> | undefined)[]) {
  const environmentId = newId("environment");
  const { tenantId, userId } = tenant;
  await asOperator(app.db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: { workers: nodes.length }, authorizedKeys: [] },
    });
    for (const [index, nodeId] of nodes.entries()) {
      if (!nodeId) throw new Error("more nodes than the fleet was given");
      await tx.insert(allocations).values({
        ...{ id: newId("allocation"), tenantId, projectId, environmentId, nodeId, gpus: 8 },
        ...{ groupName: "workers", profileId: fleet.profileId, hostname: `workers-${index + 1}` },
        startedAt: new Date(nowMs - 60_000),
      });
    }
  });
  return environmentId;
}

test("a member sees the nodes of the environment, and the GPUs of the one asked for", async () => {
  const [first, second] = fleet.racks[0] ?? [];
  const environmentId = await givenEnvironment(tenant.projectId, [first, second]);
  await insertGpuSamples(worker.pool, [
    {
      nodeId: second as Id<"node">,
      at: new Date(nowMs - 1_000),
      samples: [gpuSample(0, { gpu_util: 97, xid: 0 }), gpuSample(1, { gpu_util: 3 })],
    },
    // Before it was the environment's.
    {
      nodeId: second as Id<"node">,
      at: new Date(nowMs - 90_000),
      samples: [gpuSample(0, { gpu_util: 55 })],
    },
  ]);
  const grant = tenant.grant("environment.read");
  const of = (node?: Id<"node">) =>
    gpuTelemetryOf(app.db, grant, environmentId, { window: "15m", node }, nowMs);

  const asked = gpuTelemetry.parse(await of(second));
  expect(asked.nodes.map(({ hostname, lastMs }) => [hostname, lastMs])).toEqual([
    ["workers-1", null],
    ["workers-2", nowMs - 1_000],
  ]);
  expect(asked.nodeId).toBe(second);
  expect(asked.gpus.map(({ gpu, metrics }) => [gpu, Object.keys(metrics)])).toEqual([
    [0, ["gpu_util"]],
    [1, ["gpu_util"]],
  ]);
  expect(asked.gpus[0]?.metrics.gpu_util?.max.filter((value) => value !== null)).toEqual([97]);

  const inStretch = async (from: number, to: number) => {
    const query = { window: "24h", node: second, from: nowMs + from, to: nowMs + to } as const;
    const told = await gpuTelemetryOf(app.db, grant, environmentId, query, nowMs);
    const known = told?.gpus.flatMap(({ metrics }) => metrics.gpu_util?.max ?? []) ?? [];
    return [told?.grid.stepMs, known.filter((value) => value !== null)];
  };
  expect(await inStretch(-300_000, 0)).toEqual([20_000, [97, 3]]);
  expect(await inStretch(-120_000, -60_000)).toEqual([20_000, []]);

  expect((await of())?.nodeId).toBe(first);
  expect((await of(newId("node")))?.nodeId).toBe(first);
});

test("where counters began anew is marked, also where one half of it is held and the other in the tail", async () => {
  const node = fleet.racks[0]?.[3] as Id<"node">;
  const environmentId = await givenEnvironment(tenant.projectId, [node]);
  const counted = (beforeMs: number, energy_j: number) => ({
    nodeId: node,
    at: new Date(nowMs - beforeMs),
    samples: [gpuSample(0, { energy_j }), gpuSample(1, { energy_j: energy_j + 3 })],
  });
  const grant = tenant.grant("environment.read");
  const query = { window: "15m", node } as const;
  const whole = async (atMs: number) =>
    gpuTelemetry.parse(await gpuTelemetryOf(app.db, grant, environmentId, query, atMs));
  const marked = (told: GpuTelemetry | null) =>
    told && prepareGpuSeries(told, null).events.map(({ atMs, words }) => ({ atMs, words }));

  await insertGpuSamples(worker.pool, [counted(55_000, 9_000), counted(50_000, 9_100)]);
  const held = await whole(nowMs - 45_000);
  await insertGpuSamples(worker.pool, [counted(1_000, 40)]);
  const tail = gpuTelemetryTail.parse(
    await tailOf(app.db, grant, environmentId, query, nowMs - 20_000, nowMs),
  );
  const now = await whole(nowMs);
  const { stepMs } = now.grid;
  const atMs = Math.floor((nowMs - 1_000) / stepMs) * stepMs;
  const words = "GPU counters began anew: the driver or the node restarted";
  expect([held, tail, now, mergeTelemetry(held, tail)].map(marked)).toEqual([
    [],
    [],
    [{ atMs, words }],
    [{ atMs, words }],
  ]);
});

test("an environment of the tenant's other project does not exist for this one", async () => {
  const projectId = newId("project");
  await asOperator(app.db, (tx) =>
    tx
      .insert(projects)
      .values({ id: projectId, tenantId: tenant.tenantId, slug: "secret", name: "Secret" }),
  );
  const environmentId = await givenEnvironment(projectId, [fleet.racks[0]?.[2]]);
  const grant = tenant.grant("environment.read");
  expect(await gpuTelemetryOf(app.db, grant, environmentId, { window: "15m" })).toBeNull();
});

test("an environment without a node has no telemetry and no error", async () => {
  const environmentId = await givenEnvironment(tenant.projectId, []);
  const grant = tenant.grant("environment.read");
  expect(await gpuTelemetryOf(app.db, grant, environmentId, { window: "24h" })).toMatchObject({
    nodes: [],
    nodeId: null,
    gpus: [],
  });
});
