import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { listen } from "#db/listen";
import { keepGpuLatest } from "#db/queries/gpu-latest";
import { insertHostSamples } from "#db/queries/host-samples";
import { insertGpuSamples } from "#db/queries/insert-gpu-samples";
import { announceScrapes, readScrapeNotices, scrapedChannel } from "#db/queries/scrape-notices";
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
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import { hostMetrics } from "#lib/domain/telemetry/host-metric";
import type { HostSample } from "#lib/domain/telemetry/host-sample";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { environmentGpus } from "#lib/schemas/environment-gpus";
import type { MapMetric } from "#lib/schemas/gpu-map";
import { createFanOut, type FanOut } from "#lib/server/fan-out";
import { environmentGpusOf } from "#lib/views/environment-gpus";
import { projectFeeds } from "#lib/views/live-feeds";
import { watchableEnvironments } from "#lib/views/watchable";

// From the worker's notice through the database to whoever follows, as in the portal.

const log = createLog("live feeds test", "fatal");
let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
let fleet: GivenFleet;
let fanOut: FanOut;
let listener: ReturnType<typeof listen>;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
  fleet = await givenFleet(app.db, { racks: [24] });
  fanOut = createFanOut({ log });
  await new Promise<void>((connected) => {
    listener = listen({
      url: database.url,
      role: "ingot_app",
      channels: [scrapedChannel],
      onNotice: (_channel, payload) => fanOut.tell(readScrapeNotices(payload)),
      onConnect: connected,
      log,
    });
  });
});
afterAll(async () => {
  await listener.stop();
  await app.pool.end();
  await worker.pool.end();
  await database.drop();
});

let nodesTaken = 0;
function takeNode(): Id<"node"> {
  const node = fleet.racks[0]?.[nodesTaken++];
  if (!node) throw new Error("more nodes than the fleet was given");
  return node;
}

async function givenHolder(nodeId: Id<"node">, tenant?: GivenTenant) {
  const holder = tenant ?? (await givenTenant(app.db, { fleet, gpuLimit: 64 }));
  const { tenantId, projectId, userId } = holder;
  const environmentId = newId("environment");
  await asOperator(app.db, async (tx) => {
    await tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: { workers: 1 }, authorizedKeys: [] },
    });
    await tx.insert(allocations).values({
      ...{ id: newId("allocation"), tenantId, projectId, environmentId, nodeId, gpus: 8 },
      ...{ groupName: "workers", profileId: fleet.profileId, hostname: "workers-1" },
      startedAt: new Date(),
    });
  });
  return { tenant: holder, environmentId, topic: `charts:${environmentId}:${nodeId}:15m` };
}

/** As the route does: what of the topics the member may follow, followed. Gives what they hear. */
async function follow(
  tenant: GivenTenant,
  topics: string[],
  { seen, sinceMs = null }: { seen?: Id<"environment">[]; sinceMs?: number | null } = {},
) {
  const grant = tenant.grant("environment.read");
  const named = topics.map((topic) => topic.split(":")[1] ?? "");
  const watchable = seen ?? (await watchableEnvironments(app.db, grant, named));
  const feeds = projectFeeds(app.db, grant, watchable, topics);
  const heard: { topic: string; data: { nodeId: string; gpus: unknown[] } }[] = [];
  for (const feed of feeds) {
    const reader = (_topic: string, message: Uint8Array) => {
      const [, json = ""] = /^data: (.*)$/m.exec(new TextDecoder().decode(message)) ?? [];
      heard.push(JSON.parse(json));
    };
    fanOut.follow(feed, reader, sinceMs);
  }
  return { feeds, heard };
}

/** A scrape of a node, stored and told of as the worker does. */
async function scraped(nodeId: Id<"node">, gpu_util = 50): Promise<void> {
  const scrapes = [{ nodeId, at: new Date(), samples: [gpuSample(0, { gpu_util, gpu_temp: 40 })] }];
  await insertGpuSamples(worker.pool, scrapes);
  await keepGpuLatest(worker.pool, scrapes);
  await announceScrapes(worker.pool, scrapes);
}

async function giveBack(environmentId: Id<"environment">): Promise<void> {
  await asOperator(app.db, (tx) =>
    tx
      .update(allocations)
      .set({ releasedAt: new Date() })
      .where(eq(allocations.environmentId, environmentId)),
  );
}

