import { sql } from "drizzle-orm";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binaryRows } from "#db/binary-rows";
import { type Connection, connect, inScope, type Scope } from "#db/client";
import { copyIn } from "#db/copy-in";
import { gpuSeries, telemetryNodes } from "#db/queries/gpu-samples";
import { insertByUnnest, insertGpuSamples, type Scrape } from "#db/queries/insert-gpu-samples";
import { allocations, environments } from "#db/schema/environments";
import { gpuSamples } from "#db/schema/gpu-samples";
import { nodes } from "#db/schema/nodes";
import { givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { type Id, newId } from "#lib/domain/id";
import { type BucketGrid, bucketsOf, seriesOf } from "#lib/domain/telemetry/buckets";
import { type GpuMetric, gpuMetricSpecs, gpuMetrics } from "#lib/domain/telemetry/metric";
import { gpuSample } from "#lib/domain/telemetry/sample";

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let fleet: GivenFleet;

// Tomorrow noon: far from the edges of the days whose partitions there are.
const day = new Date();
const noonMs = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1, 12);
const at = (seconds: number) => new Date(noonMs + seconds * 1_000);
const grid: BucketGrid = { fromMs: noonMs, stepMs: 10_000, count: 6 };

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  fleet = await givenFleet(app.db, { racks: [20] });
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await database.drop();
});

const nextNode = (() => {
  let used = 0;
  return () => {
    const id = fleet.racks[0]?.[used++];
    if (!id) throw new Error("more nodes than the fleet was given");
    return id;
  };
})();

/** An environment that holds the node from one second to another. */
async function givenHeld(
  tenant: GivenTenant,
  nodeId: Id<"node">,
  from: number,
  until: number | null,
): Promise<Id<"environment">> {
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
      ...{ groupName: "workers", profileId: fleet.profileId, gpus: 8, hostname: "train-workers-1" },
      startedAt: at(from),
      releasedAt: until === null ? null : at(until),
    });
  });
  return environmentId;
}

const store = (nodeId: Id<"node">, second: number, values: Partial<Record<GpuMetric, number>>) =>
  insertGpuSamples(worker.pool, [{ nodeId, at: at(second), samples: [gpuSample(0, values)] }]);

const scopeOf = (tenant: GivenTenant): Scope => ({
  tenant: tenant.tenantId,
  user: tenant.userId,
  fleet: "",
});

const visible = (scope: Scope, nodeId: Id<"node">) =>
  inScope(app.db, scope, async (tx) => {
    const rows = await tx.execute<{ power_w: number }>(
      sql`select power_w from gpu_samples where node_id = ${nodeId} order by at`,
    );
    return rows.rows.map((row) => row.power_w);
  });

const seen = (tenant: GivenTenant, environmentId: Id<"environment">, nodeId: Id<"node">) =>
  inScope(app.db, scopeOf(tenant), (tx) =>
    gpuSeries(tx, { environmentId, nodeId, grid, metrics: ["power_w"] }),
  );

