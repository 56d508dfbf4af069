import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fanOut } from "#db/queries/fan-out";
import { hookRuns } from "#db/schema/hooks";
import { aLaunch, clientOf, givenApiTenant, givenOperator, ownToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import type { Approvers, HookKind, HookRunState } from "#lib/domain/hook/hook";
import { type Id, newId } from "#lib/domain/id";

// What owners and operators do with a token, from one end to the other: over the commands that the
// portal has, so that here it counts what goes in, what comes out and whose it is.

let db: GivenConnections;
let fleet: GivenFleet;
type ApiTenant = Awaited<ReturnType<typeof givenApiTenant>>;
let ours: ApiTenant;
let theirs: ApiTenant;
let ask: ReturnType<typeof clientOf>;
let theyAsk: ReturnType<typeof clientOf>;
let operate: ReturnType<typeof clientOf>;

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [4] });
  ours = await givenApiTenant(db.app, fleet);
  theirs = await givenApiTenant(db.app, fleet);
  ask = clientOf(db.app, await ownToken(db.app, ours.owner));
  theyAsk = clientOf(db.app, await ownToken(db.app, theirs.owner));
  operate = clientOf(db.app, await ownToken(db.app, await givenOperator(db.app)));
});
afterAll(() => db?.close());

test("a webhook from its making to its removal, its secret told twice and its path never", async () => {
  const params = { tenant: ours.slug };
  const made = await ask("createWebhook", {
    params,
    body: {
      name: "Pager",
      url: "https://hooks.example.com/in/s3cret-path",
      form: "standard",
      kinds: ["environment.failed"],
    },
  });
  expect(made).toMatchObject({ status: 200, value: { secret: expect.stringMatching(/^whsec_/) } });
  const here = { ...params, webhook: made.value.webhookId };

  const theirPlace = { tenant: theirs.slug, webhook: made.value.webhookId };
  for (const name of ["getWebhook", "tryWebhook", "renewWebhookSecret", "removeWebhook"] as const) {
    expect((await theyAsk(name, { params: theirPlace })).status, name).toBe(404);
    expect((await theyAsk(name, { params: here })).status, name).toBe(404);
  }

  // An owner's token does what its scopes include, and no more.
  const narrow = clientOf(db.app, await ownToken(db.app, ours.owner, ["tenant.audit"]));
  expect((await narrow("listWebhooks", { params })).status).toBe(403);
  expect((await narrow("renewWebhookSecret", { params: here })).status).toBe(403);

  expect((await ask("pauseWebhook", { params: here })).status).toBe(200);
  expect(await ask("tryWebhook", { params: here })).toMatchObject({
    status: 409,
    problem: { detail: expect.stringContaining("It is paused") },
  });
  expect((await ask("resumeWebhook", { params: here })).status).toBe(200);
  expect((await ask("tryWebhook", { params: here })).status).toBe(200);
  expect((await ask("tryWebhook", { params: here })).status).toBe(200);
  // The worker hands on one at a time what is to be told.
  while ((await fanOut(db.worker, { mail: false })) > 0);
  const { value: sent } = await ask("listDeliveries", { params: here });
  expect(sent.items.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    "webhook.test waiting",
    "webhook.test waiting",
  ]);
  const [newest, oldest] = sent.items.map(({ id }) => id);
  const rest = await ask("listDeliveries", { params: here, query: { after: newest } });
  expect(rest.value.items.map(({ id }) => id)).toEqual([oldest]);
  const delivery = newest ?? "";
  expect(await ask("replayDelivery", { params: { ...params, delivery } })).toMatchObject({
    status: 202,
    value: { deliveryId: delivery },
  });
  expect(
    (await theyAsk("replayDelivery", { params: { tenant: theirs.slug, delivery } })).status,
  ).toBe(404);

  const change = { form: "slack" as const, certificatePem: "", kinds: ["lease.ended" as const] };
  expect(
    await ask("changeWebhook", { params: here, body: { ...change, url: "http://x" } }),
  ).toMatchObject({ status: 422, problem: { errors: [{ pointer: "/url" }] } });
  expect((await ask("changeWebhook", { params: here, body: { ...change, url: "" } })).status).toBe(
    200,
  );
  const renewed = await ask("renewWebhookSecret", { params: here });
  expect(renewed.value.secret).not.toBe(made.value.secret);
  const listed = await ask("listWebhooks", { params });
  expect(listed.value.items).toMatchObject([
    { name: "Pager", form: "slack", address: "hooks.example.com:443", kinds: ["lease.ended"] },
  ]);
  expect(JSON.stringify(listed.value)).not.toMatch(/whsec_|s3cret-path/);
  expect((await ask("removeWebhook", { params: here })).status).toBe(200);
  expect((await ask("getWebhook", { params: here })).status).toBe(404);
});

