import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { allocations } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { images } from "#db/schema/images";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { must } from "#e2e/world/acting";
import { type Actor, authorizeFleet } from "#lib/access/authorize";
import { rehearseHook } from "#lib/commands/rehearse-hook";
import { replayHook } from "#lib/commands/replay-hook";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { type Id, newId } from "#lib/domain/id";
import { replayScreen } from "#lib/views/dry-runs";

// To lend a node to a replay of a past run: what of the run goes with it, and what is refused in words. The
// page says the same before anybody presses.

let db: GivenConnections;
let fleet: GivenFleet;
let other: GivenFleet;
let tenant: GivenTenant;
let launched: Awaited<ReturnType<typeof givenLaunched>>;
let free: Id<"node">;
const operator: Actor = {
  ...{ userId: newId("user"), name: "Olga", email: "olga@example.com" },
  ...{ operatorRole: "fleet_admin", memberships: [], requestId: "test", ipAddress: null },
};
const script = { text: "#!/bin/sh\necho hello\n", outputs: [] };
const prepare = aHook({ name: "prepare", kind: "script", point: "after_bootstrap", script });

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [2] });
  other = await givenFleet(db.app, { racks: [1] });
  tenant = await givenTenant(db.app, { fleet, gpuLimit: 64 });
  launched = await givenLaunched(db, { fleet, tenant, nodeCount: 1 });
  free = fleet.racks[0]?.find((id) => !launched.nodeIds.includes(id)) as Id<"node">;
});

beforeEach(async () => {
  // As it is when what was tried before is over.
  await db.worker.execute(sql`delete from dry_runs`);
  await db.worker
    .update(operations)
    .set({ state: "succeeded", finishedAt: sql`now()` })
    .where(eq(operations.nodeId, free));
  await asOperator(db.app, (tx) =>
    tx.update(nodes).set({ lifecycle: "available" }).where(eq(nodes.id, free)),
  );
});

afterAll(() => db?.close());

/** A run of a hook in the environment, with its script on the environment's node where it came to one. */
async function past(
  definition: TemplateHook,
  change: Partial<typeof hookRuns.$inferInsert> = {},
  wasOnNode = true,
): Promise<Id<"hookRun">> {
  const { tenantId, projectId } = tenant;
  const { environmentId, operationId } = launched;
  const place = { tenantId, projectId, environmentId };
  const { point } = definition;
  const id = newId("hookRun");
  // Of one name there may be one run in an operation.
  const name = id.toLowerCase().replace("_", "-");
  await db.worker.insert(hookRuns).values({
    ...{ ...place, id, operationId, name, point, definition, position: 0, isGate: true },
    ...{ state: "failed", input: { event: "deploy", inputs: { size: 3 } }, ...change },
  });
  if (!wasOnNode) return id;
  const [held] = await db.worker
    .select()
    .from(allocations)
    .where(eq(allocations.environmentId, environmentId));
  await db.worker.insert(scriptRuns).values({
    ...{ ...place, id: newId("scriptRun"), hookRunId: id, operationId, attempt: 1 },
    ...{ allocationId: held?.id, hostname: held?.hostname ?? "", state: "failed", exitCode: 3 },
  });
  return id;
}

function lend(hookRunId: Id<"hookRun">, nodeId = free) {
  return rehearseHook(db.app, must(authorizeFleet(operator, "node.operate")), {
    ...{ hookRunId, nodeId },
  });
}

const againstOnPage = async (id: Id<"hookRun">) =>
  (await replayScreen(db.app, must(authorizeFleet(operator, "fleet.read")), id))?.against;

const refusedWith = (reason: string | RegExp) => ({
  ok: false,
  refusal: { kind: "not_now", reason: expect.stringMatching(reason) },
});

