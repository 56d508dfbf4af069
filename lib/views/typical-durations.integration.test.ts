import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operations } from "#db/schema/operations";
import { givenOperator } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import {
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenReady } from "#e2e/fixtures/launched";
import { must } from "#e2e/world/acting";
import { authorizeFleet } from "#lib/access/authorize";
import { catalogue, cataloguePreview } from "#lib/views/catalogue";
import { launchPreflight } from "#lib/views/launch-preflight";
import { profileDetail } from "#lib/views/profiles";

// Time to ready is told by deployments that are done: the test says when each was ordered and for how long it went.

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

const minuteMs = 60_000;

/** An order of so many days ago that was carried out within so many minutes. */
function took(minutes: number, daysAgo = 1) {
  const createdAt = new Date(Date.now() - daysAgo * 24 * 60 * minuteMs);
  return { createdAt, finishedAt: new Date(createdAt.getTime() + minutes * minuteMs) };
}

/** Launches as many nodes as there are changes, and has a worker write one of them to each deployment. */
async function givenDeployed(
  given: { fleet: GivenFleet; tenant: GivenTenant; name: string },
  changes: readonly Partial<typeof operations.$inferInsert>[],
): Promise<void> {
  const { operationId, nodeIds } = await givenReady(db, { ...given, nodeCount: changes.length });
  for (const [at, change] of changes.entries()) {
    const nodeId = nodeIds[at];
    if (!nodeId) throw new Error("a node too few was launched");
    await db.worker
      .update(operations)
      .set(change)
      .where(and(eq(operations.parentId, operationId), eq(operations.nodeId, nodeId)));
  }
}

const inMinutes = (p50: number, p90: number, nodes: number) => ({
  ...{ p50Ms: p50 * minuteMs, p90Ms: p90 * minuteMs },
  nodes,
});

test("the time to ready is the median and nine in ten of a profile's deployments: a tenant's own, the fleet's of all", async () => {
  const fleet = await givenFleet(db.app, { racks: [20] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  const other = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  const elsewhere = await givenFleet(db.app, { racks: [1] });
  const stranger = await givenTenant(db.app, { fleet: elsewhere, gpuLimit: 800 });
  // One is as old as what still counts.
  await givenDeployed({ fleet, tenant, name: "train" }, [
    ...[4, 1, 10, 3, 2, 5, 7, 6, 8].map((minutes) => took(minutes)),
    took(40, 89),
  ]);
  await givenDeployed({ fleet, tenant, name: "left-out" }, [
    took(500, 91),
    { ...took(500), state: "failed" },
    { ...took(500), state: "running", finishedAt: null },
    { ...took(500), kind: "node.reclaim" },
  ]);
  await givenDeployed(
    { fleet, tenant: other, name: "serve" },
    [20, 60, 20, 30, 20].map((minutes) => took(minutes)),
  );
  await givenDeployed({ fleet: elsewhere, tenant: stranger, name: "far" }, [took(100)]);

  // Between the fifth and the sixth of ten; and a tenth of the way from the ninth to the tenth.
  const own = inMinutes(5.5, 13, 10);
  const offered = { profiles: [{ timeToReady: own }], templates: [{ timeToReady: own }] };
  expect(await catalogue(db.app, tenant.grant("project.read"))).toMatchObject(offered);
  const form = {
    ...{ name: "next", templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
    counts: { workers: 1 },
  };
  const preflight = await launchPreflight(db.app, tenant.grant("environment.launch"), form);
  expect(preflight?.checks.find(({ id }) => id === "time")?.words).toBe(
    "Usually 6 minutes, 9 in 10 within 13 minutes.",
  );
  expect(await catalogue(db.app, other.grant("project.read"))).toMatchObject({
    profiles: [{ timeToReady: inMinutes(20, 48, 5) }],
  });

  // An operator reads every tenant's rows, and is shown of a project's catalogue what the project sees.
  const reader = must(authorizeFleet(await givenOperator(db.app), "fleet.read"));
  expect(await cataloguePreview(db.app, reader, tenant.projectId)).toMatchObject(offered);
  const ofFleet = async ({ profileId }: GivenFleet) =>
    (await profileDetail(db.app, reader, profileId))?.timeToReady;
  expect(await ofFleet(fleet)).toEqual(inMinutes(8, 36, 15));
  expect(await ofFleet(elsewhere)).toEqual(inMinutes(100, 100, 1));
});