test("what waits for a decision is listed and decided where it is, and a failed hook is run again", async () => {
  const launched = await ask("launchEnvironment", {
    params: ours.place,
    body: aLaunch(fleet, "waits"),
  });
  const run = (name: string, kind: HookKind, state: HookRunState, approvers?: Approvers) =>
    givenRun(launched.value, { name, kind, state, approvers: approvers ?? null });
  const budget = await run("budget", "approval", "waiting", { kind: "tenant_admins", emails: [] });
  const safety = await run("safety", "approval", "waiting", { kind: "operators", emails: [] });
  const ticket = await run("ticket", "http", "failed");
  const params = { tenant: ours.slug };

  const { value: waiting } = await ask("listApprovals", { params });
  expect(waiting.items.map(({ name, mayDecide }) => [name, mayDecide])).toEqual([
    ["budget", true],
    ["safety", false],
  ]);
  expect((await theyAsk("listApprovals", { params: { tenant: theirs.slug } })).value.items).toEqual(
    [],
  );
  const yes = { decision: "approve" as const };
  const decide = (approval: string, body: { decision: "approve" | "refuse"; words?: string }) =>
    ask("decideApproval", { params: { ...params, approval }, body });
  expect(
    await theyAsk("decideApproval", {
      params: { tenant: theirs.slug, approval: budget },
      body: yes,
    }),
  ).toMatchObject({ status: 404 });
  expect(await decide(budget, { decision: "refuse" })).toMatchObject({
    status: 422,
    problem: { errors: [{ pointer: "/words" }] },
  });
  expect((await decide(safety, yes)).status).toBe(409);
  expect(await decide(budget, yes)).toMatchObject({ status: 200, value: { approvalId: budget } });
  expect((await decide(budget, yes)).status).toBe(409);

  const open = (await operate("listFleetApprovals")).value.items;
  expect(open).toMatchObject([{ id: safety, mayDecide: true, tenant: { slug: ours.slug } }]);
  expect(
    (
      await operate("decideFleetApproval", {
        params: { approval: safety },
        body: { decision: "refuse", words: "not tonight" },
      })
    ).status,
  ).toBe(200);

  const failed = (await operate("listHookRuns", { query: { state: "failed" } })).value.items;
  expect(failed.map(({ name, mayRetry }) => [name, mayRetry])).toContainEqual(["ticket", true]);
  const again = { ...ours.place, hookRun: ticket };
  expect(
    (await theyAsk("retryHook", { params: { ...theirs.place, hookRun: ticket } })).status,
  ).toBe(404);
  expect((await ask("retryHook", { params: again })).status).toBe(202);
  expect((await ask("retryHook", { params: again })).status).toBe(409);
  expect((await operate("retryFleetHook", { params: { hookRun: ticket } })).status).toBe(409);
});

/** A run of a hook of the operation that was ordered, as the worker would have left it. */
async function givenRun(
  of: { environmentId: string; operationId: string },
  {
    name,
    kind,
    state,
    approvers,
  }: { name: string; kind: HookKind; state: HookRunState; approvers: Approvers | null },
): Promise<Id<"hookRun">> {
  const id = newId("hookRun");
  await asOperator(db.app, (tx) =>
    tx.insert(hookRuns).values({
      ...{ id, tenantId: ours.tenantId, projectId: ours.projectId },
      environmentId: of.environmentId as Id<"environment">,
      operationId: of.operationId as Id<"operation">,
      ...{ name, state, point: "after_allocate", position: 0, isGate: false, input: {} },
      definition: aHook({ name, kind, approvers }),
    }),
  );
  return id;
}

