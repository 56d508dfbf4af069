import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Connection, connect } from "#db/client";
import { templateVersions } from "#db/schema/catalogue";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { images } from "#db/schema/images";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { must } from "#e2e/world/acting";
import { type Actor, authorizeFleet } from "#lib/access/authorize";
import { newSealingKeys } from "#lib/access/sealed";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { placeHold } from "#lib/commands/place-hold";
import { rehearseTemplate } from "#lib/commands/rehearse-template";
import { setAsideNode } from "#lib/commands/set-aside-node";
import { startDryRun } from "#lib/commands/start-dry-run";
import { takeBackHold } from "#lib/commands/take-back-hold";
import { type Id, newId } from "#lib/domain/id";
import type { RehearseTemplateInput } from "#lib/schemas/dry-run";

// To lend a node: who may, what is refused, and that one node is never two people's.

let database: GivenDatabase;
let app: Connection;
let worker: Connection;
let fleet: GivenFleet;
let other: GivenFleet;
let tenant: GivenTenant;
let nodeId: Id<"node">;
const keys = newSealingKeys();
const operator: Actor = {
  ...{ userId: newId("user"), name: "Olga", email: "olga@example.com" },
  ...{ operatorRole: "fleet_admin", memberships: [], requestId: "test", ipAddress: null },
};
const script = { text: "#!/bin/sh\necho hello\n", outputs: [] };
const prepare = aHook({ name: "prepare", kind: "script", point: "after_bootstrap", script });

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app", max: 12 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 2 });
  fleet = await givenFleet(app.db, { racks: [1] });
  other = await givenFleet(app.db, { racks: [1] });
  tenant = await givenTenant(app.db, { fleet, gpuLimit: 64 });
  nodeId = fleet.racks[0]?.[0] as Id<"node">;
});

beforeEach(async () => {
  await offer({});
  // As it is when what was tried before is over.
  await worker.db.execute(sql`delete from dry_runs`);
  await worker.db
    .update(operations)
    .set({ state: "succeeded", finishedAt: sql`now()` })
    .where(eq(operations.nodeId, nodeId));
  await setNode({ lifecycle: "available" });
});

afterAll(async () => {
  await Promise.all([app?.pool.end(), worker?.pool.end()]);
  await database?.drop();
});

async function offer(change: Partial<typeof templateVersions.$inferInsert>) {
  await asOperator(app.db, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks: [prepare], inputs: [], state: "published", ...change })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
}

async function setNode(change: Partial<typeof nodes.$inferInsert>) {
  await asOperator(app.db, (tx) => tx.update(nodes).set(change).where(eq(nodes.id, nodeId)));
}

function lend(change: Partial<RehearseTemplateInput> = {}) {
  const { templateVersionId } = fleet;
  const input = { templateVersionId, counts: { workers: 1 }, inputs: {}, hook: null, nodeId };
  return rehearseTemplate(app.db, must(authorizeFleet(operator, "node.operate")), {
    ...input,
    ...change,
  });
}

function launch(name: string) {
  return launchEnvironment(
    app.db,
    tenant.grant("environment.launch"),
    {
      requestKey: randomUUID(),
      name,
      templateVersionId: fleet.templateVersionId,
      imageId: fleet.imageId,
      counts: { workers: 1 },
      sshKeyIds: [tenant.keyId],
      pastedKey: "",
    },
    keys.publicKey,
  );
}

const refusedWith = (reason: string | RegExp) => ({
  ok: false,
  refusal: { kind: "not_now", reason: expect.stringMatching(reason) },
});

test("an operator who may only look may not lend", () => {
  const viewer = { ...operator, operatorRole: "fleet_viewer" as const };
  expect(authorizeFleet(viewer, "node.operate")).toMatchObject({ ok: false });
});

test("of two dry runs and a launch that want the last node at once, one has it", async () => {
  for (let round = 0; round < 5; round++) {
    await setNode({ lifecycle: "available" });
    const two = await Promise.all([lend(), launch(`last-${round}`), lend()]);
    expect(two.filter((result) => result.ok)).toHaveLength(1);
    for (const result of two) {
      if (result.ok) continue;
      expect(["not_now", "no_capacity"]).toContain(result.refusal.kind);
    }
    const live = await worker.db.$count(
      operations,
      sql`${operations.nodeId} = ${nodeId} and ${operations.finishedAt} is null`,
    );
    expect(live).toBe(1);
    await asOperator(app.db, async (tx) => {
      await tx.execute(
        sql`update allocations set released_at = clock_timestamp() where released_at is null`,
      );
    });
    await worker.db.execute(sql`delete from dry_runs`);
    await worker.db.execute(
      sql`update operations set state = 'superseded', finished_at = now() where finished_at is null`,
    );
  }
});

