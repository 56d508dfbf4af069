import { getTableColumns, sql } from "drizzle-orm";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { rollUpGpuSamples } from "#db/queries/gpu-rollups";
import { gpuSeries, insertGpuSamples } from "#db/queries/gpu-samples";
import { allocations, environments } from "#db/schema/environments";
import { gpuRollups } from "#db/schema/gpu-rollups";
import { givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { type Id, newId } from "#lib/domain/id";
import { bucketGrid, bucketsOf, seriesOf } from "#lib/domain/telemetry/buckets";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { rollupStepMs } from "#lib/domain/telemetry/window";

type Sample = { atMs: number; value: number };
type Held = { tenant: GivenTenant; environmentId: Id<"environment">; fromMs: number };

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let superuser: pg.Client;
let fleet: GivenFleet;
let tenants: [GivenTenant, GivenTenant];
const nowMs = Date.now();

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  fleet = await givenFleet(app.db, { racks: [40] });
  tenants = [
    await givenTenant(app.db, { fleet, gpuLimit: 640 }),
    await givenTenant(app.db, { fleet, gpuLimit: 640 }),
  ];
  // The last half hour may reach into yesterday.
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  const [yesterday = "", today] = [-1, 0].map((n) =>
    new Date(nowMs + n * 86_400_000).toISOString().slice(0, 10),
  );
  for (const table of ["gpu_samples", "gpu_rollups"]) {
    await superuser.query(
      `create table if not exists ${table}_${yesterday.replaceAll("-", "")} partition of ${table} for values from ('${yesterday} 00:00:00+00') to ('${today} 00:00:00+00')`,
    );
  }
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await superuser.end();
  await database.drop();
});

let used = 0;
let nodeId: Id<"node">;
beforeEach(async () => {
  nodeId = nextNode();
  await forget();
});
/** As if nothing had ever been rolled up: where it goes on is one moment for the whole fleet. */
const forget = () => superuser.query("truncate gpu_rollups");
function nextNode(): Id<"node"> {
  const id = fleet.racks[0]?.[used++];
  if (!id) throw new Error("more nodes than the fleet was given");
  return id;
}

async function givenHeld(
  tenant: GivenTenant,
  fromMs: number,
  untilMs: number | null,
): Promise<Held> {
  const environmentId = newId("environment");
  const { tenantId, projectId, userId } = tenant;
  await asOperator(app.db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: { workers: 1 }, authorizedKeys: [] },
    });
    await tx.insert(allocations).values({
      ...{ id: newId("allocation"), tenantId, projectId, environmentId, nodeId },
      ...{ groupName: "workers", profileId: fleet.profileId, gpus: 8, hostname: "workers-1" },
      ...{ startedAt: new Date(fromMs), releasedAt: untilMs === null ? null : new Date(untilMs) },
    });
  });
  return { tenant, environmentId, fromMs };
}

const store = (samples: readonly Sample[]) =>
  insertGpuSamples(
    worker.pool,
    samples.map(({ atMs, value }) => ({
      nodeId,
      at: new Date(atMs),
      samples: [gpuSample(0, { power_w: value })],
    })),
  );

/** What a page of the last day shows of the node's first GPU. */
async function shown({ tenant, environmentId }: Held) {
  const scope = { tenant: tenant.tenantId, user: tenant.userId, fleet: "" } as const;
  const grid = bucketGrid("24h", nowMs);
  const gpus = await inScope(app.db, scope, (tx) =>
    gpuSeries(tx, { environmentId, nodeId, grid, metrics: ["power_w"] }),
  );
  return gpus[0]?.metrics.power_w;
}

/** What it has to show: the domain's buckets of the samples themselves. */
function expected(samples: readonly Sample[]) {
  const grid = bucketGrid("24h", nowMs);
  return seriesOf(grid, bucketsOf(grid, samples));
}

async function expectShown(held: Held, samples: readonly Sample[]) {
  const is = await shown(held);
  const should = expected(samples);
  if (samples.length === 0) return expect(is).toBeUndefined();
  expect(is?.min).toEqual(should.min);
  expect(is?.max).toEqual(should.max);
  for (const [index, avg] of should.avg.entries()) {
    if (avg === null) expect(is?.avg[index]).toBeNull();
    else expect(Math.abs((is?.avg[index] ?? Number.NaN) - avg)).toBeLessThan(0.02);
  }
}

const rollups = () =>
  worker.db.execute<{ n: number; samples: number }>(
    sql`select count(*)::integer as n, coalesce(sum(samples), 0)::integer as samples from gpu_rollups r
      join allocations a on a.id = r.allocation_id where a.node_id = ${nodeId}`,
  );

