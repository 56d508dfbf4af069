import { randomUUID } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { type GivenTenant, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { endOnNode, endOperation, givenLaunched, givenReady } from "#e2e/fixtures/launched";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { retryEnvironment } from "#lib/commands/retry-environment";
import type { Id } from "#lib/domain/id";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

async function given(input: { nodes: number; gpuLimit?: number }) {
  const fleet = await givenFleet(db.app, { racks: [input.nodes] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: input.gpuLimit ?? 800 });
  return { fleet, tenant };
}

const retry = (tenant: GivenTenant, environmentId: Id<"environment">) =>
  retryEnvironment(db.app, tenant.grant("environment.operate"), {
    requestKey: randomUUID(),
    environmentId,
  });

const childrenOf = (id: Id<"operation">) =>
  db.worker.select().from(operations).where(eq(operations.parentId, id));

const heldBy = (id: Id<"environment">) =>
  db.worker
    .select()
    .from(allocations)
    .where(and(eq(allocations.environmentId, id), isNull(allocations.releasedAt)))
    .orderBy(allocations.hostname);

const stateOf = async (id: Id<"environment">) =>
  (await db.worker.select().from(environments).where(eq(environments.id, id)))[0]?.state;

/** A launch of two nodes, the second of which failed. */
async function givenHalfFailed(nodes: number, gpuLimit?: number) {
  const { fleet, tenant } = await given({ nodes, gpuLimit });
  const launched = await givenLaunched(db, { fleet, tenant, nodeCount: 2 });
  const [good, bad] = launched.nodeIds;
  if (!good || !bad) throw new Error("no nodes");
  const parentId = launched.operationId;
  await endOnNode(db.worker, { parentId, nodeId: good, state: "succeeded", lifecycle: "active" });
  await endOnNode(db.worker, { parentId, nodeId: bad, state: "failed", lifecycle: "reserved" });
  await endOperation(db.worker, { ...launched, state: "failed", environment: "failed" });
  return { fleet, tenant, launched, good, bad };
}

test("a retried launch works on the node that failed and leaves the good one alone", async () => {
  const { tenant, launched, bad } = await givenHalfFailed(2);
  const result = await retry(tenant, launched.environmentId);
  if (!result.ok) throw new Error(result.refusal.kind);
  const children = await childrenOf(result.value.operationId);
  expect(children.map((row) => [row.kind, row.nodeId])).toEqual([["node.deploy", bad]]);
  expect(await stateOf(launched.environmentId)).toBe("provisioning");
});

test("a node that was lost is replaced by a free one, under its host name", async () => {
  const { tenant, launched, good, bad } = await givenHalfFailed(3);
  await db.worker.update(nodes).set({ lifecycle: "quarantined" }).where(eq(nodes.id, bad));
  const result = await retry(tenant, launched.environmentId);
  if (!result.ok) throw new Error(result.refusal.kind);
  const held = await heldBy(launched.environmentId);
  expect(held.map((row) => row.hostname)).toEqual(["train-1", "train-2"]);
  const [, replacement] = held;
  expect([good, bad]).not.toContain(replacement?.nodeId);
  const children = await childrenOf(result.value.operationId);
  expect(children.map((row) => row.nodeId)).toEqual([replacement?.nodeId]);
});

test("without a free node the retry is refused, and the environment stays as it was", async () => {
  const { tenant, launched, bad } = await givenHalfFailed(2);
  await db.worker.update(nodes).set({ lifecycle: "quarantined" }).where(eq(nodes.id, bad));
  expect(await retry(tenant, launched.environmentId)).toMatchObject({
    ok: false,
    refusal: { kind: "no_capacity", requested: 1, free: 0 },
  });
  expect(await stateOf(launched.environmentId)).toBe("failed");
  expect(await heldBy(launched.environmentId)).toHaveLength(2);
});

test("a node whose allocation was closed is counted against the quota again", async () => {
  const { tenant, fleet, launched, bad } = await givenHalfFailed(4, 16);
  await db.worker
    .update(allocations)
    .set({ releasedAt: new Date() })
    .where(and(eq(allocations.nodeId, bad), isNull(allocations.releasedAt)));
  await givenLaunched(db, { tenant, fleet, nodeCount: 1, name: "other" });
  expect(await retry(tenant, launched.environmentId)).toMatchObject({
    refusal: { kind: "quota_exceeded", requested: 8, limit: 16, used: 16 },
  });
});

test("a retried restart works on the nodes that did not get through", async () => {
  const { fleet, tenant } = await given({ nodes: 3 });
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 3 });
  const restarted = await operateEnvironment(db.app, tenant.grant("environment.operate"), {
    requestKey: randomUUID(),
    environmentId: ready.environmentId,
    command: "restart",
  });
  if (!restarted.ok) throw new Error(restarted.refusal.kind);
  const parentId = restarted.value.operationId;
  const [first, second, third] = ready.nodeIds;
  if (!first || !second || !third) throw new Error("no nodes");
  await endOnNode(db.worker, { parentId, nodeId: first, state: "succeeded", lifecycle: "active" });
  await endOnNode(db.worker, { parentId, nodeId: second, state: "failed", lifecycle: "failed" });
  await endOnNode(db.worker, { parentId, nodeId: third, state: "aborted", lifecycle: "failed" });
  await endOperation(db.worker, {
    environmentId: ready.environmentId,
    operationId: parentId,
    state: "failed",
    environment: "failed",
  });
  const result = await retry(tenant, ready.environmentId);
  if (!result.ok) throw new Error(result.refusal.kind);
  const children = await childrenOf(result.value.operationId);
  expect(children.map((row) => row.nodeId).sort()).toEqual([second, third].sort());
  expect(new Set(children.map((row) => row.kind))).toEqual(new Set(["node.restart"]));
  expect(await stateOf(ready.environmentId)).toBe("restarting");
});

test("with every node through, a retry finds the work done", async () => {
  const { tenant, launched, bad } = await givenHalfFailed(2);
  await db.worker.update(nodes).set({ lifecycle: "active" }).where(eq(nodes.id, bad));
  expect((await retry(tenant, launched.environmentId)).ok).toBe(true);
  expect(await stateOf(launched.environmentId)).toBe("ready");
});

test("an environment that has not failed cannot be retried", async () => {
  const { fleet, tenant } = await given({ nodes: 1 });
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  expect(await retry(tenant, ready.environmentId)).toMatchObject({
    refusal: { kind: "wrong_state", command: "retry", state: "ready" },
  });
});
