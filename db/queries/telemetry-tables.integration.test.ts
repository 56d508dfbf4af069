import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { insertInstanceSamples, instanceSeries, rolledInstances } from "#db/queries/gpu-instances";
import { gpuSeries } from "#db/queries/gpu-samples";
import { insertScrapes } from "#db/queries/gpu-scrapes";
import { hostSeries, insertHostSamples, rolledHosts } from "#db/queries/host-samples";
import { keepNvswitchLatest } from "#db/queries/nvswitch-latest";
import { keepTelemetry, rollUp } from "#db/queries/rollups";
import { storeScrapes } from "#db/queries/stored-scrapes";
import { allocations, environments } from "#db/schema/environments";
import { givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { type Id, newId } from "#lib/domain/id";
import { bucketGrid } from "#lib/domain/telemetry/buckets";
import { hostMetrics } from "#lib/domain/telemetry/host-metric";
import type { HostSample } from "#lib/domain/telemetry/host-sample";
import { instanceMetrics, mostCharted } from "#lib/domain/telemetry/instance";
import { rollupLevels } from "#lib/domain/telemetry/rollup-level";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { type TelemetryWindow, telemetryWindows } from "#lib/domain/telemetry/window";

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let superuser: pg.Client;
let fleet: GivenFleet;
let tenants: [GivenTenant, GivenTenant];
const nowMs = Date.now();
const at = (second: number) => new Date(nowMs + second * 1_000);

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  fleet = await givenFleet(app.db, { racks: [12] });
  tenants = [
    await givenTenant(app.db, { fleet, gpuLimit: 64 }),
    await givenTenant(app.db, { fleet, gpuLimit: 64 }),
  ];
  // The last half hour may reach into yesterday.
  const [yesterday = "", today] = [-1, 0].map((n) =>
    new Date(nowMs + n * 86_400_000).toISOString().slice(0, 10),
  );
  for (const table of [rolledInstances.samples, rolledHosts.samples]) {
    await superuser.query(
      `create table if not exists ${table}_${yesterday.replaceAll("-", "")} partition of ${table} for values from ('${yesterday} 00:00:00+00') to ('${today} 00:00:00+00')`,
    );
  }
});
afterAll(async () => {
  await app?.pool.end();
  await worker?.pool.end();
  await superuser?.end();
  await database?.drop();
});

/** An environment of a tenant that holds the node from one second to another. */
async function givenHeld(
  { tenantId, projectId, userId }: GivenTenant,
  nodeId: Id<"node">,
  [from, until]: [number, number | null],
): Promise<Id<"environment">> {
  const environmentId = newId("environment");
  await asOperator(app.db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: { nodes: 1 }, authorizedKeys: [] },
    });
    await tx.insert(allocations).values({
      ...{ id: newId("allocation"), tenantId, projectId, environmentId, nodeId, gpus: 8 },
      ...{ groupName: "nodes", profileId: fleet.profileId, hostname: "nodes-1" },
      startedAt: at(from),
      releasedAt: until === null ? null : at(until),
    });
  });
  return environmentId;
}

const scopeOf = ({ tenantId, userId }: GivenTenant) =>
  ({ tenant: tenantId, user: userId, fleet: "" }) as const;

/** Two things that are stored alike: a sample is worth how many seconds ago it was taken. */
const kinds = {
  instances: {
    of: rolledInstances,
    column: "gr_active",
    store: (nodeId: Id<"node">, seconds: readonly number[]) =>
      insertInstanceSamples(
        worker.pool,
        seconds.map((second) => ({
          ...{ nodeId, at: at(second) },
          samples: [
            {
              ...gpuSample(2, {}),
              instances: [
                {
                  ...{ instance: 3, profile: "1g.10gb" },
                  values: instanceMetrics.map((metric) =>
                    metric === "gr_active" ? -second / 100 : null,
                  ),
                },
              ],
            },
          ],
        })),
      ),
    read: async (tenant: GivenTenant, asked: Asked) => {
      const told = await inScope(app.db, scopeOf(tenant), (tx) => instanceSeries(tx, asked));
      expect(told.map(({ gpu, instance, profile }) => [gpu, instance, profile])).toEqual(
        told.length > 0 ? [[2, 3, "1g.10gb"]] : [],
      );
      return told[0]?.metrics.gr_active;
    },
  },
  hosts: {
    of: rolledHosts,
    column: "load1",
    store: (nodeId: Id<"node">, seconds: readonly number[]) =>
      insertHostSamples(
        worker.pool,
        seconds.map((second) => ({
          ...{ nodeId, at: at(second) },
          sample: Object.fromEntries(
            hostMetrics.map((metric) => [metric, metric === "load1" ? -second / 100 : null]),
          ) as HostSample,
        })),
      ),
    read: async (tenant: GivenTenant, asked: Asked) =>
      (await inScope(app.db, scopeOf(tenant), (tx) => hostSeries(tx, asked))).load1,
  },
};
type Asked = Parameters<typeof instanceSeries>[1];
const kindNames = ["instances", "hosts"] as const;
let used = 0;
const nextNode = () => fleet.racks[0]?.[used++] as Id<"node">;