describe("a node that two tenants held one after the other", () => {
  let nodeId: Id<"node">;
  let first: GivenTenant;
  let second: GivenTenant;
  let firstEnvironment: Id<"environment">;
  let secondEnvironment: Id<"environment">;

  beforeAll(async () => {
    nodeId = nextNode();
    first = await givenTenant(app.db, { fleet, gpuLimit: 64 });
    second = await givenTenant(app.db, { fleet, gpuLimit: 64 });
    firstEnvironment = await givenHeld(first, nodeId, 10, 25);
    secondEnvironment = await givenHeld(second, nodeId, 35, null);
    // One sample per 5 s, worth its second.
    for (let second = 0; second < 60; second += 5) await store(nodeId, second, { power_w: second });
  });

  test("each reads the samples of its own time, to the moment", async () => {
    expect(await visible(scopeOf(first), nodeId)).toEqual([10, 15, 20]);
    expect(await visible(scopeOf(second), nodeId)).toEqual([35, 40, 45, 50, 55]);
  });

  test("in a bucket that both had a part of, each is counted its own part", async () => {
    expect(await seen(first, firstEnvironment, nodeId)).toEqual([
      {
        gpu: 0,
        metrics: {
          power_w: {
            min: [null, 10, 20, null, null, null],
            avg: [null, 12.5, 20, null, null, null],
            max: [null, 15, 20, null, null, null],
          },
        },
      },
    ]);
    const [gpu] = await seen(second, secondEnvironment, nodeId);
    expect(gpu?.metrics.power_w?.min).toEqual([null, null, null, 35, 40, 50]);
  });

  test("another tenant's environment has no series, whoever asks with its id", async () => {
    expect(await seen(second, firstEnvironment, nodeId)).toEqual([]);
  });

  test("operators read all of it, and a session on nobody's behalf reads nothing", async () => {
    expect(await visible({ tenant: "", user: "", fleet: "read" }, nodeId)).toHaveLength(12);
    expect(await visible({ tenant: "", user: "", fleet: "" }, nodeId)).toEqual([]);
  });

  test("an operator who looks at an environment sees that environment's time alone", async () => {
    const [gpu] = await asOperator(app.db, (tx) =>
      gpuSeries(tx, { environmentId: firstEnvironment, nodeId, grid, metrics: ["power_w"] }),
    );
    expect(gpu?.metrics.power_w?.max).toEqual([null, 15, 20, null, null, null]);
  });

  test("the newest sample of an environment is of its own time", async () => {
    const nodesOf = (tenant: GivenTenant, environmentId: Id<"environment">) =>
      inScope(app.db, scopeOf(tenant), (tx) => telemetryNodes(tx, environmentId));
    expect(await nodesOf(first, firstEnvironment)).toEqual([
      {
        ...{ nodeId, hostname: "train-workers-1", heldFrom: at(10), heldUntil: at(25) },
        ...{ lastAt: at(20), error: null, errorSince: null },
      },
    ]);
    expect(await nodesOf(second, secondEnvironment)).toMatchObject([{ lastAt: at(55) }]);
    expect(await nodesOf(second, firstEnvironment)).toEqual([]);
  });

  test("an outage that began under someone else is told from the moment the node was ours", async () => {
    await worker.db
      .update(nodes)
      .set({ telemetryError: "Nothing listens on port 9400.", telemetryErrorSince: at(0) })
      .where(sql`${nodes.id} = ${nodeId}`);
    const told = await inScope(app.db, scopeOf(second), (tx) =>
      telemetryNodes(tx, secondEnvironment),
    );
    expect(told).toMatchObject([{ error: "Nothing listens on port 9400.", errorSince: at(35) }]);
  });
});

