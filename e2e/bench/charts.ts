import { performance } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { eq, sql } from "drizzle-orm";
import { connect, type Database, inScope } from "#db/client";
import { keepGpuLatest } from "#db/queries/gpu-latest";
import { environments } from "#db/schema/environments";
import { signedInPage } from "#e2e/bench/browser";
import { expositionOf } from "#e2e/bench/exposition";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { signedIn } from "#e2e/bench/sign-in";
import type { BenchWorld } from "#e2e/bench/world";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { type Actor, authorizeFleet } from "#lib/access/authorize";
import { type Id, newId } from "#lib/domain/id";
import { parseExposition } from "#lib/drivers/dcgm/exposition";
import { fleetGpusView } from "#lib/views/fleet-gpus";

const gpusPerNode = 8;
const seconds = 30;

/**
 * The page of an environment with its live charts of eight GPUs in a real browser, the pointer always
 * on the move over one of them, so that the crosshair moves in all: frames a second, and the longest
 * time that the page did not react.
 */
export async function benchCharts(world: BenchWorld, command: string): Promise<BenchRow[]> {
  const { origin } = world.ingot;
  const cookie = await signedIn(origin, "bench@ingot.example", world.password);
  const [row] = await inScope(world.app.db, { tenant: "", user: "", fleet: "read" }, (tx) =>
    tx.select({ id: environments.id }).from(environments).where(eq(environments.state, "ready")),
  );
  if (!row) throw new Error("the bench left no environment that runs");
  const { browser, page } = await signedInPage(origin, cookie);
  try {
    await page.goto(
      `${origin}/${world.tenant}/projects/${world.project}/environments/${row.id}?window=1h`,
    );
    await page.locator('canvas[data-drawn="8"]').first().waitFor({ timeout: 60_000 });
    const charts = await page.locator("canvas[data-drawn]").count();
    const { frames, longestTaskMs, longestGapMs, elapsedMs } = await watchFrames(page);
    const name = `${charts} live charts of 8 GPUs`;
    return [
      {
        name: `${name}, frames`,
        value: Math.round(frames / (elapsedMs / 1_000)),
        unit: "fps",
        command,
      },
      { name: `${name}, longest task`, value: Math.round(longestTaskMs), unit: "ms", command },
      {
        name: `${name}, longest time without a frame`,
        value: Math.round(longestGapMs),
        unit: "ms",
        command,
      },
    ];
  } finally {
    await browser.close();
  }
}

async function watchFrames(page: Page) {
  const chart = page.locator("canvas[data-drawn]").first();
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (!box) throw new Error("the chart is not drawn");
  const watching = page.evaluate(
    (limitMs) =>
      new Promise<{
        frames: number;
        longestTaskMs: number;
        longestGapMs: number;
        elapsedMs: number;
      }>((done) => {
        let [frames, longestTaskMs, longestGapMs] = [0, 0, 0];
        new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) {
            longestTaskMs = Math.max(longestTaskMs, duration);
          }
        }).observe({ type: "longtask" });
        const began = performance.now();
        let before = began;
        const frame = (now: number) => {
          frames += 1;
          longestGapMs = Math.max(longestGapMs, now - before);
          before = now;
          if (now - began < limitMs) requestAnimationFrame(frame);
          else done({ frames, longestTaskMs, longestGapMs, elapsedMs: now - began });
        };
        requestAnimationFrame(frame);
      }),
    seconds * 1_000,
  );
  const until = performance.now() + seconds * 1_000;
  for (let step = 0; performance.now() < until; step++) {
    await page.mouse.move(box.x + 80 + ((step * 7) % (box.width - 100)), box.y + box.height / 2);
    await page.waitForTimeout(50);
  }
  return watching;
}