// Every ten seconds of the last 26 minutes, each worth its number.
const samples: Sample[] = Array.from({ length: 156 }, (_, i) => ({
  atMs: nowMs - 1_560_000 + i * 10_000,
  value: i,
}));

test("a page of a day shows the same before and after rolling up", async () => {
  const held = await givenHeld(tenants[0], nowMs - 3_600_000, null);
  await store(samples);
  await expectShown(held, samples);
  await rollUpGpuSamples(worker.db);
  expect((await rollups()).rows[0]?.n).toBeGreaterThan(10);
  await expectShown(held, samples);
});

test("rolling up again changes nothing, also by two workers at once", async () => {
  const held = await givenHeld(tenants[0], nowMs - 3_600_000, null);
  await store(samples);
  await rollUpGpuSamples(worker.db);
  const once = (await rollups()).rows;
  await Promise.all([rollUpGpuSamples(worker.db), rollUpGpuSamples(worker.db)]);
  expect((await rollups()).rows).toEqual(once);
  await expectShown(held, samples);
});

test("samples that came late are in their bucket after the next time", async () => {
  const held = await givenHeld(tenants[0], nowMs - 3_600_000, null);
  const late = samples.filter(({ atMs }) => atMs > nowMs - 240_000 && atMs % 3 === 0);
  await store(samples.filter((sample) => !late.includes(sample)));
  await rollUpGpuSamples(worker.db);
  await store(late);
  await rollUpGpuSamples(worker.db);
  await expectShown(held, samples);
});

test("in a bucket in which the node changed hands, each tenant has its own part", async () => {
  const edgeMs = Math.floor((nowMs - 600_000) / rollupStepMs) * rollupStepMs + 55_000;
  const handedOver = samples.find(({ atMs }) => atMs >= edgeMs)?.value ?? 0;
  // Tenants of this test alone: all that they may read is of this node.
  const before = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const after = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const first = await givenHeld(before, nowMs - 3_600_000, edgeMs);
  const second = await givenHeld(after, edgeMs, null);
  await store(samples);
  await rollUpGpuSamples(worker.db);
  await expectShown(
    first,
    samples.filter(({ atMs }) => atMs < edgeMs),
  );
  await expectShown(
    second,
    samples.filter(({ atMs }) => atMs >= edgeMs),
  );
  expect((await visibleTo(before.tenantId)).every((value) => value < handedOver)).toBe(true);
  expect(await visibleTo(before.tenantId)).not.toEqual([]);
  expect((await visibleTo(after.tenantId)).every((value) => value >= handedOver)).toBe(true);
  expect(await visibleTo(after.tenantId)).not.toEqual([]);
  expect(await visibleTo("")).toEqual([]);
});

/** The least values of all rollups that a tenant's session may read. */
const visibleTo = (tenant: string) =>
  inScope(app.db, { tenant, user: "", fleet: "" }, async (tx) => {
    const rows = await tx.execute<{ least: number }>(
      sql`select power_w_min as least from gpu_rollups`,
    );
    return rows.rows.map((row) => row.least);
  });

test("whatever the samples, wherever the edges of allocations, a day shows what was", async () => {
  const moment = fc.integer({ min: -1_700, max: -1 }).map((second) => nowMs + second * 1_000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ atMs: moment, value: fc.integer({ min: 0, max: 700 }) }), {
        maxLength: 60,
      }),
      moment,
      async (given, edgeMs) => {
        nodeId = nextNode();
        const first = await givenHeld(tenants[0], nowMs - 3_600_000, edgeMs);
        const second = await givenHeld(tenants[1], edgeMs, null);
        await store(given);
        await forget();
        await rollUpGpuSamples(worker.db);
        await expectShown(
          first,
          given.filter(({ atMs }) => atMs < edgeMs),
        );
        await expectShown(
          second,
          given.filter(({ atMs }) => atMs >= edgeMs),
        );
      },
    ),
    { numRuns: 15 },
  );
});

test("the table is what the schema says", async () => {
  const { rows } = await worker.db.execute<{ name: string; type: string }>(sql`
    select attname as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = 'gpu_rollups'::regclass and attnum > 0`);
  const declared = Object.values(getTableColumns(gpuRollups)).map((column) => [
    column.name,
    column.getSQLType(),
  ]);
  expect(rows.map(({ name, type }) => [name, type]).sort()).toEqual(declared.sort());
});
