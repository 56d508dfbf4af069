import { getTableColumns, getTableName, sql } from "drizzle-orm";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { rolledGpus } from "#db/queries/gpu-rollups";
import { gpuSeries } from "#db/queries/gpu-samples";
import { insertScrapes } from "#db/queries/gpu-scrapes";
import { insertGpuSamples } from "#db/queries/insert-gpu-samples";
import { rollUp } from "#db/queries/rollups";
import { allocations, environments } from "#db/schema/environments";
import { gpuRollups, gpuRollups1h, gpuRollups15m } from "#db/schema/gpu-rollups";
import { givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { type Id, newId } from "#lib/domain/id";
import { type BucketGrid, bucketGrid, bucketsOf, seriesOf } from "#lib/domain/telemetry/buckets";
import { telemetryMetrics } from "#lib/domain/telemetry/charted";
import { instanceMetrics } from "#lib/domain/telemetry/instance";
import { gpuMetricSpecs } from "#lib/domain/telemetry/metric";
import { rollupLevels, rollupStepMs } from "#lib/domain/telemetry/rollup-level";
import { gpuSample } from "#lib/domain/telemetry/sample";
import type { TelemetryWindow } from "#lib/domain/telemetry/window";
import { rollUpGpus } from "#lib/worker/reconcilers/roll-up-gpus";

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
  // The last hours may reach into yesterday.
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  const [yesterday = "", today] = [-1, 0].map((n) =>
    new Date(nowMs + n * 86_400_000).toISOString().slice(0, 10),
  );
  for (const table of ["gpu_samples", "gpu_rollups", "gpu_instance_samples"]) {
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
  // Where it goes on is one moment for the whole fleet.
  await superuser.query("truncate gpu_samples");
  await forget();
});
/** As if nothing had ever been rolled up: where it goes on is one moment for the whole fleet. */
const forget = () => superuser.query(`truncate ${tables.join(", ")}`);
const tables = rollupLevels.map(({ suffix }) => `gpu_rollups${suffix}` as const);
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

/** What a page shows of the node's first GPU. */
async function shown({ tenant, environmentId }: Held, grid: BucketGrid) {
  const scope = { tenant: tenant.tenantId, user: tenant.userId, fleet: "" } as const;
  const gpus = await inScope(app.db, scope, (tx) =>
    gpuSeries(tx, { environmentId, nodeId, grid, metrics: ["power_w"] }),
  );
  return gpus[0]?.metrics.power_w;
}

/** Windows whose steps are of each width that is kept. */
const windows = ["6h", "24h", "7d"] as const satisfies readonly TelemetryWindow[];
/** And a range that begins where no wide bucket does. */
const oddGrid: BucketGrid = {
  fromMs: Math.floor(nowMs / 3_600_000) * 3_600_000 - 14_340_000,
  ...{ stepMs: 3_600_000, count: 5 },
};

const grids = [...windows.map((window) => bucketGrid(window, nowMs)), oddGrid];

/** Each has to show the domain's buckets of the samples themselves. */
async function expectShown(held: Held, samples: readonly Sample[], asked = grids) {
  for (const grid of asked) {
    const is = await shown(held, grid);
    const should = seriesOf(grid, bucketsOf(grid, samples));
    if (samples.length === 0) {
      expect(is).toBeUndefined();
      continue;
    }
    expect(is?.min).toEqual(should.min);
    expect(is?.max).toEqual(should.max);
    for (const [index, avg] of should.avg.entries()) {
      if (avg === null) expect(is?.avg[index]).toBeNull();
      else expect(Math.abs((is?.avg[index] ?? Number.NaN) - avg)).toBeLessThan(0.02);
    }
  }
}

/** How many buckets there are of each width, and how many scrapes are in them. */
const rollups = async () => {
  const counts = await Promise.all(
    tables.map((table) =>
      worker.db.execute<{ n: number; samples: number }>(
        sql`select count(*)::integer as n, coalesce(sum(samples), 0)::integer as samples
          from ${sql.identifier(table)} r join allocations a on a.id = r.allocation_id
          where a.node_id = ${nodeId}`,
      ),
    ),
  );
  return counts.map(({ rows }) => rows[0] ?? { n: 0, samples: 0 });
};

// Every 24 seconds of the last 160 minutes, each worth its number.
const samples: Sample[] = Array.from({ length: 400 }, (_, i) => ({
  atMs: nowMs - 9_600_000 + i * 24_000,
  value: i,
}));
const heldMs = nowMs - 10_800_000;

