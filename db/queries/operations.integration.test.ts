import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimOperations, insertOperations } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { newId } from "#lib/domain/id";

let given: GivenConnections;

beforeAll(async () => {
  given = await givenConnections();
});

afterAll(() => given?.close());

test("what a tenant waits for has a head start, and what was begun; what has waited longer goes first all the same", async () => {
  const fleet = await givenFleet(given.app, { racks: [5] });
  const [old, fresh, begun, ofTenant, later] = fleet.racks[0] ?? [];
  if (!old || !fresh || !begun || !ofTenant || !later) throw new Error("too few nodes");
  const tenant = await givenTenant(given.app, { fleet, gpuLimit: 64 });
  const environmentId = newId("environment");
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  await asOperator(given.app, async (tx) => {
    await tx.insert(environments).values({
      id: environmentId,
      tenantId: tenant.tenantId,
      projectId: tenant.projectId,
      templateVersionId: fleet.templateVersionId,
      imageId: fleet.imageId,
      name: "waited-for",
      groups: { workers: 1 },
      authorizedKeys: [],
      createdBy: tenant.userId,
    });
    await insertOperations(tx, [
      { id: newId("operation"), kind: "node.enrol", nodeId: old },
      { id: newId("operation"), kind: "node.enrol", nodeId: fresh },
      { id: newId("operation"), kind: "node.enrol", nodeId: begun },
      { id: newId("operation"), kind: "node.deploy", nodeId: ofTenant, environmentId },
      { id: newId("operation"), kind: "node.enrol", nodeId: later },
    ]);
  });
  const order = [
    { nodeId: old, runAfter: minutesAgo(60), step: null },
    { nodeId: ofTenant, runAfter: minutesAgo(0), step: null },
    { nodeId: begun, runAfter: minutesAgo(1), step: "inventory" },
    { nodeId: fresh, runAfter: minutesAgo(2), step: null },
    { nodeId: later, runAfter: minutesAgo(-10), step: "inventory" },
  ];
  for (const { nodeId, ...state } of order) {
    await given.worker.update(operations).set(state).where(eq(operations.nodeId, nodeId));
  }
  const next = async () =>
    (
      await claimOperations(given.worker, {
        owner: "test",
        leaseMs: 60_000,
        limit: 1,
        kinds: ["node.enrol", "node.deploy"],
      })
    )[0]?.nodeId;
  expect([await next(), await next(), await next(), await next(), await next()]).toEqual([
    old,
    ofTenant,
    begun,
    fresh,
    // Not due yet.
    undefined,
  ]);
});
