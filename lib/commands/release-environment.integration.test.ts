import { randomUUID } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import { asOperator, type GivenTenant, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched, givenReady } from "#e2e/fixtures/launched";
import { releaseEnvironment } from "#lib/commands/release-environment";
import type { Id } from "#lib/domain/id";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

async function given(gpuLimit = 800) {
  const fleet = await givenFleet(db.app, { racks: [4] });
  return { fleet, tenant: await givenTenant(db.app, { fleet, gpuLimit }) };
}

const release = (
  tenant: GivenTenant,
  environmentId: Id<"environment">,
  confirmName = "train",
  requestKey = randomUUID(),
) =>
  releaseEnvironment(db.app, tenant.grant("environment.release"), {
    requestKey,
    environmentId,
    confirmName,
  });

const stateOf = async (id: Id<"environment">) =>
  (await db.worker.select().from(environments).where(eq(environments.id, id)))[0]?.state;

test("a release frees the quota in its own commit, while the nodes are still being wiped", async () => {
  const { fleet, tenant } = await given(16);
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 2 });
  await expect(givenLaunched(db, { fleet, tenant, nodeCount: 2, name: "next" })).rejects.toThrow(
    "needs 16 H200 GPUs and 0",
  );
  expect((await release(tenant, ready.environmentId)).ok).toBe(true);
  const next = await givenLaunched(db, { fleet, tenant, nodeCount: 2, name: "next" });
  expect(await stateOf(ready.environmentId)).toBe("releasing");
  // Not the same nodes: those go through reclaiming and wiping first.
  expect(next.nodeIds.filter((id) => ready.nodeIds.includes(id))).toEqual([]);
  const states = await db.worker
    .select({ lifecycle: nodes.lifecycle })
    .from(nodes)
    .where(inArray(nodes.id, ready.nodeIds));
  expect(states.map((row) => row.lifecycle)).toEqual(["releasing", "releasing"]);
});

test("a release needs the environment's own name", async () => {
  const { fleet, tenant } = await given();
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  expect(await release(tenant, ready.environmentId, "Train")).toMatchObject({
    ok: false,
    refusal: { kind: "invalid_input", fields: { confirmName: expect.stringContaining("train") } },
  });
  expect(await stateOf(ready.environmentId)).toBe("ready");
});

test("several nodes are given back by who proved lately that it is they, one by anyone who may", async () => {
  const { fleet, tenant } = await given();
  const grant = { ...tenant.grant("environment.release"), proofDue: [{ kind: "code" as const }] };
  const free = (environmentId: Id<"environment">, confirmName: string) =>
    releaseEnvironment(db.app, grant, { requestKey: randomUUID(), environmentId, confirmName });
  const two = await givenReady(db, { fleet, tenant, nodeCount: 2 });
  expect(await free(two.environmentId, "train")).toEqual({
    ok: false,
    refusal: { kind: "proof_due", by: grant.proofDue },
  });
  expect(await stateOf(two.environmentId)).toBe("ready");
  const one = await givenReady(db, { fleet, tenant, nodeCount: 1, name: "small" });
  expect((await free(one.environmentId, "small")).ok).toBe(true);
});

test("a release in the middle of a launch supersedes it, and waits until its worker cannot act", async () => {
  const { fleet, tenant } = await given();
  const launched = await givenLaunched(db, { fleet, tenant, nodeCount: 2 });
  const leaseUntil = new Date(Date.now() + 40_000);
  const [busy] = launched.nodeIds;
  if (!busy) throw new Error("no node");
  const [claimed] = await db.worker
    .update(operations)
    .set({ state: "running", fence: 7, leaseOwner: "w1", leaseUntil })
    .where(eq(operations.nodeId, busy))
    .returning();

  const result = await release(tenant, launched.environmentId);
  if (!result.ok) throw new Error(result.refusal.kind);

  const earlier = await db.worker
    .select()
    .from(operations)
    .where(eq(operations.parentId, launched.operationId));
  expect(earlier.map((row) => row.state)).toEqual(["superseded", "superseded"]);
  expect(earlier.find((row) => row.id === claimed?.id)?.fence).toBe(8);
  const reclaims = await db.worker
    .select()
    .from(operations)
    .where(eq(operations.parentId, result.value.operationId));
  expect(reclaims.map((row) => [row.kind, row.state])).toEqual([
    ["node.reclaim", "ready"],
    ["node.reclaim", "ready"],
  ]);
  const runAfter = new Map(reclaims.map((row) => [row.nodeId, row.runAfter]));
  expect(runAfter.get(busy)).toEqual(leaseUntil);
  for (const [nodeId, at] of runAfter) {
    if (nodeId !== busy) expect(at.getTime()).toBeLessThan(leaseUntil.getTime());
  }
});

test("releasing twice with one key is one release; with another key it is refused", async () => {
  const { fleet, tenant } = await given();
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  const key = randomUUID();
  const [first, second] = await Promise.all([
    release(tenant, ready.environmentId, "train", key),
    release(tenant, ready.environmentId, "train", key),
  ]);
  expect(first.ok).toBe(true);
  expect(second).toEqual(first);
  expect(await release(tenant, ready.environmentId)).toMatchObject({
    refusal: { kind: "wrong_state", state: "releasing" },
  });
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.tenantId, tenant.tenantId)),
  );
  expect(events.filter((event) => event.action === "environment.release")).toMatchObject([
    { detail: { from: "ready", gpusFreed: 8 } },
  ]);
});

test("an environment whose only node was taken aside is released at once, the node stays aside", async () => {
  const { fleet, tenant } = await given();
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  const [nodeId] = ready.nodeIds;
  if (!nodeId) throw new Error("no node");
  await db.worker.update(nodes).set({ lifecycle: "quarantined" }).where(eq(nodes.id, nodeId));
  const points = ["on_completion", "after_release", "before_release"] as const;
  const hooks = points.map((point) => aHook({ name: point, kind: "wait", point }));
  const { templateVersionId } = fleet;
  await asOperator(db.app, (tx) =>
    tx.update(templateVersions).set({ hooks }).where(eq(templateVersions.id, templateVersionId)),
  );
  expect((await release(tenant, ready.environmentId)).ok).toBe(true);
  expect(await stateOf(ready.environmentId)).toBe("released");
  const [node] = await db.worker.select().from(nodes).where(eq(nodes.id, nodeId));
  expect(node?.lifecycle).toBe("quarantined");
  const rows = await db.worker
    .select()
    .from(allocations)
    .where(eq(allocations.environmentId, ready.environmentId));
  expect(rows.map((row) => row.releasedAt !== null)).toEqual([true]);
  // No step brings what comes before one, and still it comes, first of all, and names what is given back.
  const runs = await db.worker
    .select()
    .from(hookRuns)
    .where(eq(hookRuns.environmentId, ready.environmentId))
    .orderBy(hookRuns.position);
  expect(runs.map(({ name, isGate, input }) => [name, isGate, input.nodes])).toEqual(
    ["before_release", "after_release", "on_completion"].map((name) => [
      ...[name, false],
      [{ hostname: rows[0]?.hostname, group: "workers" }],
    ]),
  );
});

test("another tenant cannot release it", async () => {
  const { fleet, tenant } = await given();
  const { tenant: other } = await given();
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  expect(await release(other, ready.environmentId)).toEqual({
    ok: false,
    refusal: { kind: "not_found", resource: "environment" },
  });
});