test("a scrape reaches those who follow its node, and nobody of another tenant hears of it", async () => {
  const [first, second] = [takeNode(), takeNode()];
  const ours = await givenHolder(first);
  const theirs = await givenHolder(second);
  // A page names all that it hears hints of, too.
  const hints = Array.from({ length: 20 }, () => `environment:${newId("environment")}`);
  const we = await follow(ours.tenant, [...hints, ours.topic, theirs.topic]);
  const they = await follow(theirs.tenant, [theirs.topic]);
  // Another's environment is not there to be followed, whichever node is named.
  expect(we.feeds.map(({ topic }) => topic)).toEqual([ours.topic]);
  const own = `charts:${ours.environmentId}:${second}:15m`;
  const peeking = await follow(ours.tenant, [own]);
  // And had it been let through, what it reads is nothing.
  const through = await follow(ours.tenant, [theirs.topic], {
    seen: [theirs.environmentId],
  });

  await scraped(second);
  await expect.poll(() => they.heard.length).toBe(1);
  await scraped(first);
  await expect.poll(() => we.heard.length).toBe(1);
  await scraped(second);
  await expect.poll(() => they.heard.length).toBe(2);
  expect(we.heard).toMatchObject([{ topic: ours.topic, data: { nodeId: first } }]);
  expect(new Set(they.heard.map(({ data }) => data.nodeId))).toEqual(new Set([second]));
  expect(they.heard[0]?.data.gpus).toHaveLength(1);
  expect([...peeking.heard, ...through.heard]).toEqual([]);
});

test("a host's scrape reaches those who follow the host, and nobody of another tenant or of before", async () => {
  const nodeId = takeNode();
  const ours = await givenHolder(nodeId);
  const theirs = await givenHolder(takeNode());
  const topicOf = ({ environmentId }: typeof ours) => `hosts:${environmentId}:${nodeId}:15m`;
  const we = await follow(ours.tenant, [topicOf(ours)]);
  const charts = await follow(ours.tenant, [ours.topic]);
  const peeking = await follow(theirs.tenant, [topicOf(theirs), topicOf(ours)]);
  expect(peeking.feeds.map(({ topic }) => topic)).toEqual([topicOf(theirs)]);
  const through = await follow(theirs.tenant, [topicOf(ours)], { seen: [ours.environmentId] });
  const scrapedHost = async (load1: number) => {
    const unknown = Object.fromEntries(hostMetrics.map((metric) => [metric, null])) as HostSample;
    const scrapes = [{ nodeId, at: new Date(), sample: { ...unknown, load1 } }];
    await insertHostSamples(worker.pool, scrapes);
    await announceScrapes(worker.pool, scrapes, "host");
  };
  await scrapedHost(7);
  await expect.poll(() => we.heard.length).toBe(1);
  expect(JSON.stringify(we.heard[0])).toContain('"load1":{"min":[');
  // The charts of its GPUs have nothing new.
  expect([...charts.heard, ...peeking.heard, ...through.heard]).toEqual([]);

  await giveBack(ours.environmentId);
  const next = await givenHolder(nodeId);
  const they = await follow(next.tenant, [topicOf(next)]);
  await scrapedHost(9);
  await expect.poll(() => they.heard.length).toBe(1);
  expect(we.heard).toHaveLength(1);
  const values = JSON.stringify(they.heard[0]).match(/"max":\[[^\]]*\]/)?.[0];
  expect(values).toContain("9");
  expect(values).not.toContain("7");
});

test("a node that is given to another tells its new holder alone, and nothing of before", async () => {
  const nodeId = takeNode();
  const before = await givenHolder(nodeId);
  const former = await follow(before.tenant, [before.topic]);
  await scraped(nodeId);
  await expect.poll(() => former.heard.length).toBe(1);
  await giveBack(before.environmentId);
  await scraped(nodeId);
  const after = await givenHolder(nodeId);
  const present = await follow(after.tenant, [after.topic]);
  await scraped(nodeId);
  await expect.poll(() => present.heard.length).toBe(1);
  expect(former.heard).toHaveLength(1);
  const [only] = present.heard;
  expect(JSON.stringify(only)).not.toContain(before.environmentId);
  const known = JSON.stringify(only?.data.gpus).match(/50/g) ?? [];
  expect(known).toHaveLength(3);

  // Whoever comes back is told what came meanwhile, without waiting for the next.
  const back = await follow(after.tenant, [after.topic], { sinceMs: Date.now() - 60_000 });
  await expect.poll(() => back.heard.length).toBe(1);
  expect(JSON.stringify(back.heard[0]?.data.gpus).match(/50/g)).toHaveLength(3);
});