/** As if nothing had ever been rolled up. */
const forget = ({ rollups }: { rollups: string }) =>
  superuser.query(`truncate ${rollupLevels.map(({ suffix }) => rollups + suffix).join(", ")}`);

test.for(kindNames)(
  "no tenant reads what %s did outside its own time, in samples or rollups, whatever range is asked",
  async (name) => {
    const { of, column, store, read } = kinds[name];
    const [first, second] = tenants;
    const nodeId = nextNode();
    // Held by one, by nobody, by the other; samples before, between and after.
    const was = await givenHeld(first, nodeId, [-1_500, -1_000]);
    const is = await givenHeld(second, nodeId, [-500, null]);
    const seconds = Array.from({ length: 110 }, (_, index) => -1_700 + index * 15);
    await store(nodeId, seconds);
    const own = (from: number, until: number) =>
      seconds.filter((one) => one >= from && one < until).map((one) => Math.abs(one) / 100);

    for (const rolled of [false, true]) {
      if (rolled) await rollUp(worker.db, of);
      for (const [tenant, environmentId, values] of [
        [first, was, own(-1_500, -1_000)],
        [second, is, own(-500, 0)],
      ] as const) {
        // By the database alone, whatever a query forgets.
        const { rows } = await inScope(app.db, scopeOf(tenant), (tx) =>
          tx.execute<{ value: number }>(
            sql`select ${sql.identifier(column)}::float8 as value from ${sql.identifier(of.samples)}
              where node_id = ${nodeId} and at > '-infinity'`,
          ),
        );
        expect(rows.map(({ value }) => Math.round(value * 100) / 100).sort()).toEqual(
          [...values].sort(),
        );
        if (rolled) {
          const { rows: buckets } = await inScope(app.db, scopeOf(tenant), (tx) =>
            tx.execute<{ least: number; most: number; samples: number }>(
              sql`select min(${sql.identifier(`${column}_min`)})::float8 as least,
                max(${sql.identifier(`${column}_max`)})::float8 as most,
                sum(samples)::integer as samples from ${sql.identifier(of.rollups)} r
                where r.allocation_id in (select id from allocations where node_id = ${nodeId})
                  or true`,
            ),
          );
          expect(buckets[0]?.samples).toBeGreaterThan(10);
          expect(buckets[0]?.least).toBeGreaterThanOrEqual(Math.min(...values) - 0.01);
          expect(buckets[0]?.most).toBeLessThanOrEqual(Math.max(...values) + 0.01);
        }
        // And by what a page asks, in every window.
        for (const window of telemetryWindows) {
          const grid = bucketGrid(window, nowMs);
          const told = await read(tenant, { environmentId, nodeId, grid });
          const inWindow = values.filter((value) => nowMs - value * 100_000 >= grid.fromMs);
          const known = (part: "min" | "max") =>
            (told?.[part] ?? []).filter((value) => value !== null);
          if (inWindow.length === 0) {
            expect(told).toBeUndefined();
            continue;
          }
          expect(Math.min(...known("min"))).toBeCloseTo(Math.min(...inWindow), 2);
          expect(Math.max(...known("max"))).toBeCloseTo(Math.max(...inWindow), 2);
        }
        const stranger = tenant === first ? second : first;
        const grid = bucketGrid("30d", nowMs);
        expect(await read(stranger, { environmentId, nodeId, grid })).toBeUndefined();
      }
    }
  },
);

