import { asc, eq, sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { claimDryCalls, endDryCall } from "#db/queries/dry-runs";
import { Fenced } from "#db/queries/operations";
import { auditEvents } from "#db/schema/audit-events";
import { templateVersions } from "#db/schema/catalogue";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { environments } from "#db/schema/environments";
import { hookRuns, providerCalls } from "#db/schema/hooks";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import { asOperator, type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { must } from "#e2e/world/acting";
import { type Actor, authorizeFleet } from "#lib/access/authorize";
import type { FleetPermission } from "#lib/access/policy";
import { newSealingKeys } from "#lib/access/sealed";
import { registerProvider } from "#lib/commands/register-provider";
import { replayHook } from "#lib/commands/replay-hook";
import { startDryRun } from "#lib/commands/start-dry-run";
import { createLog } from "#lib/config/log";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { type Id, newId } from "#lib/domain/id";
import { providerCaller } from "#lib/drivers/http-provider/call-provider";
import {
  type ProviderServer,
  type Question,
  reply,
  startProviderServer,
} from "#lib/drivers/http-provider/provider-server.test-support";
import { createDryRunner, type DryRunner } from "#lib/worker/hooks/dry-runner";

// Dry runs with a real database and providers over real TLS: what is asked, what is kept, and that
// nothing of a tenant is touched.

let database: GivenDatabase;
let app: Connection;
let worker: Connection;
let fleet: GivenFleet;
let server: ProviderServer;
let runner: DryRunner;
const keys = newSealingKeys();
const operator: Actor = {
  ...{ userId: newId("user"), name: "Olga", email: "olga@example.com" },
  ...{ operatorRole: "fleet_admin", memberships: [], requestId: "test", ipAddress: null },
};

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app", max: 4 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 8 });
  fleet = await givenFleet(app.db, { racks: [1] });
  server = await startProviderServer();
  runner = createDryRunner({
    db: worker.db,
    callProvider: providerCaller({ allowedNetworks: ["127.0.0.0/8"] }),
    privateKey: keys.privateKey,
    leaseMs: 5_000,
    log: createLog("worker", "fatal"),
  });
});

beforeEach(() => server.questions.clear());

afterAll(async () => {
  await runner?.stop();
  server?.close();
  await Promise.all([app?.pool.end(), worker?.pool.end()]);
  await database?.drop();
});

function may<P extends FleetPermission>(permission: P) {
  return must(authorizeFleet(operator, permission));
}

type Reply = Parameters<ProviderServer["replies"]["set"]>[1];

/** A provider that knows dry runs, and what it answers to one. */
async function given(name: string, answer: Reply, knowsDryRuns = true) {
  const path = `/${name}`;
  const input = { name, url: server.url(path), certificatePem: server.certificatePem };
  const made = must(
    await registerProvider(
      app.db,
      may("provider.edit"),
      { ...input, description: "" },
      keys.publicKey,
    ),
  );
  server.secrets.set(path, made.secret);
  server.replies.set(path, (question, response) => {
    const mark = knowsDryRuns ? { dryRun: true } : {};
    if (question.event !== "check") return answer(question, response);
    reply(response, { key: question.key, answer: "done", ...mark });
  });
  return made.providerId;
}

const done =
  (outputs: Record<string, unknown>): Reply =>
  ({ key }, response) =>
    reply(response, { key, answer: "done", outputs });

async function offer(hooks: TemplateHook[], inputs = [anInput({ name: "size", type: "number" })]) {
  await asOperator(app.db, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks, inputs })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
}

function start(values: Record<string, string | number> = {}, hook: string | null = null) {
  const { templateVersionId } = fleet;
  const input = { templateVersionId, counts: { workers: 2 }, inputs: values, hook };
  return startDryRun(app.db, may("catalogue.edit"), input);
}

async function calls(dryRunId: Id<"dryRun">) {
  return worker.db
    .select()
    .from(dryCalls)
    .where(eq(dryCalls.dryRunId, dryRunId))
    .orderBy(asc(dryCalls.position));
}

async function untilEnded(dryRunId: Id<"dryRun">) {
  const open = async () => {
    await runner.poll();
    return (await calls(dryRunId)).filter(({ state }) => state === "ready" || state === "running")
      .length;
  };
  await expect.poll(open, { timeout: 60_000, interval: 30 }).toBe(0);
  return calls(dryRunId);
}

const questions = (name: string): Question[] => server.questions.get(`/${name}`) ?? [];

