import { afterAll, beforeAll, expect, test } from "vitest";
import { clientOf, givenApiTenant, givenOperator, ownToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";

// Tenants, projects, quota and the audit log by token: what an operator's pipeline sets up for a new team.

let db: GivenConnections;
let fleet: GivenFleet;
let ours: Awaited<ReturnType<typeof givenApiTenant>>;
let operate: ReturnType<typeof clientOf>;
let ask: ReturnType<typeof clientOf>;

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [1] });
  ours = await givenApiTenant(db.app, fleet);
  operate = clientOf(db.app, await ownToken(db.app, await givenOperator(db.app)));
  ask = clientOf(db.app, await ownToken(db.app, ours.owner));
});
afterAll(() => db?.close());

const gpus = { dimension: "gpus" as const, subject: "H200" };

test("a tenant is made without people, and given a quota by its name", async () => {
  const body = { slug: "acme-labs", name: "Acme Labs" };
  expect((await operate("createTenant", { body })).status).toBe(200);
  expect((await operate("createTenant", { body })).problem.title).toBe("The name is taken");
  const reserved = await operate("createTenant", { body: { ...body, slug: "fleet" } });
  expect(reserved.problem.errors?.[0]?.pointer).toBe("/slug");

  const params = { tenant: "acme-labs" };
  const set = (limit: number | null) =>
    operate("setTenantQuota", { params, body: { ...gpus, limit } });
  expect((await set(16)).value).toEqual({ limit: 16 });
  const { value: made } = await operate("getTenant", { params });
  expect(made).toMatchObject({
    slug: "acme-labs",
    quota: { items: [{ ...gpus, limit: 16, used: 0 }], projects: [] },
  });
  expect(made).not.toHaveProperty("members");
  const listed = (await operate("listTenants")).value.items.find(({ slug }) => slug === body.slug);
  expect(listed).toMatchObject({ members: 0, owners: 0, limits: 1 });
  expect((await set(null)).value).toEqual({ limit: null });
  expect((await operate("getTenant", { params: { tenant: "nobody" } })).status).toBe(404);
  const nobody = { params: { tenant: "nobody" }, body: { ...gpus, limit: 1 } };
  expect((await operate("setTenantQuota", nobody)).status).toBe(404);
});

test("an owner's token makes a project and promises it a part, never more than there is", async () => {
  const params = { tenant: ours.slug };
  const made = await ask("createProject", { params, body: { slug: "vision", name: "Vision" } });
  const { projectId } = made.value;
  const board = (await ask("getTenantQuota", { params })).value;
  const line = board.items.find(({ dimension }) => dimension === "gpus");
  expect(board.projects.map(({ slug }) => slug)).toContain("vision");
  const split = (limit: number, by = ask) =>
    by("splitQuota", {
      params,
      body: { projectId, dimension: "gpus", subject: line?.subject ?? "", limit },
    });
  expect((await split(8)).value).toEqual({ limit: 8 });
  const after = (await ask("getTenantQuota", { params })).value;
  const subject = ({ subject }: { subject: string }) => subject === line?.subject;
  expect(after.items.find(subject)?.byProject[projectId]).toEqual({ limit: 8, used: 0 });
  expect((await split(100_000)).problem.errors?.[0]?.pointer).toBe("/limit");

  // The operators' own way to it names the tenant; a project of another is none of that tenant's.
  const body = { projectId, dimension: "gpus" as const, subject: line?.subject ?? "", limit: 4 };
  expect((await operate("splitTenantQuota", { params, body })).value).toEqual({ limit: 4 });
  const elsewhere = { params: { tenant: "acme-labs" }, body };
  expect((await operate("splitTenantQuota", elsewhere)).status).toBe(404);
  const narrow = clientOf(db.app, await ownToken(db.app, ours.owner, ["tenant.read"]));
  expect((await split(1, narrow)).status).toBe(403);
});

test("the fleet's log has every tenant's events and verifies; a tenant's token sees its own", async () => {
  const all = await operate("listFleetAuditEvents", { query: { action: "quota" } });
  expect(new Set(all.value.items.map(({ tenant }) => tenant))).toEqual(
    new Set(["acme-labs", ours.slug]),
  );
  const one = await operate("listFleetAuditEvents", { query: { tenant: ours.slug } });
  expect(new Set(one.value.items.map(({ tenant }) => tenant))).toEqual(new Set([ours.slug]));
  const { value: whole } = await operate("verifyFleetAudit");
  expect(whole.chains.map(({ tenant }) => tenant)).toEqual(
    expect.arrayContaining([null, "acme-labs", ours.slug]),
  );
  expect(whole.chains.filter(({ fault }) => fault)).toEqual([]);
  const { value: own } = await ask("verifyAudit", { params: { tenant: ours.slug } });
  expect(own.chains).toMatchObject([{ tenant: ours.slug, fault: null }]);
  expect(own.chains[0]?.verifiedTo).toBe(own.chains[0]?.length);
});