test("the node is given what the run had, by its own definition; both logs tell of it", async () => {
  const id = await past(prepare);
  const viewer = { ...operator, operatorRole: "fleet_viewer" as const };
  expect(authorizeFleet(viewer, "node.operate")).toMatchObject({ ok: false });
  const before = await db.worker.select().from(hookRuns);
  const { dryRunId, operationId } = must(await lend(id));
  const [run] = await db.worker.select().from(dryRuns).where(eq(dryRuns.id, dryRunId));
  expect(run).toMatchObject({ replayOf: id, operationId, requestedByName: "Olga" });
  const calls = await db.worker.select().from(dryCalls).where(eq(dryCalls.dryRunId, dryRunId));
  expect(calls).toMatchObject([
    {
      ...{ state: "ready", operation: "environment.launch", definition: prepare },
      input: { event: "deploy", inputs: { size: 3 } },
    },
  ]);
  const [operation] = await db.worker
    .select()
    .from(operations)
    .where(eq(operations.id, operationId));
  expect(operation).toMatchObject({
    ...{ kind: "node.rehearse", tenantId: null, environmentId: null, nodeId: free },
    input: {
      rehearsal: {
        ...{ imageId: fleet.imageId, hostname: "dry-run-1", values: { size: 3 } },
        profile: { gpuSharing: "none" },
      },
    },
  });
  expect(await db.worker.select().from(hookRuns)).toEqual(before);
  const audit = await asOperator(db.app, (tx) => tx.select().from(auditEvents));
  const told = audit.filter(({ action }) => ["hook.replay", "node.lend"].includes(action));
  expect(told.map(({ action, objectId, tenantId }) => [action, objectId, tenantId])).toEqual(
    expect.arrayContaining([
      ["hook.replay", launched.environmentId, tenant.tenantId],
      ["node.lend", free, null],
    ]),
  );
  // One at a time, of the version as of the node.
  const busy = "A dry run of its template's version is under way.";
  expect(await lend(id)).toMatchObject(refusedWith(busy));
  expect(await againstOnPage(id)).toBe(busy);
});

test("of two that lend the last node at once one has it", async () => {
  const id = await past(prepare);
  const both = await Promise.all([lend(id), lend(id)]);
  expect(both.filter((each) => each.ok)).toHaveLength(1);
});

test("a run that has not ended, was skipped, came to no node or ran on none is refused in words", async () => {
  for (const [definition, change, wasOnNode, words] of [
    [prepare, { state: "waiting" }, true, "It has not ended."],
    [prepare, { state: "skipped" }, false, "It was skipped: it ran on no node."],
    [prepare, { state: "cancelled" }, false, "It came to no node before it ended."],
    [aHook({ name: "lead", kind: "approval" }), {}, false, /^Only a hook that asks a provider or/],
    [aHook({ name: "pause", kind: "wait" }), {}, false, /^Only a hook that asks a provider or/],
  ] as const) {
    const id = await past(definition, change, wasOnNode);
    expect(await lend(id)).toMatchObject(refusedWith(words));
    expect(await againstOnPage(id)).toMatch(words);
  }
  const asked = await past(aHook({ name: "ticket", kind: "http" }), {}, false);
  expect(await lend(asked)).toMatchObject(refusedWith("It asked a provider"));
  const ran = await past(prepare);
  const may = must(authorizeFleet(operator, "catalogue.edit"));
  expect(await replayHook(db.app, may, { hookRunId: ran })).toMatchObject(
    refusedWith("It ran on nodes: a replay of it takes one."),
  );
  expect(await lend(newId("hookRun"))).toMatchObject({
    refusal: { kind: "not_found", resource: "hook run" },
  });
});

test("a node that is not free or of another type, and an image that is no more approved, are refused", async () => {
  const id = await past(aHook({ ...prepare, kind: "wait" }));
  const [held] = launched.nodeIds;
  expect(await lend(id, held)).toMatchObject(refusedWith(/is not free: it is /));
  const [[elsewhere] = []] = other.racks;
  expect(await lend(id, elsewhere)).toMatchObject(refusedWith(/is a type-.*, and the version/));
  expect(await lend(id, newId("node"))).toMatchObject({
    refusal: { kind: "not_found", resource: "node" },
  });
  const state = (to: "approved" | "retired") =>
    asOperator(db.app, (tx) =>
      tx.update(images).set({ state: to }).where(eq(images.id, fleet.imageId)),
    );
  await state("retired");
  expect(await lend(id)).toMatchObject(
    refusedWith(/^Its environment boots ubuntu-.* 24.04, which/),
  );
  await state("approved");
  expect(await againstOnPage(id)).toBeNull();
  await asOperator(db.app, (tx) =>
    tx.update(nodes).set({ cordoned: true }).where(eq(nodes.id, free)),
  );
  expect(await againstOnPage(id)).toMatch(/^No type-.* is free\.$/);
  await asOperator(db.app, (tx) =>
    tx.update(nodes).set({ cordoned: false }).where(eq(nodes.id, free)),
  );
  expect(await db.worker.$count(dryRuns)).toBe(0);
});