test("each provider is asked once, in order, with the mark; outputs go on, secrets do not", async () => {
  const ticket = await given("ticket", done({ ticket: "OPS-1" }));
  const volume = await given("volume", done({ mount: "nfs:/x" }));
  await offer(
    [
      aHook({ name: "remove", kind: "http", point: "after_release", providerId: volume }),
      aHook({ name: "volume", kind: "http", point: "before_install", providerId: volume }),
      aHook({ name: "ticket", kind: "http", providerId: ticket }),
      aHook({
        ...{ name: "mount", kind: "http", providerId: volume, point: "before_start" },
        skipIf: { input: "storage", is: "equal", value: "none" },
      }),
      aHook({ name: "lead", kind: "approval" }),
    ],
    [
      anInput({ name: "storage", type: "enum", options: ["nfs", "none"], default: "none" }),
      anInput({ name: "token", type: "secret", required: true, label: "Token" }),
    ],
  );
  expect(await start()).toMatchObject({ refusal: { fields: { "inputs.token": "Enter Token." } } });
  const { dryRunId } = must(await start({ token: "s3cret" }));
  const ended = await untilEnded(dryRunId);
  expect(ended.map(({ name, state, answer, words }) => [name, state, answer, words])).toEqual([
    ["ticket", "ended", "done", "The hook would be done."],
    ["volume", "ended", "done", "The hook would be done."],
    ["mount", "skipped", null, "Skipped, since storage is none."],
    ["remove", "ended", "done", "The hook would be done."],
  ]);
  expect(ended[0]?.outputs).toEqual({ ticket: "OPS-1" });
  const [check, asked, ...more] = questions("ticket");
  expect([check?.event, more]).toEqual(["check", []]);
  expect(asked).toMatchObject({
    ...{ dryRun: true, event: "deploy", hook: "ticket", point: "after_allocate", turn: 0 },
    ...{ inputs: { storage: "none" }, outputs: {}, state: null, tenant: "ingot-dry-run" },
    nodes: [
      { hostname: "dry-run-1", group: "workers" },
      { hostname: "dry-run-2", group: "workers" },
    ],
  });
  const ofVolume = questions("volume").filter(({ event }) => event !== "check");
  expect(ofVolume.map(({ event, dryRun }) => [event, dryRun])).toEqual([
    ["deploy", true],
    ["destroy", true],
  ]);
  expect(ofVolume[0]?.outputs).toEqual({ ticket: { ticket: "OPS-1" } });

  const [runs, made, kept, audit, told] = await Promise.all([
    worker.db.select().from(hookRuns),
    worker.db.select().from(environments),
    worker.db.select().from(dryRuns),
    asOperator(app.db, (tx) => tx.select().from(auditEvents)),
    worker.db.select().from(providerCalls),
  ]);
  expect([runs, made]).toEqual([[], []]);
  expect(audit.filter(({ action }) => action === "template.dry_run")).toHaveLength(1);
  expect(told.filter((call) => call.dryCallId !== null)).toHaveLength(3);
  expect(JSON.stringify([kept, ended, audit, [...server.questions]])).not.toContain("s3cret");
});

test("whatever a provider answers has an end in words, and one that knows no dry runs is not asked", async () => {
  const bad: Record<string, Reply> = {
    html: (_, response) => response.end("<html>"),
    redirect: (_, response) => response.writeHead(302, { location: "http://10.0.0.1/" }).end(),
    down: (_, response) => response.writeHead(503).end(),
    later: ({ key }, response) =>
      reply(response, { key, answer: "again", after: 30, reason: "OPS-1 is open" }),
    busy: ({ key }, response) => reply(response, { key, answer: "transient", reason: "Not now" }),
    refuses: ({ key }, response) => reply(response, { key, answer: "failed", reason: "No such" }),
  };
  const hooks: TemplateHook[] = [];
  for (const [name, answer] of Object.entries(bad)) {
    hooks.push(aHook({ name, kind: "http", providerId: await given(name, answer) }));
  }
  const short = await given("short", done({ ticket: "OPS-3" }));
  const outputs = ["ticket", "url"];
  hooks.push(aHook({ name: "short", kind: "http", providerId: short, outputs }));
  const old = await given("old", done({ made: true }), false);
  hooks.push(aHook({ name: "old", kind: "http", providerId: old }));
  await offer(hooks);
  const told = await untilEnded(must(await start()).dryRunId);
  expect(told.map(({ name, answer, words }) => `${name} ${answer}: ${words}`)).toEqual([
    "html none: No answer that can be used: it answered with a web page and not with JSON.",
    "redirect none: No answer that can be used: it answered with a redirect (302), which is never followed.",
    "down none: No answer that can be used: it answered 503.",
    "later again: It would be asked again after 30 s: OPS-1 is open",
    "busy transient: It would be tried again as often as the hook says: Not now",
    "refuses failed: The hook would fail: No such",
    "short failed: The hook would fail: Its provider said that it is done, without its outputs: url.",
    "old not_asked: old does not say that it knows dry runs, so it was only asked how it is. A provider of the kit says it by itself.",
  ]);
  expect(questions("old").map(({ event }) => event)).toEqual(["check"]);
  expect(questions("later")).toHaveLength(2);
});

