import { eq } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes } from "#db/schema/nodes";
import { aLaunch, clientOf, givenApiTenant, givenOperator, ownToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { actorOf, givenFleetGrant, givenMember } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import { authorizeTenant } from "#lib/access/authorize";
import { newSealingKeys } from "#lib/access/sealed";
import { createWebhook } from "#lib/commands/create-webhook";
import { inviteMember } from "#lib/commands/invite-member";
import { newId } from "#lib/domain/id";
import { monthAt } from "#lib/domain/use/month";

// What programs read and do not change: who is there, what was used, what is under way.

let db: GivenConnections;
let fleet: GivenFleet;
let ours: Awaited<ReturnType<typeof givenApiTenant>>;
let ask: ReturnType<typeof clientOf>;
let operate: ReturnType<typeof clientOf>;
let viewer: ReturnType<typeof clientOf>;
const { publicKey: sealingKey } = newSealingKeys();

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [4] });
  ours = await givenApiTenant(db.app, fleet);
  ask = clientOf(db.app, await ownToken(db.app, ours.owner));
  operate = clientOf(db.app, await ownToken(db.app, await givenOperator(db.app)));
  const organisation = { tenantId: ours.tenantId, slug: ours.slug, projects: {} };
  const { userId } = await givenMember(db.app, organisation, "viewer");
  viewer = clientOf(db.app, await ownToken(db.app, await actorOf(db.app, userId)));
});
afterAll(() => db?.close());

test("members are told with their roles, and invitations without their links to whom the portal shows them", async () => {
  const params = { tenant: ours.slug };
  const grant = must(authorizeTenant(ours.owner, ours.slug, "member.edit"));
  const { path } = must(
    await inviteMember(db.app, grant, ours.tenantId, {
      ...{ email: "grace@example.com", role: "member" as const, days: null, projects: [] },
    }),
  );
  const { value } = await ask("listMembers", { params });
  expect(value.items.map(({ role }) => role).toSorted()).toEqual(["member", "owner", "viewer"]);
  const given = value.items.find(({ role }) => role === "member");
  expect(given?.projects).toMatchObject([{ project: "research", until: null, manager: null }]);
  expect(value.invitations).toMatchObject([{ email: "grace@example.com", isTooOld: false }]);
  const link = new URL(path, "https://ingot.example").searchParams.get("token");
  expect(link).toMatch(/\S{20}/);
  expect(JSON.stringify(value)).not.toContain(link);

  const seen = await viewer("listMembers", { params });
  expect(seen).toMatchObject({ status: 200, value: { invitations: null } });
  expect(seen.value.items).toHaveLength(3);
  const narrow = clientOf(db.app, await ownToken(db.app, ours.owner, ["tenant.read"]));
  expect((await narrow("listMembers", { params })).status).toBe(403);

  const { value: operators } = await operate("listOperators");
  expect(operators.items).toMatchObject([{ role: "fleet_admin", hasSecondFactor: false }]);
  expect(operators.invitations).toEqual([]);
});

test("a month's use is told to owners of their own, and to operators of all", async () => {
  const launched = await ask("launchEnvironment", {
    params: ours.place,
    body: aLaunch(fleet, "used"),
  });
  const superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  await superuser.query(
    "update allocations set started_at = now() - interval '10 seconds' where tenant_id = $1",
    [ours.tenantId],
  );
  await superuser.end();
  const { key: month } = monthAt(Date.now());
  const own = await ask("getTenantUse", {
    params: { tenant: ours.slug },
    query: { by: "environment" },
  });
  expect(own.value).toMatchObject({ month, by: "environment" });
  expect(own.value.lines).toMatchObject([
    { id: launched.value.environmentId, tenant: { slug: ours.slug } },
  ]);
  expect(own.value.gpu_seconds.held).toBeGreaterThanOrEqual(80);
  const all = await operate("getFleetUse", { query: { month } });
  expect(all.value).toMatchObject({ by: "tenant", lines: [{ tenant: { slug: ours.slug } }] });

  const params = { tenant: ours.slug };
  for (const query of [{ month: "2026-13" }, { by: "tenant" as const }]) {
    expect((await ask("getTenantUse", { params, query })).status).toBe(422);
  }
  expect((await viewer("getTenantUse", { params })).status).toBe(403);
});

test("operations on nodes are told by what they need, and one with its steps", async () => {
  const [nodeId] = fleet.racks[0]?.slice(-1) ?? [];
  if (!nodeId) throw new Error("no node");
  const ordered = await operate("inspectNode", {
    params: { node: nodeId },
    body: { level: "inspect" },
  });
  const { operationId: id } = ordered.value;
  const live = await operate("listFleetOperations", { query: { tab: "live" } });
  const [node] = await asOperator(db.app, (tx) =>
    tx.select().from(nodes).where(eq(nodes.id, nodeId)),
  );
  const mine = live.value.items.find((each) => each.id === id);
  expect(mine).toMatchObject({ kind: "node.inspect", node: { id: nodeId, name: node?.name } });
  expect(mine).not.toHaveProperty("steps");
  const one = await operate("getFleetOperation", { params: { operation: id } });
  expect(one.value.steps.length).toBeGreaterThan(1);
  expect(one.value.steps[0]?.label).toMatch(/\S/);
  for (const operation of [newId("operation"), nodeId]) {
    expect((await operate("getFleetOperation", { params: { operation } })).status).toBe(404);
  }
});

test("the fleet's webhooks are told without their paths, and not by way of a tenant", async () => {
  const grant = await givenFleetGrant(db.app, "webhook.edit");
  const url = "https://hooks.example.com/in/s3cret-path";
  const { webhookId } = must(
    await createWebhook(
      db.app,
      grant,
      { name: "Pager", url, form: "standard", certificatePem: "", kinds: ["health.critical"] },
      sealingKey,
    ),
  );
  const params = { webhook: webhookId };
  const { value } = await operate("listFleetWebhooks");
  expect(value.items).toMatchObject([{ id: webhookId, name: "Pager" }]);
  expect(JSON.stringify(value)).not.toContain("s3cret");
  expect((await operate("getFleetWebhook", { params })).value).toMatchObject({ id: webhookId });
  expect((await operate("listFleetDeliveries", { params })).value).toEqual({
    items: [],
    next: null,
  });
  const own = { tenant: ours.slug, ...params };
  expect((await ask("getWebhook", { params: own })).status).toBe(404);
  expect((await operate("getFleetWebhook", { params: { webhook: newId("webhook") } })).status).toBe(
    404,
  );
});

test("providers are told by name; of none there is nothing to tell", async () => {
  expect((await operate("listProviders")).value).toEqual({ items: [] });
  const params = { provider: newId("provider") };
  expect((await operate("getProvider", { params })).status).toBe(404);
});