test("a page shows the same before and after rolling up", async () => {
  const held = await givenHeld(tenants[0], heldMs, null);
  await store(samples);
  await expectShown(held, samples);
  await rollUp(worker.db, rolledGpus);
  const [minutes, quarters, hours] = await rollups();
  expect(minutes?.n).toBeGreaterThan(150);
  expect(quarters?.n).toBeGreaterThan(8);
  expect(hours?.n).toBeGreaterThan(1);
  await expectShown(held, samples);
});

test("every metric that is read for a page comes through each width, also the greatest", async () => {
  const { tenant, environmentId } = await givenHeld(tenants[0], heldMs, null);
  const greatest = Object.fromEntries(
    telemetryMetrics.map((one) => [one, gpuMetricSpecs[one].max]),
  );
  await insertGpuSamples(worker.pool, [
    { nodeId, at: new Date(nowMs - 7_200_000), samples: [gpuSample(0, greatest)] },
    { nodeId, at: new Date(nowMs - 1_000), samples: [gpuSample(0, {})] },
  ]);
  await rollUp(worker.db, rolledGpus);
  const scope = { tenant: tenant.tenantId, user: tenant.userId, fleet: "" } as const;
  for (const grid of grids) {
    const [gpu] = await inScope(app.db, scope, (tx) =>
      gpuSeries(tx, { environmentId, nodeId, grid, metrics: telemetryMetrics }),
    );
    // A mean is kept with seven digits, and a counter may have ten.
    for (const part of ["min", "avg", "max"] as const) {
      const told = Object.entries(gpu?.metrics ?? {}).map(([metric, of]) => [
        metric,
        of[part].find((value) => value !== null),
      ]);
      expect(Object.fromEntries(told), part).toEqual(greatest);
    }
  }
});

test("rolling up again changes nothing, also by two workers at once", async () => {
  const held = await givenHeld(tenants[0], heldMs, null);
  await store(samples);
  await rollUp(worker.db, rolledGpus);
  const once = await rollups();
  await Promise.all([rollUp(worker.db, rolledGpus), rollUp(worker.db, rolledGpus)]);
  expect(await rollups()).toEqual(once);
  await expectShown(held, samples);
});

test("samples that came late are in their bucket after the next time", async () => {
  const held = await givenHeld(tenants[0], heldMs, null);
  const late = samples.filter(({ atMs }) => atMs > nowMs - 240_000 && atMs % 3 === 0);
  await store(samples.filter((sample) => !late.includes(sample)));
  await rollUp(worker.db, rolledGpus);
  await store(late);
  await rollUp(worker.db, rolledGpus);
  await expectShown(held, samples);
});

test("what parts of GPUs did is rolled up before it is judged what their GPU did", async () => {
  await givenHeld(tenants[0], heldMs, null);
  const values = instanceMetrics.map((metric) => (metric === "gr_active" ? 40 : null));
  const split = { ...gpuSample(0, { power_w: 70 }), instances: [{ ...part, values }] };
  await insertScrapes(
    worker.pool,
    samples.map(({ atMs }) => ({ nodeId, at: new Date(atMs), samples: [split] })),
  );
  // A worker that ends does not catch up first.
  await rollUpGpus(worker.db, AbortSignal.abort());
  expect((await rollups()).map(({ n }) => n)).toEqual([0, 0, 0]);
  await rollUpGpus(worker.db);
  const { rows } = await worker.db.execute<{ busy: number }>(sql`
    select coalesce(sum(busy_seconds), 0)::float8 as busy
    from use_days u join allocations a on a.id = u.allocation_id where a.node_id = ${nodeId}`);
  expect(rows[0]?.busy).toBeGreaterThan(3_600);
  expect((await rollups()).every(({ n }) => n > 1)).toBe(true);
});
const part = { instance: 1, profile: "3g.40gb" };

const quarterMs = 900_000;

test("a quarter that is long over is not made again with every minute", async () => {
  await givenHeld(tenants[0], heldMs, null);
  await store(samples);
  await rollUp(worker.db, rolledGpus);
  // The last but one that has closed: what comes late may still be the last one's.
  const { rows } = await superuser.query<{ at: Date }>(
    "update gpu_rollups_15m set samples = 1 where at = (select max(at) from gpu_rollups_15m) - interval '15 minutes' returning at",
  );
  await rollUp(worker.db, rolledGpus);
  const after = await superuser.query("select samples from gpu_rollups_15m where at = $1", [
    rows[0]?.at,
  ]);
  expect(after.rows).toEqual([{ samples: 1 }]);
});

