import { sql } from "drizzle-orm";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { observeWindow } from "#db/queries/use-windows";
import { allocations, environments } from "#db/schema/environments";
import { givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import type { Grant } from "#lib/access/authorize";
import { type Id, newId } from "#lib/domain/id";
import { activeWatts, idleWindowMs, wasActive } from "#lib/domain/use/idle";
import { monthAt } from "#lib/domain/use/month";
import { csvOfUse, idleNow, reportOfUse } from "#lib/views/report-of-use";
import { judgeUse } from "#lib/worker/reconcilers/judge-use";

// Windows of a day in the past, at 08:00 and 08:30 UTC, with the rollups that a worker would have made.

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let superuser: pg.Client;
let fleet: GivenFleet;
let ours: GivenTenant;
let theirs: GivenTenant;

const minuteMs = 60_000;
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const startMs = Date.parse(`${yesterday}T08:00:00Z`);
const at = (minutes: number) => new Date(startMs + minutes * minuteMs);
const month = monthAt(startMs);
const laterMs = startMs + 70 * minuteMs;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  for (const table of ["gpu_samples", "gpu_rollups", "gpu_instance_rollups"]) {
    await superuser.query(
      `create table if not exists ${table}_${yesterday.replaceAll("-", "")} partition of ${table} for values from ('${yesterday} 00:00:00+00') to ('${yesterday} 24:00:00+00')`,
    );
  }
  fleet = await givenFleet(app.db, { racks: [60] });
  ours = await givenTenant(app.db, { fleet, gpuLimit: 640 });
  theirs = await givenTenant(app.db, { fleet, gpuLimit: 640 });
});
afterAll(async () => {
  await Promise.all([app?.pool.end(), worker?.pool.end(), superuser?.end()]);
  await database?.drop();
});
beforeEach(() =>
  superuser.query(
    // What an earlier test held was held and given back long ago.
    "truncate gpu_samples, gpu_rollups, gpu_instance_rollups, use_days, idle_gpus, use_judged; update allocations set started_at = started_at - interval '90 days', released_at = started_at - interval '89 days'",
  ),
);

let used = 0;

/** An environment that holds one node of so many H100 from minute to minute. */
async function givenHeld(tenant: GivenTenant, from: number, until: number | null, gpus = 2) {
  const environmentId = newId("environment");
  const allocationId = newId("allocation");
  const nodeId = fleet.racks[0]?.[used++] as Id<"node">;
  const { tenantId, projectId, userId } = tenant;
  await asOperator(app.db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: { workers: 1 }, authorizedKeys: [] },
    });
    await tx.insert(allocations).values({
      ...{ id: allocationId, tenantId, projectId, environmentId, nodeId, hostname: "workers-1" },
      ...{ groupName: "workers", profileId: fleet.profileId, gpus, gpuModel: "H100" },
      ...{ startedAt: at(from), releasedAt: until === null ? null : at(until) },
    });
  });
  return { environmentId, allocationId, nodeId };
}

type Cell = { activity: number | null; power: number | null };
const busy = { activity: 90, power: 600 };
const quiet = { activity: 0, power: 70 };

/** Two-minute cells of one GPU from minute to minute (even). */
async function givenCells(
  allocationId: string,
  gpu: number,
  from: number,
  until: number,
  { activity, power }: Cell,
) {
  await worker.db.execute(sql`
    insert into gpu_rollups (allocation_id, gpu, at, samples, gpu_util_avg, power_w_avg)
    select ${allocationId}, ${gpu}::smallint, ${at(0).toISOString()}::timestamptz + m * interval '1 minute', 8,
      ${activity}::real, ${power}::real
    from generate_series(${from}::integer, ${until - 1}::integer, 2) m`);
}

const operator = () =>
  ({ scope: "fleet", operatorRole: "fleet_admin", actorId: ours.userId }) as Grant<"fleet.read">;
const owner = (tenant: GivenTenant) =>
  ({ scope: "tenant", tenantId: tenant.tenantId, actorId: tenant.userId }) as Grant<"tenant.use">;
const report = (grant: Grant<"fleet.read"> | Grant<"tenant.use">) =>
  reportOfUse(app.db, grant, month, { by: "environment" }, laterMs);
const secondsOf = async (id: string) =>
  (await report(operator())).lines.find((line) => line.id === id)?.gpu_seconds;