test("a reason of health is acknowledged and cleared, with a word why", async () => {
  const reason = newId("healthReason");
  const superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  // As the worker writes it, of the node that the environment above was given.
  await superuser.query(
    `insert into health_reasons (id, node_id, gpu, code, severity, evidence, count, first_seen_at,
       last_seen_at, allocation_id, tenant_id, project_id, environment_id)
     select $1, node_id, 0, 'xid_79', 'critical', '{}', 1, now(), now(), id, tenant_id, project_id,
       environment_id from allocations where tenant_id = $2 limit 1`,
    [reason, ours.tenantId],
  );
  await superuser.end();
  const params = { reason };
  const isIn = async (tab: "open" | "handled" | "past") => {
    const { value } = await operate("listHealth", { query: { tab, severity: "critical" } });
    return value.items.some(({ id }) => id === reason);
  };
  expect(await isIn("open")).toBe(true);
  expect((await operate("acknowledgeHealth", { params, body: { note: "" } })).status).toBe(422);
  const body = { note: "ticket 7" };
  expect((await operate("acknowledgeHealth", { params, body })).status).toBe(200);
  expect(await isIn("handled")).toBe(true);
  expect((await operate("clearHealth", { params, body })).status).toBe(200);
  expect(await isIn("past")).toBe(true);
  const silence = { hours: 4, reason: "known" };
  expect((await operate("silenceHealth", { params, body: silence })).status).toBe(409);

  const add = (body: object) =>
    operate("addHealthSilence", { body: { ...silence, ...body } as typeof silence });
  expect((await add({ code: "no_such_rule" })).status).toBe(422);
  expect((await add({ rackId: newId("rack") })).status).toBe(404);
  expect((await add({ rackId: newId("rack"), siteId: newId("site") })).status).toBe(422);
  const begun = await add({ code: "too_hot" });
  expect(begun.status).toBe(200);
  const { value: silences } = await operate("listHealthSilences", {});
  expect(silences.items).toMatchObject([{ what: "Too hot", place: { kind: "fleet", id: null } }]);
  const ending = { params: { silence: begun.value.silenceId } };
  expect((await operate("endHealthSilence", ending)).status).toBe(200);
  expect((await operate("endHealthSilence", ending)).status).toBe(409);

  const change = (body: object) => operate("changeHealthRule", { body: { code: "hot", ...body } });
  expect(await change({ threshold: 200 })).toMatchObject({
    status: 422,
    problem: { errors: [{ pointer: "/threshold" }] },
  });
  expect((await change({ threshold: 75, opensAfterSeconds: 90_000 })).status).toBe(422);
  expect((await change({ threshold: 75, severity: "critical" })).status).toBe(200);
  const hot = async () =>
    (await operate("listHealthRules", {})).value.items.find(({ code }) => code === "hot");
  expect(await hot()).toMatchObject({
    now: { threshold: 75, severity: "critical", opensAfterMs: 300_000 },
    builtIn: { threshold: 80, severity: "warning" },
    changed: { opensAfterMs: null },
  });
  expect((await operate("resetHealthRule", { body: { code: "hot" } })).status).toBe(200);
  expect(await hot()).toMatchObject({ now: { threshold: 80, severity: "warning" }, changed: null });
});

test("a node is flagged, ordered once and set aside, and says what may not be ordered now", async () => {
  const { value: free } = await operate("listNodes", { query: { lifecycle: "available" } });
  const params = { node: free.items[0]?.id ?? "" };
  expect(await operate("flagNode", { params, body: { flag: "cordoned", on: true } })).toMatchObject(
    { status: 422, problem: { errors: [{ pointer: "/reason" }] } },
  );
  const flag = { flag: "cordoned" as const, on: true, reason: "loose cable" };
  expect((await operate("flagNode", { params, body: flag })).status).toBe(200);
  const { value: flagged } = await operate("getNode", { params });
  expect(flagged).toMatchObject({ cordoned: true, flagReason: "loose cable" });
  expect(flagged.whyNot).toEqual({});
  expect((await operate("retryRotation", { params })).status).toBe(409);
  const ordered = await operate("inspectNode", { params, body: { level: "inspect" } });
  expect(ordered.status).toBe(202);
  expect((await operate("orderNode", { params, body: { order: "sanitize" } })).status).toBe(409);
  const { value: now } = await operate("getNode", { params });
  expect(now.operations).toMatchObject([{ id: ordered.value.operationId, kind: "node.inspect" }]);
  expect(now.whyNot.verify).toBeDefined();
  const aside = { to: "quarantined" as const, reason: "to the workshop" };
  expect((await operate("setAsideNode", { params, body: aside })).status).toBe(200);
  expect((await operate("getNode", { params })).value).toMatchObject({
    lifecycle: "quarantined",
    reason: "to the workshop",
    operations: [{ state: "superseded" }],
  });
});

test("a pool is made, what is kept out of it is named, and it is retired when all of it is free", async () => {
  const { sites } = (await operate("listPools")).value;
  const settings = { warnPercent: 80, cooldownMinutes: 0 };
  const body = {
    ...{ siteId: sites[0]?.id ?? "", kind: "vlan" as const, name: "by-token", ranges: "200-209" },
    ...settings,
  };
  const made = await operate("createPool", { body });
  expect(made.status).toBe(200);
  expect((await operate("createPool", { body })).status).toBe(422);
  const params = { pool: made.value.poolId };
  const out = { items: "200-201", reason: "printers" };
  expect((await operate("reservePoolItems", { params, body: out })).value).toEqual({ reserved: 2 });
  expect(
    await operate("changePool", { params, body: { ...settings, ranges: "202-209" } }),
  ).toMatchObject({ status: 422, problem: { errors: [{ pointer: "/ranges" }] } });
  expect((await operate("retirePool", { params })).status).toBe(409);
  const { value: pool } = await operate("getPool", { params });
  expect(pool).toMatchObject({ reserved: 2, free: "8", more: false });
  for (const { id } of pool.items) {
    expect((await operate("liftReservation", { params: { item: id } })).status).toBe(200);
  }
  expect((await operate("retirePool", { params })).status).toBe(200);
  expect((await operate("getPool", { params })).status).toBe(404);
});
