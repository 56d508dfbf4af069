import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import type { Locator, Page } from "@playwright/test";
import { sql } from "drizzle-orm";
import pg from "pg";
import { connect, type Database } from "#db/client";
import { racks, sites } from "#db/schema/sites";
import { signedInPage } from "#e2e/bench/browser";
import { startExporterFarm } from "#e2e/bench/exporter-farm";
import { watchPixels } from "#e2e/bench/live";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { insertScraped, type ScrapedNode } from "#e2e/bench/scraped-nodes";
import { signedIn } from "#e2e/bench/sign-in";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { freePort } from "#e2e/free-port";
import { actorOf, grantsOf, reading, until } from "#e2e/world/acting";
import { firstOperator } from "#e2e/world/people";
import { tenant } from "#e2e/world/tenants";
import { newId } from "#lib/domain/id";
import { idleWindowMs } from "#lib/domain/use/idle";
import { startIngot } from "#lib/launch/start";

const nodeCount = 1_000;
const nodesPerRack = 8;
const throttles = 517;
const threwXid = 733;
/** Hardware slowdown by heat. */
const heldByHeat = 0x48;
/** The nodes that a project holds and does nothing with, from the first. */
const idleNodes = 12;
const scrapeSeconds = 15;
const patienceMs = 15 * 60_000;
const pixelSeconds = 120;
/** Three rounds of every node. */
const mapSeconds = 45;

const operator = { email: "operator@ingot.example", name: "Olga Operator" };
const member = { email: "member@ingot.example", name: "Mia Member" };

/**
 * A fleet of 1,000 nodes at work, of which one throttles, one threw an XID, and some do nothing for the
 * project that holds them: how many clicks from the board of the fleet find each in a real browser, and how
 * long they take. Then the page of the environment that holds nearly all of them: from scrape to pixel.
 */
export async function benchFinds(
  say: (line: string) => void,
  command: string,
): Promise<BenchRow[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-finds-"));
  await chmod(directory, 0o711);
  const ending: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    say(`${nodeCount} exporters`);
    const odd = {
      ...Object.fromEntries(Array.from({ length: idleNodes }, (_, at) => [at, idle])),
      [throttles]: { clockReasons: heldByHeat },
      [threwXid]: { xid: 48 },
    };
    const farm = await startExporterFarm(nodeCount, odd);
    ending.unshift(() => farm.stop());
    say("database, build, portal, worker");
    const ingot = await startIngot({
      settings: {
        INGOT_DATA_DIRECTORY: directory,
        INGOT_PORT: String(await freePort()),
        INGOT_BOOT_PORT: String(await freePort()),
        INGOT_NODE_NETWORKS: "127.0.0.0/8",
        INGOT_LOG_LEVEL: "error",
        INGOT_SCRAPE_SECONDS: String(scrapeSeconds),
      },
      services: ["worker", "web"],
    });
    ending.unshift(() => ingot.stop());
    const app = connect({ url: ingot.databaseUrl, role: "ingot_app", max: 2 });
    ending.unshift(() => app.pool.end());
    const password = randomBytes(12).toString("base64url");
    const held = await givenHeld(app.db, farm.ports, password);
    await givenHalfHour(ingot.postgres?.superuserUrl ?? "");

    say("until it is known what throttles and what is idle");
    const { origin } = ingot;
    const cookie = await signedIn(origin, operator.email, password);
    await untilKnown(app.db);
    const rows: BenchRow[] = [];
    const row = (name: string, value: number, unit: string) =>
      rows.push({ name: `${nodeCount.toLocaleString("en")} nodes, ${name}`, value, unit, command });
    const { browser, page } = await signedInPage(origin, cookie);
    ending.unshift(() => browser.close());
    for (const { what, clicks, found } of finds(page)) {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        await page.goto(`${origin}/fleet`);
        await page.waitForLoadState("networkidle").catch(() => {});
        const began = performance.now();
        for (const click of clicks) await click.click();
        await found.first().waitFor();
        times.push(performance.now() - began);
      }
      row(`${what}, clicks from the board`, clicks.length, "clicks");
      row(`${what}, found after, p50`, Math.round(quantile(times, 0.5)), "ms");
    }

    say("scrape to pixel");
    const theirs = await signedInPage(origin, await signedIn(origin, member.email, password));
    ending.unshift(() => theirs.browser.close());
    const began = performance.now();
    await theirs.page.goto(`${origin}/lab/projects/training/environments/${held}`);
    await theirs.page.locator('canvas[data-drawn="8"]').first().waitFor({ timeout: 60_000 });
    row(
      "page of the one that holds nearly all, charts drawn after",
      Math.round(performance.now() - began),
      "ms",
    );
    const late = await watchPixels(theirs.page, pixelSeconds);
    row("scrape to pixel, p50", Math.round(quantile(late, 0.5)), "ms");
    row("scrape to pixel, p95", Math.round(quantile(late, 0.95)), "ms");
    row("scrape to pixel, scrapes seen", late.length, "scrapes");
    say("scrape to map");
    const own = `/api/live?tenant=lab&project=training&topic=map:${held}:utilization`;
    const maps = [
      { what: "scrape to its own map", page: theirs.page, address: own },
      { what: "scrape to the map of the fleet", page, address: "/api/live?topic=map:utilization" },
    ];
    for (const map of maps) {
      const toMap = await watchMap(map.page, map.address, mapSeconds);
      row(`${map.what}, p50`, Math.round(quantile(toMap, 0.5)), "ms");
      row(`${map.what}, p95`, Math.round(quantile(toMap, 0.95)), "ms");
      row(`${map.what}, longest`, Math.round(quantile(toMap, 1)), "ms");
      row(`${map.what}, scrapes seen`, toMap.length, "scrapes");
    }
    return rows;
  } finally {
    for (const end of ending) await end();
  }
}