test.for(kindNames)("rollups of %s say what the samples say, and outlive them", async (name) => {
  const { of, store, read } = kinds[name];
  const [tenant] = tenants;
  const nodeId = nextNode();
  const environmentId = await givenHeld(tenant, nodeId, [-1_600, null]);
  await forget(of);
  await store(
    nodeId,
    Array.from({ length: 100 }, (_, index) => -1_550 + index * 15),
  );
  const charts = async () => {
    const told: Partial<Record<TelemetryWindow, Awaited<ReturnType<typeof read>>>> = {};
    for (const window of ["6h", "24h", "7d", "30d"] as const) {
      told[window] = await read(tenant, {
        environmentId,
        nodeId,
        grid: bucketGrid(window, nowMs),
      });
    }
    return told;
  };
  const before = await charts();
  await rollUp(worker.db, of);
  // Once more changes nothing.
  await rollUp(worker.db, of);
  const after = await charts();
  for (const window of ["6h", "24h", "7d", "30d"] as const) {
    expect(after[window]?.min).toEqual(before[window]?.min);
    expect(after[window]?.max).toEqual(before[window]?.max);
    for (const [index, avg] of (before[window]?.avg ?? []).entries()) {
      if (avg === null) expect(after[window]?.avg[index]).toBeNull();
      else expect(Math.abs((after[window]?.avg[index] ?? Number.NaN) - avg)).toBeLessThan(0.02);
    }
  }
  await superuser.query(`delete from ${of.samples} where node_id = $1 and at < $2`, [
    nodeId,
    at(-600),
  ]);
  expect((await charts())["24h"]?.max).toEqual(before["24h"]?.max);
});

test.for(kindNames)("%s of yesterday are rolled up on the first day, too", async (name) => {
  const { of, store } = kinds[name];
  const nodeId = nextNode();
  const midnight = new Date(nowMs).setUTCHours(0, 0, 0, 0);
  const second = Math.floor((midnight - nowMs) / 1_000) - 600;
  await givenHeld(tenants[0], nodeId, [second - 600, second + 300]);
  await forget(of);
  await store(nodeId, [second]);
  await rollUp(worker.db, of);
  const { rows } = await superuser.query(
    `select at < $2 as before from ${of.rollups}
      where allocation_id = (select id from allocations where node_id = $1)`,
    [nodeId, new Date(midnight)],
  );
  expect(rows).toEqual([{ before: true }]);
});

test("of more parts than a node can have, those told of last are charted", async () => {
  const nodeId = nextNode();
  const environmentId = await givenHeld(tenants[0], nodeId, [-600, null]);
  const split = (second: number, gigabytes: number) => ({
    ...{ nodeId, at: at(second) },
    samples: Array.from({ length: 10 }, (_, gpu) => ({
      ...gpuSample(gpu, {}),
      instances: Array.from({ length: 7 }, (_, instance) => ({
        ...{ instance, profile: `1g.${gigabytes}gb` },
        values: instanceMetrics.map(() => 1),
      })),
    })),
  });
  await insertInstanceSamples(worker.pool, [split(-500, 10), split(-60, 20)]);
  const grid = bucketGrid("15m", nowMs);
  const told = await inScope(app.db, scopeOf(tenants[0]), (tx) =>
    instanceSeries(tx, { environmentId, nodeId, grid }),
  );
  const count = (profile: string) => told.filter((part) => part.profile === profile).length;
  expect([count("1g.20gb"), count("1g.10gb")]).toEqual([70, mostCharted - 70]);
});

test("of what is there and tells nothing, no chart has a GPU or a part", async () => {
  const nodeId = nextNode();
  const environmentId = await givenHeld(tenants[0], nodeId, [-60, null]);
  const part = (instance: number, value: number | null) => ({
    ...{ instance, profile: "1g.10gb" },
    values: instanceMetrics.map(() => value),
  });
  await insertScrapes(worker.pool, [
    {
      ...{ nodeId, at: at(-30) },
      samples: [
        { ...gpuSample(0, {}), instances: [part(1, 5), part(2, null)] },
        gpuSample(1, { power_w: 400 }),
      ],
    },
  ]);
  const asked = { environmentId, nodeId, grid: bucketGrid("15m", nowMs) };
  const [gpus, parts] = await inScope(app.db, scopeOf(tenants[0]), async (tx) => [
    await gpuSeries(tx, { ...asked, metrics: ["power_w"] }),
    await instanceSeries(tx, asked),
  ]);
  expect(gpus.map(({ gpu }) => gpu)).toEqual([1]);
  expect(parts.map(({ gpu, instance }) => [gpu, instance])).toEqual([[0, 1]]);
});

