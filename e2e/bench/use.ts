import { performance } from "node:perf_hooks";
import { sql } from "drizzle-orm";
import { connect } from "#db/client";
import { allocations, environments } from "#db/schema/environments";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import type { Grant } from "#lib/access/authorize";
import { newId } from "#lib/domain/id";
import { idleWindowMs } from "#lib/domain/use/idle";
import { monthOf } from "#lib/domain/use/month";
import { reportOfUse } from "#lib/views/report-of-use";
import { judgeUse } from "#lib/worker/reconcilers/judge-use";

const nodeCount = 1_000;
const environmentCount = 100;

/**
 * How long the report of a whole month over 1,000 nodes takes, for an operator and for a tenant that
 * holds them all, and how long the worker takes to judge half an hour of their 8,000 GPUs.
 */
export async function benchUse(input: {
  command: string;
  databaseUrl: string;
}): Promise<BenchRow[]> {
  const { command, databaseUrl } = input;
  const worker = connect({ url: databaseUrl, role: "ingot_worker", max: 2 });
  const app = connect({ url: databaseUrl, role: "ingot_app", max: 2 });
  try {
    const nowMs = Date.now();
    const lastMonth = new Date(nowMs);
    lastMonth.setUTCDate(1);
    lastMonth.setUTCMonth(lastMonth.getUTCMonth() - 1);
    const month = monthOf(lastMonth.toISOString().slice(0, 7), nowMs);
    if (!month) throw new Error("there is no last month");
    const fleet = await givenFleet(app.db, { racks: [nodeCount] });
    const tenant = await givenTenant(app.db, { fleet, gpuLimit: 1_000_000 });
    const { tenantId, projectId, userId } = tenant;
    const held = Array.from({ length: environmentCount }, () => newId("environment"));
    await asOperator(app.db, async (tx) => {
      await tx.insert(environments).values(
        held.map((id) => ({
          ...{ id, tenantId, projectId, createdBy: userId, name: id },
          ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
          ...{ groups: {}, authorizedKeys: [] },
        })),
      );
      await tx.insert(allocations).values(
        fleet.racks.flat().map((nodeId, index) => ({
          ...{ id: newId("allocation"), tenantId, projectId, nodeId, profileId: fleet.profileId },
          ...{ environmentId: held[index % environmentCount] ?? newId("environment") },
          ...{ groupName: "workers", gpus: 8, gpuModel: "H100", hostname: `bench-${index}` },
          startedAt: new Date(month.fromMs - 86_400_000),
        })),
      );
    });
    await worker.db.execute(sql`
      insert into use_days (allocation_id, day, busy_seconds, idle_seconds)
      select a.id, d::date, 8 * 40000, 8 * 30000 from allocations a,
        generate_series(${new Date(month.fromMs).toISOString()}::timestamptz,
          ${new Date(month.untilMs - 1).toISOString()}::timestamptz, interval '1 day') d
      where a.tenant_id = ${tenantId}`);
    const fromMs = Math.floor(nowMs / idleWindowMs) * idleWindowMs;
    await worker.db.execute(sql`
      insert into gpu_rollups (allocation_id, gpu, at, samples, gpu_util_avg, power_w_avg)
      select a.id, g, ${new Date(fromMs).toISOString()}::timestamptz + c * interval '1 minute', 4, 90, 500
      from allocations a, generate_series(0, 7) g, generate_series(0, 29) c
      where a.tenant_id = ${tenantId}`);
    await worker.db.execute(sql`delete from use_judged`);
    await worker.db.execute(
      sql`insert into use_judged (until) values (${new Date(fromMs).toISOString()}::timestamptz)`,
    );
    await worker.db.execute(sql`analyze`);

    const began = performance.now();
    await judgeUse(worker.db, fromMs + idleWindowMs + 5 * 60_000);
    const judgedMs = performance.now() - began;

    const timeOf = async (grant: Grant<"fleet.read"> | Grant<"tenant.use">) => {
      const times: number[] = [];
      for (let i = 0; i < 20; i++) {
        const start = performance.now();
        await reportOfUse(app.db, grant, month, { by: "environment" }, nowMs);
        times.push(performance.now() - start);
      }
      return Math.round(quantile(times, 0.5));
    };
    const fleetGrant = { scope: "fleet", operatorRole: "fleet_viewer", actorId: userId };
    const tenantGrant = { scope: "tenant", tenantId, actorId: userId };
    const name = `a month of use of ${nodeCount.toLocaleString("en")} nodes`;
    return [
      {
        name: `${name}, operator's report, p50`,
        value: await timeOf(fleetGrant as Grant<"fleet.read">),
        unit: "ms",
        command,
      },
      {
        name: `${name}, tenant's report, p50`,
        value: await timeOf(tenantGrant as Grant<"tenant.use">),
        unit: "ms",
        command,
      },
      {
        name: `half an hour of ${(8 * nodeCount).toLocaleString("en")} GPUs judged`,
        value: Math.round(judgedMs),
        unit: "ms",
        command,
      },
    ];
  } finally {
    await worker.pool.end();
    await app.pool.end();
  }
}