test("what a worker that died had begun is asked again with the same key, and its own answer is too late", async () => {
  const providerId = await given("killed", done({ ok: true }));
  await offer([aHook({ name: "killed", kind: "http", providerId })]);
  const { dryRunId } = must(await start());
  const [lost] = await claimDryCalls(worker.db, { leaseMs: 1, limit: 1 });
  if (!lost) throw new Error("nothing was claimed");
  const late = { answer: "failed", words: "late", outputs: null, log: "", durationMs: 1 } as const;
  const endLate = () => worker.db.transaction((tx) => endDryCall(tx, lost, late));
  // Another has it and is at work: only the fence tells the two apart.
  await expect
    .poll(async () => (await claimDryCalls(worker.db, { leaseMs: 1, limit: 1 })).length)
    .toBe(1);
  await expect(endLate()).rejects.toBeInstanceOf(Fenced);
  const [call] = await untilEnded(dryRunId);
  expect(call).toMatchObject({ answer: "done", fence: lost.fence + 2 });
  expect(questions("killed").at(-1)?.key).toBe(`${lost.id}.0`);
  await expect(endLate()).rejects.toBeInstanceOf(Fenced);
  expect((await calls(dryRunId))[0]).toMatchObject({ answer: "done" });
});

test("its time is over: a provider that hangs is let go, what comes after it is not asked", async () => {
  const hangs = await given("hangs", () => {});
  const after = await given("after", done({}));
  await offer([
    aHook({ name: "hangs", kind: "http", providerId: hangs }),
    aHook({ name: "after", kind: "http", providerId: after }),
  ]);
  const { dryRunId } = must(await start());
  await endsIn(dryRunId, 1);
  const told = await untilEnded(dryRunId);
  expect(told[0]?.words).toMatch(/^No answer that can be used: no whole answer within 1 seconds/);
  expect(told[1]).toMatchObject({ answer: "not_asked" });
  expect(told[1]?.words).toContain("was not done in time");
  expect(questions("after")).toEqual([]);
});

test("of two dry runs of one version at once one is refused; one hook is asked alone", async () => {
  const providerId = await given("alone", done({}));
  await offer([
    aHook({ name: "first", kind: "http", providerId }),
    aHook({ name: "second", kind: "http", providerId }),
    aHook({ name: "pause", kind: "wait" }),
  ]);
  expect(await start({}, "pause")).toMatchObject({
    refusal: { reason: "Hook pause asks no provider." },
  });
  const both = await Promise.all([start({}, "second"), start({}, "second")]);
  expect(both.filter((each) => each.ok)).toHaveLength(1);
  expect(both.find((each) => !each.ok)).toMatchObject({
    refusal: { reason: "A dry run of this version is under way." },
  });
  for (const each of both) {
    if (each.ok)
      expect((await untilEnded(each.value.dryRunId)).map((c) => c.name)).toEqual(["second"]);
  }
});

test("a past run is replayed with what was recorded; nothing of it changes, and its tenant sees nothing", async () => {
  const providerId = await given("replayed", done({ ticket: "OPS-2" }));
  const definition = aHook({ name: "ticket", kind: "http", providerId });
  await offer([definition], []);
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 8 });
  const launched = await givenLaunched(
    { app: app.db, worker: worker.db },
    { fleet, tenant, nodeCount: 1 },
  );
  const { tenantId, projectId } = tenant;
  const { environmentId, operationId } = launched;
  const common = { tenantId, projectId, environmentId, operationId, isGate: true };
  const recorded = {
    event: "deploy",
    environment: { id: environmentId, name: "train" },
    inputs: {},
  };
  const id = newId("hookRun");
  const at = (seconds: number) => sql`now() - make_interval(secs => ${seconds}::integer)`;
  await worker.db.insert(hookRuns).values([
    {
      ...{ ...common, id: newId("hookRun"), name: "earlier", point: "after_allocate", position: 0 },
      ...{ definition, input: {}, state: "succeeded", outputs: { a: 1 }, finishedAt: at(60) },
    },
    {
      ...{ ...common, id, name: "ticket", point: "after_allocate", position: 1, definition },
      ...{ input: recorded, state: "succeeded", outputs: { ticket: "OPS-1" } },
      ...{ startedAt: at(50), finishedAt: at(40) },
    },
    {
      ...{ ...common, id: newId("hookRun"), name: "later", point: "after_allocate", position: 2 },
      ...{ definition, input: {}, state: "succeeded", outputs: { b: 2 }, finishedAt: at(30) },
    },
  ]);
  const before = await worker.db.select().from(hookRuns).orderBy(hookRuns.id);
  const { dryRunId } = must(await replayHook(app.db, may("catalogue.edit"), { hookRunId: id }));
  const [call] = await untilEnded(dryRunId);
  expect(call).toMatchObject({ answer: "done", outputs: { ticket: "OPS-2" } });
  expect(questions("replayed").at(-1)).toMatchObject({
    ...{ ...recorded, dryRun: true, state: null, turn: 0 },
    outputs: { earlier: { a: 1 } },
  });
  expect(await worker.db.select().from(hookRuns).orderBy(hookRuns.id)).toEqual(before);
  const scope = { tenant: tenantId, user: tenant.userId, fleet: "" } as const;
  const seen = await inScope(app.db, scope, async (tx) => [
    ...(await tx.select().from(dryRuns)),
    ...(await tx.select().from(dryCalls)),
  ]);
  expect(seen).toEqual([]);
});

async function endsIn(dryRunId: Id<"dryRun">, seconds: number): Promise<void> {
  const client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  await client.query(
    "update dry_runs set deadline_at = now() + make_interval(secs => $2) where id = $1",
    [dryRunId, seconds],
  );
  await client.end();
}