test("samples that came after an outage are in wider buckets that had closed before it", async () => {
  const held = await givenHeld(tenants[0], heldMs, null);
  const edgeMs = Math.floor((nowMs - 2_400_000) / quarterMs) * quarterMs;
  const before = samples.filter(({ atMs }) => atMs < edgeMs - 120_000);
  const [first] = samples.filter(({ atMs }) => atMs >= edgeMs + 60_000);
  await store([...before, ...(first ? [first] : [])]);
  await rollUp(worker.db, rolledGpus);
  await store(samples.filter((sample) => sample !== first && !before.includes(sample)));
  await rollUp(worker.db, rolledGpus);
  await expectShown(held, samples);
});

test("in a bucket in which the node changed hands, each tenant has its own part", async () => {
  const edgeMs = Math.floor((nowMs - 4_200_000) / rollupStepMs) * rollupStepMs + 25_000;
  const handedOver = samples.find(({ atMs }) => atMs >= edgeMs)?.value ?? 0;
  // Tenants of this test alone: all that they may read is of this node.
  const before = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const after = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const first = await givenHeld(before, heldMs, edgeMs);
  const second = await givenHeld(after, edgeMs, null);
  await store(samples);
  await rollUp(worker.db, rolledGpus);
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
      sql.raw(
        tables.map((table) => `select power_w_min as least from ${table}`).join(" union all "),
      ),
    );
    return rows.rows.map((row) => row.least);
  });

test("whatever the samples, wherever the edges of allocations, a page shows what was", async () => {
  const moment = fc.integer({ min: -9_000, max: -1 }).map((second) => nowMs + second * 1_000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ atMs: moment, value: fc.integer({ min: 0, max: 700 }) }), {
        maxLength: 60,
      }),
      moment,
      fc.constantFrom(...grids),
      async (given, edgeMs, grid) => {
        nodeId = nextNode();
        const first = await givenHeld(tenants[0], heldMs, edgeMs);
        const second = await givenHeld(tenants[1], edgeMs, null);
        await store(given);
        await forget();
        await rollUp(worker.db, rolledGpus);
        await expectShown(
          first,
          given.filter(({ atMs }) => atMs < edgeMs),
          [grid],
        );
        await expectShown(
          second,
          given.filter(({ atMs }) => atMs >= edgeMs),
          [grid],
        );
      },
    ),
    { numRuns: 10 },
  );
});

test("wide buckets go on where a worker ended, also over a time of which nothing is known", async () => {
  const held = await givenHeld(tenants[0], nowMs - 9 * 86_400_000, null);
  await store(samples);
  await rollUp(worker.db, rolledGpus);
  const whole = await rollups();
  await superuser.query("truncate gpu_rollups_15m, gpu_rollups_1h");
  await rollUp(worker.db, rolledGpus);
  expect(await rollups()).toEqual(whole);

  // As an earlier release left it: buckets of two minutes, days ago, and none of any other width.
  const [fromMs, count] = [Math.floor(nowMs / 3_600_000) * 3_600_000 - 8 * 86_400_000, 90];
  for (let part = 0; part <= 1; part++) {
    const day = (n: number) => new Date(fromMs + n * 86_400_000).toISOString().slice(0, 10);
    await superuser.query(
      `create table if not exists gpu_rollups_${day(part).replaceAll("-", "")} partition of gpu_rollups for values from ('${day(part)} 00:00:00+00') to ('${day(part + 1)} 00:00:00+00')`,
    );
  }
  await forget();
  await worker.db.execute(sql`
    insert into gpu_rollups (allocation_id, gpu, at, samples, power_w_min, power_w_avg, power_w_max)
    select a.id, 0, to_timestamp(${fromMs / 1_000}::float8) + n * interval '2 minutes', 8, n, n, n
    from allocations a, generate_series(0, ${count - 1}::integer) n where a.node_id = ${nodeId}`);
  await rollUp(worker.db, rolledGpus);
  const past: BucketGrid = { fromMs, stepMs: 3_600_000, count: 3 };
  expect(await shown(held, past)).toEqual({
    ...{ min: [0, 30, 60], avg: [14.5, 44.5, 74.5], max: [29, 59, 89] },
  });
  const [minutes, quarters, hours] = await rollups();
  const before = count * 8;
  expect(minutes?.samples).toBeGreaterThan(before);
  expect([quarters, hours].map((level) => (level?.samples ?? 0) > before)).toEqual([true, true]);
});

test.for([gpuRollups, gpuRollups15m, gpuRollups1h])(
  "each table is what the schema says",
  async (table) => {
    const { rows } = await worker.db.execute<{ name: string; type: string }>(sql`
    select attname as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = ${getTableName(table)}::regclass and attnum > 0`);
    const declared = Object.values(getTableColumns(table)).map((column) => [
      column.name,
      column.getSQLType(),
    ]);
    expect(rows.map(({ name, type }) => [name, type]).sort()).toEqual(declared.sort());
  },
);
