import { afterAll, beforeAll, expect, test } from "vitest";
import { inScope } from "#db/client";
import { takeFreeNodes } from "#db/queries/free-nodes";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

/** What it takes to find one node of a fleet, in milliseconds: the middle of several times. */
async function timeToTake(fleet: GivenFleet): Promise<number> {
  const { tenantId: tenant, userId: user } = await givenTenant(db.app, { fleet, gpuLimit: 8 });
  const took: number[] = [];
  for (let n = 0; n < 9; n++) {
    const began = performance.now();
    const taken = await inScope(db.app, { tenant, user, fleet: "" }, (tx) =>
      takeFreeNodes(tx, [{ nodeTypeId: fleet.nodeTypeId, count: 1 }]),
    );
    took.push(performance.now() - began);
    expect(taken.ok).toBe(true);
  }
  return took.sort((a, b) => a - b)[4] ?? Number.NaN;
}

test("a launch finds its node among 1,500 free ones nearly as soon as among 30", async () => {
  const few = await timeToTake(await givenFleet(db.app, { racks: [30] }));
  const many = await timeToTake(await givenFleet(db.app, { racks: Array(50).fill(30) }));
  // In proportion it would be 50 times as long at most; each beside each other 2,500 times.
  expect(many / few).toBeLessThan(40);
});
