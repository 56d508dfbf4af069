import { afterAll, beforeAll, expect, test } from "vitest";
import { listQuotaLines } from "#db/queries/quotas";
import { quotas } from "#db/schema/quotas";
import { projects } from "#db/schema/tenants";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import {
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import { setProjectQuota } from "#lib/commands/set-project-quota";
import { setTenantQuota } from "#lib/commands/set-tenant-quota";
import { type Id, newId } from "#lib/domain/id";
import { readQuotaBoard } from "#lib/views/quota-board";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
  // So that H200 is a model of the catalogue.
  await givenFleet(db.app, { racks: [1] });
});
afterAll(() => db?.close());

const h200 = { dimension: "gpus", subject: "H200" } as const;

async function given() {
  const organisation = await givenOrganisation(db.app);
  const { tenantId, projects } = organisation;
  const operator = await givenFleetGrant(db.app, "quota.edit");
  const admin = await givenMember(db.app, organisation, "admin");
  const splitter = await tenantGrantOf(db.app, admin.userId, organisation.slug, "quota.split");
  return {
    tenantId,
    projectId: (slug: string) => projects[slug] as Id<"project">,
    tenant: (limit: number | null) =>
      setTenantQuota(db.app, operator, { tenantId, ...h200, limit }),
    project: (slug: string, limit: number | null) =>
      setProjectQuota(db.app, splitter, tenantId, {
        projectId: projects[slug] as Id<"project">,
        ...h200,
        limit,
      }),
    splitter,
    line: async () => {
      const board = await asOperator(db.app, (tx) => readQuotaBoard(tx, tenantId));
      return board.lines.find((line) => line.subject === "H200");
    },
  };
}

test("the projects' parts together never pass the tenant's, in words that say what is left", async () => {
  const quota = await given();
  expect((await quota.tenant(80)).ok).toBe(true);
  expect((await quota.project("vision", 64)).ok).toBe(true);
  const refused = await quota.project("speech", 24);
  expect(refused).toMatchObject({
    refusal: { fields: { limit: expect.stringContaining("Promise at most 16 here") } },
  });
  expect((await quota.project("speech", 16)).ok).toBe(true);
  expect(await quota.line()).toMatchObject({
    limit: 80,
    byProject: {
      [quota.projectId("vision")]: { limit: 64, used: 0 },
      [quota.projectId("speech")]: { limit: 16, used: 0 },
    },
  });
});

test("ten who split at the same moment do not pass it together either", async () => {
  const quota = await given();
  await quota.tenant(80);
  await Promise.all(
    Array.from({ length: 10 }, (_, i) => quota.project(i % 2 ? "vision" : "speech", 40 + i)),
  );
  const line = await quota.line();
  const promised = Object.values(line?.byProject ?? {}).reduce(
    (sum, { limit }) => sum + (limit ?? 0),
    0,
  );
  expect(promised).toBeGreaterThan(0);
  expect(promised).toBeLessThanOrEqual(80);
});

test("the tenant's own limit does not sink below what its projects are promised", async () => {
  const quota = await given();
  await quota.tenant(80);
  await quota.project("vision", 64);
  expect(await quota.tenant(63)).toMatchObject({
    refusal: { fields: { limit: expect.stringContaining("Keep at least 64") } },
  });
  expect((await quota.tenant(null)).ok).toBe(false);
  expect((await quota.project("vision", null)).ok).toBe(true);
  expect((await quota.tenant(null)).ok).toBe(true);
  expect(await quota.line()).toBeUndefined();
});

test("the limit may sink below what is held, and what is held is shown without a limit too", async () => {
  const fleet = await givenFleet(db.app, { racks: [2] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 16 });
  await givenLaunched(db, { fleet, tenant, nodeCount: 2 });
  const operator = await givenFleetGrant(db.app, "quota.edit");
  const { tenantId, projectId } = tenant;
  const lowered = await setTenantQuota(db.app, operator, { tenantId, ...h200, limit: 8 });
  expect(lowered.ok).toBe(true);
  await setTenantQuota(db.app, operator, { tenantId, ...h200, limit: null });
  const board = await asOperator(db.app, (tx) => readQuotaBoard(tx, tenantId));
  expect(board.lines).toMatchObject([
    { subject: "H200", limit: null, used: 16, byProject: { [projectId]: { used: 16 } } },
  ]);
});

// Guarantee: a project's part is its own. Goes red when the tables' names are left out of the count.
test("what another project or tenant holds takes nothing of a project's limit", async () => {
  const fleet = await givenFleet(db.app, { racks: [3] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 80 });
  const stranger = await givenTenant(db.app, { fleet, gpuLimit: 80 });
  await givenLaunched(db, { fleet, tenant, nodeCount: 2 });
  await givenLaunched(db, { fleet, tenant: stranger, nodeCount: 1 });
  const { tenantId } = tenant;
  const other = newId("project");
  const lines = await asOperator(db.app, async (tx) => {
    await tx.insert(projects).values({ id: other, tenantId, slug: "vision", name: "Vision" });
    await tx.insert(quotas).values({ tenantId, projectId: other, ...h200, limit: 16 });
    return listQuotaLines(tx, tenantId, other);
  });
  expect(lines.map(({ scope, used }) => [scope, used]).sort()).toEqual([
    ["project", 0],
    ["tenant", 16],
  ]);
});

test("nobody splits another tenant's quota", async () => {
  const quota = await given();
  const other = await given();
  await other.tenant(80);
  const answer = await setProjectQuota(db.app, quota.splitter, other.tenantId, {
    projectId: other.projectId("vision"),
    ...h200,
    limit: 0,
  });
  expect(answer).toMatchObject({ refusal: { kind: "not_found" } });
});

test("a limit is about something of the catalogue", async () => {
  const quota = await given();
  const operator = await givenFleetGrant(db.app, "quota.edit");
  const unknown = { tenantId: quota.tenantId, dimension: "gpus", subject: "Voodoo2" } as const;
  expect(await setTenantQuota(db.app, operator, { ...unknown, limit: 8 })).toMatchObject({
    refusal: { kind: "not_found" },
  });
});