test("a node that is not free, on hold, lent already or of another type is refused in words", async () => {
  const name = (await asOperator(app.db, (tx) => tx.select().from(nodes))).find(
    ({ id }) => id === nodeId,
  )?.name;
  for (const [change, words] of [
    [{ lifecycle: "active" }, "is not free: it is active."],
    [{ maintenance: true }, "is not free: it is in maintenance."],
    [{ cordoned: true }, "is not free: it is cordoned."],
  ] as const) {
    await setNode(change);
    expect(await lend()).toMatchObject(refusedWith(`${name} ${words}`));
    await setNode({ lifecycle: "available", maintenance: false, cordoned: false });
  }
  const { templateVersionId } = fleet;
  const wanted = { templateVersionId, counts: { workers: 1 } };
  const held = must(await placeHold(app.db, tenant.grant("environment.launch"), wanted));
  expect(await lend()).toMatchObject(refusedWith(`${name} is on hold for a tenant's launch.`));
  const may = must(authorizeFleet(operator, "node.operate"));
  must(await takeBackHold(app.db, may, { holdId: held.holdId }));
  const [[elsewhere] = []] = other.racks;
  expect(await lend({ nodeId: elsewhere as Id<"node"> })).toMatchObject(
    refusedWith(
      /is a type-.*, and the version takes type-.*: the image of another is not for it\./,
    ),
  );
  expect(await lend({ nodeId: newId("node") })).toMatchObject({
    refusal: { kind: "not_found", resource: "node" },
  });
  must(await lend());
  // What runs on it is wiped first.
  const retire = { nodeId, to: "retired", reason: "It is sold" } as const;
  expect(await setAsideNode(app.db, may, retire)).toMatchObject(refusedWith(/^A wipe is due/));
  // Of another version, since one of this one is under way.
  const theirs = other.templateVersionId;
  await asOperator(app.db, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks: [prepare] })
      .where(eq(templateVersions.id, theirs)),
  );
  expect(await lend({ templateVersionId: theirs })).toMatchObject(
    refusedWith(/is lent to a dry run of .* already\./),
  );
});

test("nothing is lent where no script would run, the image is not approved, or one is under way", async () => {
  await offer({ hooks: [] });
  expect(await lend()).toMatchObject(refusedWith("It has no script that would run."));
  const skipIf = { input: "storage", is: "equal", value: "none" } as const;
  await offer({
    inputs: [anInput({ name: "storage", type: "enum", options: ["nfs", "none"], default: "none" })],
    hooks: [{ ...prepare, skipIf }],
  });
  expect(await lend()).toMatchObject(refusedWith("Skipped, since"));
  expect(await lend({ inputs: { storage: "cephfs" } })).toMatchObject({
    refusal: { kind: "invalid_input" },
  });
  await offer({ state: "retired" });
  expect(await lend()).toMatchObject(refusedWith("is retired"));
  await offer({});
  const state = (to: "approved" | "retired") =>
    asOperator(app.db, (tx) =>
      tx.update(images).set({ state: to }).where(eq(images.id, fleet.imageId)),
    );
  await state("retired");
  expect(await lend()).toMatchObject(refusedWith(/^Group workers boots .*, which is not approved/));
  await state("approved");
  const nothing = await asOperator(app.db, async (tx) => [
    await tx.$count(dryRuns),
    await tx.$count(operations, sql`${operations.finishedAt} is null`),
  ]);
  expect(nothing).toEqual([0, 0]);

  const { operationId } = must(await lend());
  const [operation] = await worker.db
    .select()
    .from(operations)
    .where(eq(operations.id, operationId));
  expect(operation).toMatchObject({
    ...{ kind: "node.rehearse", tenantId: null, environmentId: null, nodeId },
    input: { rehearsal: { imageId: fleet.imageId, hostname: "dry-run-1", values: {} } },
  });
  // What a worker looks for that knows no scripts of dry runs, and would end them.
  const older = await worker.db.execute(sql`select from dry_calls
    where state in ('ready', 'running') and (lease_until is null or lease_until < now())`);
  expect(older.rowCount).toBe(0);
  expect(await lend()).toMatchObject(refusedWith("A dry run of this version is under way."));
  const { templateVersionId } = fleet;
  const may = must(authorizeFleet(operator, "catalogue.edit"));
  const again = { templateVersionId, counts: {}, inputs: {}, hook: null };
  expect(await startDryRun(app.db, may, again)).toMatchObject({ ok: false });
});

test("a script is of a hook or of a dry run, never of both or of neither", async () => {
  const { operationId } = must(await lend());
  const [call] = await worker.db.select().from(dryCalls);
  const row = { operationId, hostname: "dry-run-1", attempt: 1 };
  const add = (of: Partial<typeof scriptRuns.$inferInsert>) =>
    worker.db.insert(scriptRuns).values({ id: newId("scriptRun"), ...row, ...of });
  const dryCallId = call?.id as Id<"dryCall">;
  const broken = { cause: { constraint: "script_runs_of_one" } };
  await expect(add({})).rejects.toMatchObject(broken);
  await expect(add({ dryCallId, tenantId: tenant.tenantId })).rejects.toMatchObject(broken);
  await add({ dryCallId });
  await expect(add({ dryCallId })).rejects.toMatchObject({
    cause: { constraint: "script_runs_once_dry" },
  });
});