test("a scrape whose instances cannot be stored stores nothing of its GPUs either", async () => {
  const nodeId = nextNode();
  const scrape = (instance: number) => ({
    ...{ nodeId, at: at(-1) },
    samples: [
      {
        ...gpuSample(0, { power_w: 1 }),
        instances: [{ instance, profile: "1g.10gb", values: instanceMetrics.map(() => null) }],
      },
    ],
  });
  const count = async () => {
    const { rows } = await worker.pool.query<{ n: number }>(
      "select (select count(*) from gpu_samples where node_id = $1)::integer + (select count(*) from gpu_instance_samples where node_id = $1)::integer as n",
      [nodeId],
    );
    return rows[0]?.n;
  };
  await expect(insertScrapes(worker.pool, [scrape(16)])).rejects.toThrow();
  expect(await count()).toBe(0);
  await insertScrapes(worker.pool, [scrape(15)]);
  expect(await count()).toBe(2);
});

test("no tenant reads what is kept of switches, also of a node of its own", async () => {
  const nodeId = nextNode();
  const [tenant] = tenants;
  await givenHeld(tenant, nodeId, [-60, null]);
  const known = { temperature: 41, fatal: 0, nonFatal: 0, linkErrors: 0, tx: 1, rx: 1 };
  await keepNvswitchLatest(worker.pool, [
    { nodeId, at: at(-1), switches: [{ nvswitch: 0, ...known }] },
  ]);
  const seen = (scope: Parameters<typeof inScope>[1]) =>
    inScope(app.db, scope, async (tx) => {
      const { rows } = await tx.execute(sql`select from nvswitch_latest`);
      return rows.length;
    });
  expect(await seen(scopeOf(tenant))).toBe(0);
  expect(await seen({ tenant: "", user: "", fleet: "read" })).toBe(1);
});

test.for([
  "insert into gpu_instance_samples (node_id, at, gpu, instance, profile) values ('nod_1', now(), 0, 0, '1g.10gb')",
  "update gpu_instance_samples set gpu = 0",
  "delete from gpu_instance_samples",
  "update gpu_instance_rollups set samples = 1",
  "delete from gpu_instance_rollups",
  "insert into host_rollups (allocation_id, at, samples) values ('alc_1', now(), 1)",
  "update host_rollups set samples = 1",
  "delete from host_rollups",
  "delete from gpu_rollups_15m",
  "update gpu_instance_rollups_15m set samples = 1",
  "insert into host_rollups_1h (allocation_id, at, samples) values ('alc_1', now(), 1)",
  "delete from nvswitch_latest",
  "insert into controller_samples (at, node_id) values (now(), 'nod_1')",
  "update controller_looks set error = null",
  "select maintain_telemetry(1)",
  "select maintain_telemetry(1, 2, 3, 4)",
])("the portal may not %s", async (text) => {
  const scope = { tenant: "", user: "", fleet: "write" as const };
  const error = await inScope(app.db, scope, (tx) => tx.execute(sql.raw(text))).catch(
    (thrown: Error) => thrown,
  );
  expect(String((error as Error).cause)).toMatch(/permission denied/);
});