/** How long the map of a fleet of so many nodes takes, and how large it is. */
export async function benchMap(input: {
  command: string;
  databaseUrl: string;
  nodes?: number;
}): Promise<BenchRow[]> {
  const { command, databaseUrl, nodes: count = 10_000 } = input;
  const app = connect({ url: databaseUrl, role: "ingot_app", max: 2 });
  const worker = connect({ url: databaseUrl, role: "ingot_worker", max: 2 });
  try {
    const nodeIds = await givenLargeFleet(app.db, count);
    const samples = parseExposition(Buffer.from(expositionOf("map", gpusPerNode)(Date.now()))).gpus;
    const scrapes = nodeIds.map((nodeId) => ({ nodeId, at: new Date(), samples }));
    const kept: number[] = [];
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      for (let at = 0; at < scrapes.length; at += 1_000) {
        const batch = scrapes.slice(at, at + 1_000);
        await keepGpuLatest(
          worker.pool,
          batch.map((scrape) => ({ ...scrape, at: new Date() })),
        );
      }
      kept.push(performance.now() - began);
    }
    const allowed = authorizeFleet(operatorOfNoOne, "fleet.read");
    if (!allowed.ok) throw new Error("an operator may look at the fleet");
    const took: number[] = [];
    let bytes = Buffer.alloc(0);
    for (let i = 0; i < 10; i++) {
      const began = performance.now();
      const map = await fleetGpusView(app.db, allowed.value, "temperature");
      took.push(performance.now() - began);
      bytes = Buffer.from(JSON.stringify(map));
    }
    const name = `map of ${(count * gpusPerNode).toLocaleString("en")} GPUs`;
    const row = (what: string, value: number, unit: string) => ({
      ...{ name: `${name}, ${what}`, value: Math.round(value), unit, command },
    });
    return [
      row("newest values kept", quantile(kept, 0.5), "ms"),
      row("p50", quantile(took, 0.5), "ms"),
      row("longest", Math.max(...took), "ms"),
      row("answer", bytes.length / 1_000, "kB"),
      row("answer, compressed", gzipSync(bytes).length / 1_000, "kB"),
    ];
  } finally {
    await app.pool.end();
    await worker.pool.end();
  }
}

const operatorOfNoOne: Actor = {
  ...{ userId: newId("user"), name: "Bench", email: "bench@ingot.example" },
  ...{ operatorRole: "fleet_viewer", memberships: [], requestId: "bench", ipAddress: null },
};

/** Nodes eight to a rack, all held by one environment, copied from one row in the database itself. */
async function givenLargeFleet(db: Database, count: number): Promise<Id<"node">[]> {
  const fleet = await givenFleet(db, { racks: [1] });
  const { tenantId, projectId, userId } = await givenTenant(db, { fleet, gpuLimit: count * 8 });
  const environmentId = newId("environment");
  const [like] = fleet.racks.flat();
  return asOperator(db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: "map" },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: {}, authorizedKeys: [] },
    });
    await tx.execute(sql`
      insert into racks (id, site_id, name, units)
      select 'map-' || n, r.site_id, 'map-' || n, r.units
      from generate_series(1, ${Math.ceil(count / 8)}::integer) n,
        (select r.* from racks r join nodes o on o.rack_id = r.id where o.id = ${like}) r`);
    const { rows } = await tx.execute<{ id: Id<"node"> }>(sql`
      insert into nodes (id, name, rack_id, node_type_id, lifecycle, health, controller_address)
      select 'map-' || n, 'map-' || n, 'map-' || (1 + n / 8), o.node_type_id, 'active', 'ok', 'map-' || n
      from generate_series(0, ${count - 1}::integer) n, (select * from nodes where id = ${like}) o
      returning id`);
    await tx.execute(sql`
      insert into allocations (id, tenant_id, project_id, environment_id, node_id, group_name,
        profile_id, gpus, hostname)
      select 'map-' || n, ${tenantId}, ${projectId}, ${environmentId}, 'map-' || n, 'workers',
        ${fleet.profileId}, 8, 'map-' || n
      from generate_series(0, ${count - 1}::integer) n`);
    return rows.map(({ id }) => id);
  });
}
