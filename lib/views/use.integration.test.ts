import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heldHoursByEnvironment, heldHoursByProject } from "#db/queries/held-hours";
import { allocations } from "#db/schema/environments";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { withGrant } from "#lib/access/with-grant";
import { daysOfUse, readUse } from "#lib/views/use";

// Use is told by the allocations: each test says when nodes were held, to the hour.

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

/** Two 8-GPU nodes, held from and to so many hours after the last midnight (UTC). */
async function given(fromHours: number, toHours: number | null) {
  const fleet = await givenFleet(db.app, { racks: [2] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 16 });
  const launched = await givenLaunched(db, { fleet, tenant, nodeCount: 2 });
  const at = (hours: number) =>
    sql`date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' + ${hours} * interval '1 hour'`;
  await asOperator(db.app, (tx) =>
    tx
      .update(allocations)
      .set({ startedAt: at(fromHours), releasedAt: toHours === null ? null : at(toHours) })
      .where(eq(allocations.environmentId, launched.environmentId)),
  );
  const scope = { tenantId: tenant.tenantId, projectIds: [tenant.projectId] };
  const grant = tenant.grant("project.read");
  const asked = <T>(work: Parameters<typeof withGrant<T>>[2]) => withGrant(db.app, grant, work);
  return { ...launched, tenant, scope, asked, use: () => asked((tx) => readUse(tx, scope)) };
}

test("a day on which nothing was held is there, with nothing", async () => {
  const { use } = await given(-72, -71);
  const { days } = await use();
  expect(days).toHaveLength(daysOfUse);
  expect(days.filter((day) => day.nodeHours > 0)).toHaveLength(1);
  expect(days.at(-1)?.day).toBe(new Date().toISOString().slice(0, 10));
});

test("what was held over midnight counts on both days, as much as fell into each", async () => {
  const { use } = await given(-30, -22);
  const { days, nodeHours, gpuHours } = await use();
  expect(days.at(-3)).toMatchObject({ nodeHours: 2 * 6, gpuHours: 16 * 6 });
  expect(days.at(-2)).toMatchObject({ nodeHours: 2 * 2, gpuHours: 16 * 2 });
  expect({ nodeHours, gpuHours }).toEqual({ nodeHours: 2 * 8, gpuHours: 16 * 8 });
});

test("what is still held counts until now, and what began before the window from its first day on", async () => {
  const { use, asked, scope, environmentId } = await given(-24 * (daysOfUse + 5), null);
  const { days, gpuHours } = await use();
  expect(days[0]?.nodeHours).toBeCloseTo(2 * 24, 5);
  const hoursToday = (Date.now() % 86_400_000) / 3_600_000;
  expect(gpuHours).toBeCloseTo(16 * ((daysOfUse - 1) * 24 + hoursToday), 0);

  const inWindow = { ...scope, days: daysOfUse };
  const [most] = await asked((tx) => heldHoursByEnvironment(tx, inWindow, 5));
  expect(most).toMatchObject({ id: environmentId, released: false });
  expect(most?.gpuHours).toBeCloseTo(gpuHours, 0);
  const byProject = await asked((tx) => heldHoursByProject(tx, inWindow));
  expect(byProject.get(scope.projectIds[0] as never)?.gpuHours).toBeCloseTo(gpuHours, 0);
});

test("another tenant's use is nobody's to read, whatever is asked for", async () => {
  const theirs = await given(-10, -5);
  const ours = await given(-10, -9);
  const peek = await ours.asked((tx) => readUse(tx, theirs.scope));
  expect(peek.nodeHours).toBe(0);
});

test("no project, no use", async () => {
  const { asked, scope } = await given(-2, -1);
  const use = await asked((tx) => readUse(tx, { ...scope, projectIds: [] }));
  expect(use.nodeHours).toBe(0);
  expect(use.days).toHaveLength(daysOfUse);
});