/**
 * From the moment of each scrape of each node in so many seconds until a page that follows a map of GPUs is told
 * of it, in ms. What the page was told first is of no use: it may have been there for long.
 */
function watchMap(page: Page, address: string, forSeconds: number): Promise<number[]> {
  return page.evaluate(
    ({ address, limitMs }) =>
      new Promise<number[]>((done) => {
        const late: number[] = [];
        const newest = new Map<string, number>();
        const stream = new EventSource(address);
        stream.addEventListener("feed", (event) => {
          const toldAt = Date.now();
          const { data } = JSON.parse(event.data);
          for (const { id, age } of data.nodes) {
            const at = age === null ? null : data.nowMs - age;
            const before = newest.get(id);
            // What it was told before is told again for a while.
            if (at === null || (before !== undefined && at - before < 500)) continue;
            if (before !== undefined) late.push(toldAt - at);
            newest.set(id, at);
          }
        });
        setTimeout(() => {
          stream.close();
          done(late);
        }, limitMs);
      }),
    { address, limitMs: forSeconds * 1_000 },
  );
}

const idle = { workload: "idle" as const };

type Find = { what: string; clicks: Locator[]; found: Locator };

/** What is clicked, beginning at the board of the fleet, and what is then on the screen. */
function finds(page: Page): Find[] {
  const menu = page.getByRole("navigation", { name: "Main" });
  const health = page.getByRole("region", { name: "Health" });
  const nodeOf = (list: string) =>
    page.getByRole("list", { name: list }).getByRole("link", { name: /^node-/ });
  return [
    {
      what: "the one that throttles",
      clicks: [menu.getByRole("link", { name: "GPUs" }), nodeOf("Throttling")],
      found: health.getByText(/heat|slow/i),
    },
    {
      what: "the one that threw an XID",
      clicks: [menu.getByRole("link", { name: "GPUs" }), nodeOf("XIDs of the last day")],
      found: health.getByText("XID 48"),
    },
    {
      what: "the project that holds idle GPUs",
      clicks: [
        menu.getByRole("link", { name: "Use and idle" }),
        page
          .getByRole("table", { name: "Projects with idle GPUs" })
          .getByRole("link", { name: "Forgotten" }),
      ],
      found: page.getByRole("heading", { name: "Lab", level: 1 }),
    },
  ];
}

