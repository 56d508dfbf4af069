import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { listExporters, listHostExporters } from "#db/queries/exporters";
import { insertHostSamples } from "#db/queries/host-samples";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { projects } from "#db/schema/tenants";
import { givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { type Id, newId } from "#lib/domain/id";
import { type HostMetric, hostMetrics } from "#lib/domain/telemetry/host-metric";
import type { HostSample } from "#lib/domain/telemetry/host-sample";
import { telemetryWindows } from "#lib/domain/telemetry/window";
import { hostTelemetry } from "#lib/schemas/host-telemetry";
import type { TelemetryQuery } from "#lib/schemas/telemetry";
import { hostTelemetryOf } from "#lib/views/host-telemetry";

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let fleet: GivenFleet;
// Half a minute from now, so that the quarter hour before it may lie in a partition there is.
const nowMs = Date.now() + 30_000;
const at = (second: number) => new Date(nowMs + second * 1_000);

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  fleet = await givenFleet(app.db, { racks: [4] });
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await database.drop();
});

const node = (index: number) => fleet.racks[0]?.[index] as Id<"node">;

function hostSampleOf(values: Partial<Record<HostMetric, number>>): HostSample {
  return Object.fromEntries(
    hostMetrics.map((metric) => [metric, values[metric] ?? null]),
  ) as HostSample;
}

/** An environment of a tenant that holds the node from one second to another. */
async function givenHeld(
  tenant: GivenTenant,
  nodeId: Id<"node">,
  [from, until]: [number, number | null],
  { projectId = tenant.projectId, gpus = 0 } = {},
): Promise<Id<"environment">> {
  const environmentId = newId("environment");
  const { tenantId, userId } = tenant;
  await asOperator(app.db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: { nodes: 1 }, authorizedKeys: [] },
    });
    await tx.insert(allocations).values({
      ...{ id: newId("allocation"), tenantId, projectId, environmentId, nodeId, gpus },
      ...{ groupName: "nodes", profileId: fleet.profileId, hostname: "prepare-1" },
      startedAt: at(from),
      releasedAt: until === null ? null : at(until),
    });
  });
  return environmentId;
}

test("no tenant reads a host's samples from outside its own time, whatever range is asked", async () => {
  const [first, second] = [
    await givenTenant(app.db, { fleet, gpuLimit: 64 }),
    await givenTenant(app.db, { fleet, gpuLimit: 64 }),
  ];
  const nodeId = node(0);
  const was = await givenHeld(first, nodeId, [-50, -35]);
  const is = await givenHeld(second, nodeId, [-25, null]);
  // One sample every 5 s, worth its second.
  const seconds = Array.from({ length: 12 }, (_, index) => -60 + index * 5);
  await insertHostSamples(
    worker.pool,
    seconds.map((second) => ({
      ...{ nodeId, at: at(second) },
      sample: hostSampleOf({ cpu_busy: -second, mem_used: 1_024, mem_total: 4_096 }),
    })),
  );
  await worker.db
    .update(nodes)
    .set({ hostTelemetryError: "Nothing listens on port 9100.", hostTelemetryErrorSince: at(-60) })
    .where(sql`${nodes.id} = ${nodeId}`);

  // By the database alone, whatever a query forgets.
  const visible = ({ tenantId, userId }: GivenTenant) =>
    inScope(app.db, { tenant: tenantId, user: userId, fleet: "" }, async (tx) => {
      const { rows } = await tx.execute<{ cpu_busy: number }>(
        sql`select cpu_busy from host_samples where at > '-infinity' order by at`,
      );
      return rows.map((row) => row.cpu_busy);
    });
  expect(await visible(first)).toEqual([50, 45, 40]);
  expect(await visible(second)).toEqual([25, 20, 15, 10, 5]);

  // And by what the page asks, in every window and in stretches that reach further than it held the node.
  const asks: TelemetryQuery[] = [
    ...telemetryWindows.map((window) => ({ window })),
    { window: "15m", from: nowMs - 120_000, to: nowMs },
    { window: "15m", from: nowMs - 86_400_000, to: nowMs + 60_000 },
  ];
  for (const asked of asks) {
    for (const [tenant, environmentId, most, least, last] of [
      [first, was, 50, 40, -40],
      [second, is, 25, 5, -5],
    ] as const) {
      const grant = tenant.grant("environment.read");
      const told = hostTelemetry.parse(
        await hostTelemetryOf(app.db, grant, environmentId, asked, nowMs),
      );
      const of = (part: "min" | "max") =>
        (told.metrics.cpu_busy?.[part] ?? []).filter((value) => value !== null);
      expect([Math.max(...of("max")), Math.min(...of("min"))]).toEqual([most, least]);
      expect(told.nodes.map(({ lastMs }) => lastMs)).toEqual([at(last).getTime()]);
      expect(Object.keys(told.metrics)).toEqual(["cpu_busy", "mem_used", "mem_total"]);
    }
    const stranger = first.grant("environment.read");
    expect(await hostTelemetryOf(app.db, stranger, is, asked, nowMs)).toBeNull();
  }

  // An outage that began under someone else is told from the moment the node was one's own, and to
  // nobody who has it no more.
  const outageOf = async (tenant: GivenTenant, environmentId: Id<"environment">) => {
    const grant = tenant.grant("environment.read");
    const told = await hostTelemetryOf(app.db, grant, environmentId, { window: "15m" }, nowMs);
    return told?.nodes[0]?.outage;
  };
  expect(await outageOf(first, was)).toBeNull();
  expect(await outageOf(second, is)).toEqual({
    ...{ reason: "Nothing listens on port 9100.", sinceMs: at(-25).getTime() },
  });
});

test("an environment of the tenant's other project does not exist for this one", async () => {
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const projectId = newId("project");
  await asOperator(app.db, (tx) =>
    tx
      .insert(projects)
      .values({ id: projectId, tenantId: tenant.tenantId, slug: "secret", name: "Secret" }),
  );
  const environmentId = await givenHeld(tenant, node(1), [-60, -30], { projectId });
  const grant = tenant.grant("environment.read");
  expect(await hostTelemetryOf(app.db, grant, environmentId, { window: "15m" })).toBeNull();
});

test("of nodes that are held and on, all hosts are asked, and GPUs where there are any", async () => {
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const [plain, withGpus] = [node(2), node(3)];
  await givenHeld(tenant, plain, [-60, null]);
  await givenHeld(tenant, withGpus, [-60, null], { gpus: 8 });
  await worker.db
    .update(nodes)
    .set({ lifecycle: "active", powerObserved: "on", address: "10.0.0.9" })
    .where(sql`${nodes.id} in (${plain}, ${withGpus})`);
  const of = (exporters: { nodeId: Id<"node">; port: number }[]) =>
    exporters.map(({ nodeId, port }) => [nodeId, port]).sort();
  expect(of(await listExporters(worker.db))).toEqual([[withGpus, 9_400]]);
  expect(of(await listHostExporters(worker.db, 9_101))).toEqual(
    [
      [plain, 9_101],
      [withGpus, 9_101],
    ].sort(),
  );
});

test.for([
  "insert into host_samples (node_id, at) values ('nod_1', now())",
  "update host_samples set load1 = 0",
  "delete from host_samples",
])("the portal may not %s", async (text) => {
  const scope = { tenant: "", user: "", fleet: "write" as const };
  const error = await inScope(app.db, scope, (tx) => tx.execute(sql.raw(text))).catch(
    (thrown: Error) => thrown,
  );
  expect(String((error as Error).cause)).toMatch(/permission denied/);
});