test("partitions are made ahead and dropped behind, each width's by its own days", async () => {
  const maintain = (samples: number, minutes: number, quarters: number, hours: number) =>
    keepTelemetry(worker.db, { samples, minutes, quarters, hours });
  const today = new Date(nowMs).setUTCHours(0, 0, 0, 0);
  const day = (n: number) => new Date(today - n * 86_400_000).toISOString().slice(0, 10);
  // The shortest month has no more: a wider bucket is kept no shorter, and that is to the day after a month.
  const minuteDays = 28;
  /** The first of the month that lies so many before this one. */
  const month = (n: number) => {
    const now = new Date(nowMs);
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - n))
      .toISOString()
      .slice(0, 10);
  };
  const daysSince = (date: string) => (today - Date.parse(date)) / 86_400_000;
  const part = (table: string, date: string) => `${table}_${date.replaceAll("-", "")}`;
  const make = (table: string, from: string, to: string) =>
    superuser.query(
      `create table if not exists ${part(table, from)} partition of ${table} for values from ('${from} 00:00:00+00') to ('${to} 00:00:00+00')`,
    );
  const there = async (table: string, date: string) => {
    const { rows } = await superuser.query("select to_regclass($1) is not null as there", [
      part(table, date),
    ]);
    return rows[0].there;
  };
  for (const { samples, rollups } of [rolledInstances, rolledHosts]) {
    for (const n of [7, 8, minuteDays + 1]) await make(samples, day(n), day(n - 1));
    for (const n of [minuteDays, minuteDays + 1]) await make(rollups, day(n), day(n - 1));
    for (const n of [2, 3, 4]) await make(`${rollups}_15m`, month(n), month(n - 1));
  }
  for (const n of [7, 8]) await make("controller_samples", day(n), day(n - 1));
  // The last day of the month before last is that many days ago: its month is kept to the end.
  const keptDays = daysSince(month(1)) + 1;
  await maintain(7, minuteDays, keptDays, 400);
  await maintain(7, minuteDays, keptDays, 400);
  for (const samples of [rolledInstances.samples, rolledHosts.samples, "controller_samples"]) {
    expect(await there(samples, day(-2))).toBe(true);
    expect(await there(samples, day(7))).toBe(true);
    expect(await there(samples, day(8))).toBe(false);
  }
  // Those of GPUs' samples are open to the worker's COPY, and no others.
  const open = async (table: string, date: string) => {
    const { rows } = await worker.db.execute<{ open: boolean }>(
      sql`select has_table_privilege(${part(table, date)}, 'insert') as open`,
    );
    return rows[0]?.open;
  };
  expect(await open("gpu_samples", day(-2))).toBe(true);
  expect(await open("host_samples", day(-2))).toBe(false);
  expect(await open("gpu_rollups", day(-2))).toBe(false);
  for (const { rollups } of [rolledInstances, rolledHosts]) {
    expect(await there(rollups, day(minuteDays))).toBe(true);
    expect(await there(rollups, day(minuteDays + 1))).toBe(false);
    expect(await there(`${rollups}_1h`, month(0))).toBe(true);
    expect(await there(`${rollups}_15m`, month(2))).toBe(true);
    expect(await there(`${rollups}_15m`, month(3))).toBe(false);
    // As far back as what it is made of.
    for (const width of ["_15m", "_1h"]) {
      const first = `${day(minuteDays).slice(0, 7)}-01`;
      expect(await there(`${rollups}${width}`, first)).toBe(true);
    }
  }
  await expect(maintain(0, 32, 100, 400)).rejects.toThrow();
  await expect(maintain(7, 6, 100, 400)).rejects.toThrow();
  await expect(maintain(7, 32, 31, 400)).rejects.toThrow();
  await expect(maintain(7, 32, 100, 99)).rejects.toThrow();
});

test("what is given again is stored once, and what has no place in time keeps nothing else out", async () => {
  const [first, second] = [nextNode(), nextNode()];
  const scrape = (nodeId: Id<"node">, second: number) => ({
    ...{ nodeId, at: at(second) },
    samples: [gpuSample(0, { power_w: 100 }), gpuSample(1, { power_w: 200 })],
  });
  const given = [scrape(first, -3), scrape(second, -3), scrape(first, -2), scrape(second, -1)];
  const insert = (scrapes: readonly (typeof given)[number][]) =>
    insertScrapes(worker.pool, scrapes);
  const store = (scrapes: typeof given, again: boolean) =>
    storeScrapes(worker.pool, "gpu_samples", { scrapes, again, insert });
  const stored = async () => {
    const { rows } = await worker.pool.query(
      "select node_id, at from gpu_samples where gpu = 1 and node_id = any ($1) order by at, node_id",
      [[first, second]],
    );
    return rows.map((row) => [row.node_id, row.at]);
  };
  const inOrder = (scrapes: typeof given) =>
    scrapes
      .map(({ nodeId, at }) => [nodeId, at] as const)
      .toSorted(([a, aAt], [b, bAt]) => aAt.getTime() - bAt.getTime() || (a < b ? -1 : 1));

  await store([...given.slice(0, 1), ...given.slice(3)], false);
  expect(await store(given, true)).toEqual(given);
  expect(await stored()).toEqual(inOrder(given));

  // The clock of the worker was a month ahead, and is back.
  const [ahead, next] = [scrape(first, 30 * 86_400), scrape(second, -0.5)];
  expect(await store([ahead, next], false)).toEqual([next]);
  expect(await store([ahead], false)).toEqual([]);
  expect(await stored()).toEqual(inOrder([...given, next]));
});