/** The fleet, eight nodes to a rack, held by two projects since two hours; gives the larger environment. */
async function givenHeld(db: Database, ports: readonly number[], password: string) {
  await firstOperator(db, operator, password);
  const fleet = await givenFleet(db, { racks: [], gpuModel: "H100" });
  const made = await tenant(
    db,
    grantsOf(await actorOf(db, operator.email)),
    {
      ...{ slug: "lab", name: "Lab", limits: [] },
      projects: [
        { slug: "training", name: "Training" },
        { slug: "forgotten", name: "Forgotten" },
      ],
      members: [{ ...member, role: "owner" }],
    },
    password,
  );
  const { userId } = await actorOf(db, member.email);
  const projectOf = (slug: string) => {
    const projectId = made.projectIds[slug];
    if (!projectId) throw new Error(`there is no project ${slug}`);
    return { tenantId: made.tenantId, projectId, userId };
  };
  const since = new Date(Date.now() - 2 * 3_600_000);
  return asOperator(db, async (tx) => {
    const siteId = newId("site");
    await tx.insert(sites).values({ id: siteId, name: "Hall" });
    const rackRows = Array.from({ length: Math.ceil(nodeCount / nodesPerRack) }, (_, at) => ({
      ...{ id: newId("rack"), siteId, name: `R${String(at + 1).padStart(3, "0")}` },
    }));
    await tx.insert(racks).values(rackRows);
    const all = ports.flatMap((exporterPort, at): ScrapedNode[] => {
      const rackId = rackRows[Math.floor(at / nodesPerRack)]?.id;
      return rackId ? [{ name: `node-${at}`, exporterPort, rackId }] : [];
    });
    await insertScraped(tx, {
      ...{ name: "old-experiment", of: projectOf("forgotten"), fleet, since },
      nodes: all.slice(0, idleNodes),
    });
    return insertScraped(tx, {
      ...{ name: "pretrain", of: projectOf("training"), fleet, since },
      nodes: all.slice(idleNodes),
    });
  });
}

/**
 * The half hour of the clock that closed last, and what has gone by since, as the worker would have rolled it up
 * had it been there: idle is judged by nothing shorter. The worker itself judges it.
 */
async function givenHalfHour(superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl.replace(/postgres$/, "ingot") });
  await client.connect();
  try {
    const from = new Date(
      Math.floor((Date.now() - idleWindowMs - 6 * 60_000) / idleWindowMs) * idleWindowMs,
    );
    await client.query(
      `insert into gpu_rollups (allocation_id, gpu, at, samples, gpu_util_avg, power_w_avg)
       select a.id, g, $1::timestamptz + c * interval '1 minute', 4,
         case when e.name = 'pretrain' then 90 else 0 end,
         case when e.name = 'pretrain' then 500 else 72 end
       from allocations a join environments e on e.id = a.environment_id,
         generate_series(0, 7) g, generate_series(0, 65) c
       where $1::timestamptz + c * interval '1 minute' < now() - interval '1 minute'`,
      [from],
    );
    await client.query("delete from use_judged");
    await client.query("insert into use_judged (until) values ($1)", [from]);
    await client.query("analyze");
  } finally {
    await client.end();
  }
}

/** Until the worker has judged the half hour, and a rule holds for each of the two nodes. */
async function untilKnown(db: Database): Promise<void> {
  await until(
    "what throttles and what is idle is known",
    () =>
      reading(db, async (tx) => {
        const { rows } = await tx.execute<{ known: boolean }>(sql`
          select (select count(distinct n.name) = 2 from health_reasons r
              join nodes n on n.id = r.node_id
              where r.closed_at is null and n.name in (${`node-${throttles}`}, ${`node-${threwXid}`}))
            and exists (select from idle_gpus) as known`);
        return rows[0]?.known || undefined;
      }),
    patienceMs,
  );
}