test("a GPU that is split is as busy as the busiest of its parts, and idle when all of them are", async () => {
  const { environmentId, allocationId } = await givenHeld(ours, 0, 60, 3);
  const unknown = { activity: null, power: 70 };
  for (const gpu of [0, 1, 2]) await givenCells(allocationId, gpu, 0, 60, unknown);
  // Of GPU 0 one part works, of GPU 1 none does, and of GPU 2 nothing but its power is told.
  await worker.db.execute(sql`
    insert into gpu_instance_rollups (allocation_id, gpu, instance, profile, at, samples, gr_active_avg)
    select ${allocationId}, p.gpu, p.instance, '3g.40gb', ${at(0).toISOString()}::timestamptz + m * interval '1 minute',
      8, p.active
    from generate_series(0, 58, 2) m,
      (values (0::smallint, 1::smallint, 0::real), (0, 2, 40), (1, 1, 0), (1, 2, 0.5)) as p (gpu, instance, active)`);
  await judgeUse(worker.db, laterMs);
  const hour = 3_600;
  expect(await secondsOf(environmentId)).toEqual({
    ...{ held: 3 * hour, busy: hour, idle: hour, unknown: hour },
  });
});

test("busy, idle and unknown of each GPU, clamped to the allocation, add up to what was held", async () => {
  const { environmentId, allocationId } = await givenHeld(ours, 3, 59);
  // One works at first and rests in the second window; of the other, nothing is known of the first
  // window, and in the second only ten quiet minutes. Both edges lie within a cell.
  await givenCells(allocationId, 0, 2, 4, busy);
  await givenCells(allocationId, 0, 4, 60, quiet);
  await givenCells(allocationId, 1, 30, 40, quiet);
  await judgeUse(worker.db, startMs + 64 * minuteMs);
  const held = 2 * 56 * 60;
  const first = { held, busy: 27 * 60, idle: 0, unknown: held - 27 * 60 };
  expect(await secondsOf(environmentId)).toEqual(first);
  // The second window has closed some minutes ago.
  await judgeUse(worker.db, laterMs);
  expect(await secondsOf(environmentId)).toEqual({
    ...first,
    idle: 29 * 60,
    unknown: held - 56 * 60,
  });
});