test("the database's buckets are the domain's buckets", async () => {
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  const nodeId = nextNode();
  const environmentId = await givenHeld(tenant, nodeId, -1_000, null);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          ms: fc.integer({ min: -500, max: 65_000 }),
          watts: fc.integer({ min: 0, max: 700 }),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      async (given) => {
        const gpu = run++;
        await insertGpuSamples(
          worker.pool,
          given.map(({ ms, watts }) => ({
            nodeId,
            at: new Date(noonMs + ms),
            samples: [gpuSample(gpu, { power_w: watts })],
          })),
        );
        const expected = seriesOf(
          grid,
          bucketsOf(
            grid,
            given.map(({ ms, watts }) => ({ atMs: noonMs + ms, value: watts })),
          ).map((bucket) => ({ ...bucket, avg: Math.round(bucket.avg * 100) / 100 })),
        );
        const found = (await seen(tenant, environmentId, nodeId)).find((one) => one.gpu === gpu);
        const none = { min: [], avg: [], max: [] };
        const known = found?.metrics.power_w ?? none;
        expect(known.min).toEqual(found ? expected.min : []);
        expect(known.max).toEqual(found ? expected.max : []);
        for (const [index, avg] of known.avg.entries()) {
          // Halves of the last digit may round either way.
          if (avg === null) expect(expected.avg[index]).toBeNull();
          else expect(Math.abs(avg - (expected.avg[index] ?? Number.NaN))).toBeLessThan(0.011);
        }
        if (!found) expect(expected.min.every((value) => value === null)).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test("the greatest value of every metric comes back as it went in, and what was not given is null", async () => {
  const nodeId = nextNode();
  const greatest = Object.fromEntries(
    gpuMetrics.map((metric) => [metric, gpuMetricSpecs[metric].max]),
  );
  await insertGpuSamples(worker.pool, [
    { nodeId, at: at(0), samples: [gpuSample(0, greatest), gpuSample(31, {})] },
  ]);
  const rows = await worker.db.select().from(gpuSamples).where(sql`node_id = ${nodeId}`);
  const nothing = Object.fromEntries(gpuMetrics.map((metric) => [metric, null]));
  expect(rows).toEqual([
    { nodeId, gpu: 0, at: at(0), ...greatest },
    { nodeId, gpu: 31, at: at(0), ...nothing },
  ]);
});

/** Stores one batch after the other by a pool that has seen no partition yet: what it asks of Postgres. */
async function askedFor(...batches: Scrape[][]): Promise<string[]> {
  const texts: string[] = [];
  const query = ((asked: string | { text: string }, ...rest: never[]) => {
    texts.push(typeof asked === "string" ? asked : asked.text);
    return worker.pool.query(asked as string, ...rest);
  }) as typeof worker.pool.query;
  const pool = { query };
  for (const scrapes of batches) await insertGpuSamples(pool, scrapes);
  return texts.map((text) => text.split(" ", 3).join(" "));
}

test("samples of one day are copied into its partition; through the table go those of several, or where it is closed", async () => {
  const nodeId = nextNode();
  const scrape = (hours: number) => ({
    ...{ nodeId, at: at(hours * 3_600) },
    samples: [gpuSample(0, { power_w: 100 + hours })],
  });
  const partition = (hours: number) =>
    `gpu_samples_${at(hours * 3_600)
      .toISOString()
      .slice(0, 10)
      .replaceAll("-", "")}`;
  const look = "select has_table_privilege(to_regclass($1), 'insert')";
  const copy = (hours: number) => `copy ${partition(hours)} (node_id,`;
  const insert = "insert into gpu_samples";
  expect(await askedFor([scrape(0), scrape(1)], [scrape(2)])).toEqual([look, copy(0), copy(0)]);
  expect(await askedFor([scrape(-11), scrape(-13)])).toEqual([insert]);
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query(`revoke insert on ${partition(-24)} from ingot_worker`);
  expect(await askedFor([scrape(-24)], [scrape(-25)])).toEqual([look, insert, look, insert]);
  await worker.db.execute(sql`select open_gpu_samples()`);
  expect(await askedFor([scrape(-26)])).toEqual([look, copy(-26)]);
  await owner.end();
  const rows = await worker.db.select().from(gpuSamples).where(sql`node_id = ${nodeId}`);
  expect(rows.map(({ power_w }) => power_w).sort()).toEqual([100, 101, 102, 74, 75, 76, 87, 89]);
});

test("both ways into the table say the same of any value that a metric can have", async () => {
  const value = (metric: GpuMetric) => {
    const { decimals, max } = gpuMetricSpecs[metric];
    const steps = 10 ** decimals;
    return fc.option(fc.maxSafeNat().map((n) => (n % (max * steps + 1)) / steps));
  };
  const any = fc.record(Object.fromEntries(gpuMetrics.map((metric) => [metric, value(metric)])));
  const given = fc.sample(any, 60).map((values, index) => {
    const told = Object.entries(values).filter(([, one]) => one !== null);
    return { at: new Date(noonMs + index * 1_001), values: Object.fromEntries(told) };
  });
  const stored = async (insert: typeof insertGpuSamples) => {
    const nodeId = nextNode();
    const samples = (values: Partial<Record<GpuMetric, number>>) => [
      ...[gpuSample(0, values), gpuSample(31, {})],
    ];
    await insert(
      worker.pool,
      given.map(({ at, values }) => ({ nodeId, at, samples: samples(values) })),
    );
    const rows = await worker.db
      .select()
      .from(gpuSamples)
      .where(sql`node_id = ${nodeId} order by at, gpu`);
    return rows.map((row) => ({ ...row, nodeId: "", at: row.at.toISOString() }));
  };
  const copied = await stored(insertGpuSamples);
  expect(copied).toHaveLength(120);
  expect(copied).toEqual(await stored(insertByUnnest));
});

test("a batch is stored whole or not at all", async () => {
  const nodeId = nextNode();
  const samples = [gpuSample(0, { power_w: 1 })];
  const outside = new Date(Date.UTC(1999, 0));
  await expect(
    insertGpuSamples(worker.pool, [
      { nodeId, at: at(0), samples },
      { nodeId, at: outside, samples },
    ]),
  ).rejects.toThrow(/partition/);
  expect(await worker.db.select().from(gpuSamples).where(sql`node_id = ${nodeId}`)).toEqual([]);
});

test("the worker may add to a partition and nothing else, and COPY into the table is refused", async () => {
  const partition = `gpu_samples_${new Date().toISOString().slice(0, 10).replaceAll("-", "")}`;
  const today = sql.identifier(partition);
  for (const text of [
    sql`select * from only ${today}`,
    sql`update only ${today} set power_w = 0`,
    sql`delete from only ${today}`,
    sql`truncate ${today}`,
  ]) {
    const error = await worker.db.execute(text).catch((thrown: Error) => thrown);
    expect(String((error as Error).cause)).toMatch(/permission denied/);
  }
  const text = "copy gpu_samples (node_id, at, gpu) from stdin (format binary)";
  await expect(copyIn(worker.pool, text, Buffer.alloc(0))).rejects.toThrow(/row-level security/);
  // A partition takes the rows of its own day alone, and what is refused leaves nothing.
  const yesterday = binaryRows(["smallint"])(1, 5);
  yesterday.add("nod_1", new Date(Date.now() - 86_400_000), [0]);
  const into = `copy ${partition} (node_id, at, gpu) from stdin (format binary)`;
  await expect(copyIn(worker.pool, into, yesterday.end())).rejects.toThrow(/partition constraint/);
});

describe("what the portal may not do", () => {
  const attempt = (text: string) =>
    inScope(app.db, { tenant: "", user: "", fleet: "write" }, (tx) => tx.execute(sql.raw(text)));

  test.for([
    "insert into gpu_samples (node_id, gpu, at) values ('nod_1', 0, now())",
    "update gpu_samples set power_w = 0",
    "delete from gpu_samples",
    "select maintain_gpu_samples(1)",
    "select * from only gpu_samples_today",
  ])("%s", async (text) => {
    const today = `gpu_samples_${new Date().toISOString().slice(0, 10).replaceAll("-", "")}`;
    const error = await attempt(text.replace("gpu_samples_today", today)).catch((e: Error) => e);
    expect(String((error as Error).cause)).toMatch(/permission denied/);
  });
});

test.for([
  ["gpu_samples", 7],
  // Kept for the widest window of a chart.
  ["gpu_rollups", 32],
  ["host_samples", 7],
] as const)(
  "upkeep of %s makes the days ahead and drops the days past, and can be repeated",
  async ([table, kept]) => {
    const owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    const dayOf = (offset: number) =>
      new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    const suffix = (offset: number) => dayOf(offset).replaceAll("-", "");
    for (const offset of [-kept - 2, -kept]) {
      await owner.query(
        `create table ${table}_${suffix(offset)} partition of ${table}
         for values from ('${dayOf(offset)} 00:00:00+00') to ('${dayOf(offset + 1)} 00:00:00+00')`,
      );
    }
    await worker.db.execute(sql`select maintain_gpu_samples(7)`);
    await worker.db.execute(sql`select maintain_gpu_samples(7)`);
    const { rows } = await owner.query<{ name: string }>(
      `select relname as name from pg_inherits join pg_class c on c.oid = inhrelid
       where inhparent = '${table}'::regclass order by 1`,
    );
    const names = rows.map((row) => row.name);
    for (const n of [-kept, 0, 1, 2]) expect(names).toContain(`${table}_${suffix(n)}`);
    expect(names).not.toContain(`${table}_${suffix(-kept - 2)}`);
    await expect(worker.db.execute(sql`select maintain_gpu_samples(0)`)).rejects.toThrow();
    await owner.end();
  },
);