test("a map of GPUs shows an environment's own since it holds them, and follows each scrape", async () => {
  const nodeId = takeNode();
  const theirs = await givenHolder(nodeId);
  const ours = await givenHolder(takeNode());
  const mapOf = ({ tenant, environmentId }: typeof ours, metric: MapMetric = "utilization") =>
    environmentGpusOf(app.db, tenant.grant("environment.read"), environmentId, metric);
  const topicOf = ({ environmentId }: typeof ours) => `map:${environmentId}:utilization`;
  const they = await follow(theirs.tenant, [topicOf(theirs)]);
  const peeking = await follow(ours.tenant, [topicOf(theirs)]);
  expect(peeking.feeds).toEqual([]);
  // And had it been let through, what it reads has no node.
  const through = await follow(ours.tenant, [topicOf(theirs)], { seen: [theirs.environmentId] });
  await scraped(nodeId, 97);
  await expect.poll(() => JSON.stringify(they.heard.at(-1)?.data)).toContain('"values":[97,null');
  expect(JSON.stringify(through.heard)).not.toContain(nodeId);
  expect(await mapOf({ ...ours, environmentId: theirs.environmentId })).toBeNull();

  const projectId = newId("project");
  const { tenantId } = ours.tenant;
  await asOperator(app.db, (tx) =>
    tx.insert(projects).values({ id: projectId, tenantId, slug: "secret", name: "Secret" }),
  );
  const secret = await givenHolder(takeNode(), { ...ours.tenant, projectId });
  expect(await mapOf({ ...secret, tenant: ours.tenant })).toBeNull();
  const inside = await follow(ours.tenant, [topicOf(secret)], { seen: [secret.environmentId] });
  await expect.poll(() => inside.heard.length).toBe(1);
  expect(inside.heard).toMatchObject([{ data: { nodes: [] } }]);

  const unknown = Array.from({ length: 7 }, () => null);
  const whole = environmentGpus.parse(await mapOf(theirs));
  expect(whole.nodes).toMatchObject([
    { id: nodeId, name: "workers-1", group: "workers", values: [97, ...unknown] },
  ]);

  // What operators alone are told of colours nothing; nor does what was open before.
  const open = (code: string, gpu: number) =>
    worker.db.execute(sql`
      insert into health_reasons (id, node_id, gpu, code, severity, evidence, count, first_seen_at,
        last_seen_at, allocation_id, tenant_id, project_id, environment_id)
      select ${newId("healthReason")}, a.node_id, ${gpu}::smallint, ${code}, 'critical', '{}', 1, now(), now(),
        a.id, a.tenant_id, a.project_id, a.environment_id
      from allocations a where a.node_id = ${nodeId} and a.released_at is null`);
  await open("gpus_elsewhere", 1);
  await open("xid_79", 2);
  const health = await mapOf(theirs, "health");
  expect(health?.nodes[0]?.values.slice(0, 3)).toEqual([0, 0, 2]);

  await giveBack(theirs.environmentId);
  expect((await mapOf(theirs))?.nodes).toEqual([]);
  const next = await givenHolder(nodeId, ours.tenant);
  const seesLatest = () =>
    inScope(app.db, { tenant: ours.tenant.tenantId, user: ours.tenant.userId, fleet: "" }, (tx) =>
      tx.execute(sql`select from gpu_latest where node_id = ${nodeId}`),
    ).then(({ rows }) => rows.length);
  expect((await mapOf(next))?.nodes).toMatchObject([{ age: null, values: [null, ...unknown] }]);
  expect((await mapOf(next, "health"))?.nodes[0]?.values).toEqual([null, ...unknown]);
  expect(await seesLatest()).toBe(0);
  const we = await follow(next.tenant, [topicOf(next)]);
  await scraped(nodeId, 3);
  await expect.poll(() => JSON.stringify(we.heard.at(-1)?.data)).toContain('"values":[3,null');
  expect(await seesLatest()).toBe(1);
  // As a value, not in an id or a moment.
  expect(JSON.stringify(we.heard)).not.toMatch(/[[,]97[,\]]/);
  expect(JSON.stringify(they.heard)).not.toContain('"values":[3,');
});

test("one notice tells of many nodes, and of none that nobody held", async () => {
  const { tenant } = await givenHolder(takeNode());
  const held = [takeNode(), takeNode()];
  for (const nodeId of held) await givenHolder(nodeId, tenant);
  const told: string[][] = [];
  const other = listen({
    url: database.url,
    role: "ingot_app",
    channels: [scrapedChannel],
    onNotice: (_channel, payload) => told.push(readScrapeNotices(payload).map((n) => n.nodeId)),
    onConnect: () => {
      const nodes = [...held, takeNode()];
      void announceScrapes(
        worker.pool,
        nodes.map((nodeId) => ({ nodeId, at: new Date() })),
      );
    },
    log,
  });
  await expect.poll(() => told.length).toBe(1);
  expect(told[0]?.toSorted()).toEqual(held.toSorted());
  await other.stop();
});