test("a window is judged once, by two workers at once and after one that died", async () => {
  const { environmentId, allocationId } = await givenHeld(ours, 0, null, 1);
  await givenCells(allocationId, 0, 0, 60, busy);
  await Promise.all([judgeUse(worker.db, laterMs), judgeUse(worker.db, laterMs)]);
  await judgeUse(worker.db, laterMs);
  expect(await secondsOf(environmentId)).toMatchObject({ busy: 60 * 60, unknown: 10 * 60 });

  // It dies between adding and saying so: nothing of it stays.
  await superuser.query("truncate use_days, use_judged");
  await superuser.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'died'; end $$;
     create trigger refuse before insert or update on use_judged for each row execute function refuse()`,
  );
  await expect(judgeUse(worker.db, laterMs)).rejects.toThrow();
  await superuser.query("drop trigger refuse on use_judged; drop function refuse");
  await judgeUse(worker.db, laterMs);
  expect(await secondsOf(environmentId)).toMatchObject({ busy: 60 * 60 });
});

test("a worker whose clock is ahead judges no window that has not closed", async () => {
  const { allocationId } = await givenHeld(ours, 0, null, 1);
  await givenCells(allocationId, 0, 0, 60, busy);
  const trueMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: trueMs + 3 * 3_600_000 });
  try {
    await judgeUse(worker.db);
  } finally {
    vi.useRealTimers();
  }
  const { rows } = await superuser.query<{ until: Date }>("select until from use_judged");
  const judgedMs = rows[0]?.until.getTime() ?? 0;
  expect(judgedMs).toBeGreaterThan(trueMs - 3_600_000);
  expect(judgedMs).toBeLessThanOrEqual(Date.now());
});

test("what is idle now, since when and how much, until it works again or is given back", async () => {
  const all = await givenHeld(ours, 0, null, 2);
  const half = await givenHeld(theirs, 0, null, 2);
  for (const gpu of [0, 1]) await givenCells(all.allocationId, gpu, 0, 60, quiet);
  await givenCells(half.allocationId, 0, 0, 60, busy);
  await givenCells(half.allocationId, 1, 0, 30, busy);
  await givenCells(half.allocationId, 1, 30, 60, quiet);
  await judgeUse(worker.db, laterMs);
  const { environments: listed, judgedUntil } = await idleNow(app.db, operator(), laterMs);
  expect(judgedUntil).toBe(at(60).toISOString());
  expect(
    listed.map(({ id, idleGpus, heldGpus, since, idleGpuHours }) => [
      id,
      idleGpus,
      heldGpus,
      since,
      idleGpuHours,
    ]),
  ).toEqual([
    [all.environmentId, 2, 2, at(0).toISOString(), 2],
    [half.environmentId, 1, 2, at(30).toISOString(), 0.5],
  ]);
  expect((await idleNow(app.db, owner(theirs), laterMs)).environments.map((e) => e.id)).toEqual([
    half.environmentId,
  ]);
  expect((await idleNow(app.db, operator(), laterMs + 3 * idleWindowMs)).outdated).toBe(true);

  await superuser.query("update allocations set released_at = $1 where id = $2", [
    at(61),
    all.allocationId,
  ]);
  await givenCells(half.allocationId, 1, 60, 90, busy);
  await judgeUse(worker.db, startMs + 96 * minuteMs);
  expect((await idleNow(app.db, operator(), laterMs)).environments).toEqual([]);
});

test("no tenant reads use outside its own allocations: not by the view, not by any query", async () => {
  const mine = await givenHeld(ours, 0, null);
  const other = await givenHeld(theirs, 0, null);
  for (const held of [mine, other]) await givenCells(held.allocationId, 0, 0, 60, quiet);
  await judgeUse(worker.db, laterMs);
  for (const by of ["tenant", "project", "environment", "profile"] as const) {
    const { lines, gpu_seconds } = await reportOfUse(app.db, owner(ours), month, { by }, laterMs);
    expect(lines, by).toHaveLength(1);
    expect(gpu_seconds, by).toEqual({ held: 8_400, busy: 0, idle: 3_600, unknown: 4_800 });
  }
  const scope = { tenant: ours.tenantId, user: ours.userId, fleet: "" } as const;
  for (const table of ["use_days", "idle_gpus"]) {
    const { rows } = await inScope(app.db, scope, (tx) =>
      tx.execute<{ id: string }>(sql.raw(`select distinct allocation_id as id from ${table}`)),
    );
    expect(rows, table).toEqual([{ id: mine.allocationId }]);
  }
  const total = (await report(operator())).gpu_seconds;
  expect(total.held).toBe(2 * 8_400);
  const csv = csvOfUse(await report(owner(ours)));
  expect(csv).toContain(mine.environmentId);
  expect(csv).not.toContain(other.environmentId);
});

test("what a cell says of a GPU is what the rule says, whatever was measured", async () => {
  const { allocationId, nodeId } = await givenHeld(ours, 0, null, 8);
  const measured = (most: number) =>
    fc.option(fc.oneof(fc.integer({ min: 0, max: most }), fc.constantFrom(0, 1, 175)));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ activity: measured(2), power: measured(300), limit: measured(900) }), {
        minLength: 8,
        maxLength: 8,
      }),
      async (gpus) => {
        await superuser.query("truncate gpu_rollups, gpu_samples");
        for (const [gpu, cell] of gpus.entries()) {
          await givenCells(allocationId, gpu, 0, 2, cell);
          await worker.db.execute(sql`
            insert into gpu_samples (node_id, gpu, at, power_limit)
            values (${nodeId}, ${gpu}::smallint, ${at(28).toISOString()}::timestamptz, ${cell.limit}::real)`);
        }
        const seen = await worker.db.transaction((tx) =>
          observeWindow(tx, { from: at(0), until: at(30) }),
        );
        const said = new Map(seen.map((row) => [row.gpu, row.active]));
        expect(gpus.map((_, gpu) => said.get(gpu) ?? null)).toEqual(
          gpus.map(({ activity, power, limit }) =>
            wasActive({
              activityPercent: activity,
              powerWatts: power,
              activeWatts: activeWatts(limit, "H100"),
            }),
          ),
        );
      },
    ),
    { numRuns: 25 },
  );
});
