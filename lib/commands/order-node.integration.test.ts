import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { acceptVariant } from "#lib/commands/accept-variant";
import { orderNode } from "#lib/commands/order-node";
import { setAsideNode } from "#lib/commands/set-aside-node";
import { newId } from "#lib/domain/id";

let given: GivenConnections;

beforeAll(async () => {
  given = await givenConnections();
});

afterAll(() => given?.close());

test("a node that failed while a tenant holds it is ordered about by nobody", async () => {
  const fleet = await givenFleet(given.app, { racks: [1] });
  const [nodeId] = fleet.racks[0] ?? [];
  if (!nodeId) throw new Error("no node");
  const tenant = await givenTenant(given.app, { fleet, gpuLimit: 8 });
  const [environmentId, allocationId] = [newId("environment"), newId("allocation")];
  const of = { tenantId: tenant.tenantId, projectId: tenant.projectId };
  const difference = {
    field: "gpu.count",
    expected: "8",
    found: "7",
    severity: "mismatch",
    words: "GPUs: expected 8, found 7",
  } as const;
  await asOperator(given.app, async (tx) => {
    await tx.insert(environments).values({
      ...of,
      id: environmentId,
      templateVersionId: fleet.templateVersionId,
      imageId: fleet.imageId,
      name: "held",
      groups: { workers: 1 },
      authorizedKeys: [],
      createdBy: tenant.userId,
    });
    await tx.insert(allocations).values({
      ...of,
      id: allocationId,
      environmentId,
      nodeId,
      groupName: "workers",
      profileId: fleet.profileId,
      gpuModel: "H100",
      gpus: 8,
      hostname: "held-1",
    });
    await tx
      .update(nodes)
      .set({ lifecycle: "failed", differences: [difference] })
      .where(eq(nodes.id, nodeId));
  });
  const operate = await givenFleetGrant(given.app, "node.operate");
  const held = { ok: false, refusal: { reason: expect.stringContaining("A tenant holds") } };
  expect(await orderNode(given.app, operate, { nodeId, order: "verify" })).toMatchObject(held);
  const aside = { nodeId, reason: "it failed" };
  expect(await setAsideNode(given.app, operate, { ...aside, to: "retired" })).toMatchObject(held);
  expect(await setAsideNode(given.app, operate, { ...aside, to: "quarantined" })).toMatchObject(
    held,
  );
  const accepted = await acceptVariant(given.app, await givenFleetGrant(given.app, "node.enrol"), {
    nodeId,
    differences: [{ field: difference.field, words: difference.words }],
    reason: "it stays as it is",
  });
  expect(accepted.ok).toBe(true);
  expect(await given.worker.select().from(operations).where(eq(operations.nodeId, nodeId))).toEqual(
    [],
  );
});
