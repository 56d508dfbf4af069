import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import {
  asOperator,
  type GivenFleet,
  givenFleet,
  givenTenant,
  givenTerms,
} from "#e2e/fixtures/launchable";
import { givenReady } from "#e2e/fixtures/launched";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { setLease } from "#lib/commands/set-lease";
import { createLog } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import { environmentDetail } from "#lib/views/environment-detail";
import { launchPreflight } from "#lib/views/launch-preflight";
import { endLeases } from "#lib/worker/reconcilers/end-leases";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db.close());

const log = createLog("test", "silent");
const hour = 3_600_000;

async function given(limitHours: number | null) {
  const fleet = await givenFleet(db.app, { racks: [2] });
  await givenTerms(db.app, fleet.profileId, { longestLeaseHours: limitHours });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  return { fleet, tenant };
}

/** What a fleet's template allows by itself. */
const allow = (fleet: GivenFleet, longestLeaseHours: number | null) =>
  asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ longestLeaseHours })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );

async function environment(id: Id<"environment">) {
  const [row] = await db.worker.select().from(environments).where(eq(environments.id, id));
  if (!row) throw new Error("no environment");
  return row;
}

const isOver = (id: Id<"environment">) =>
  db.worker
    .update(environments)
    .set({ endsAt: sql`clock_timestamp() - interval '1 second'` })
    .where(eq(environments.id, id));

test("a launch gets the end it asks for, and none that its template or its profile does not allow", async () => {
  const { fleet, tenant } = await given(24);
  const launch = (leaseHours: number | null) =>
    launchEnvironment(db.app, tenant.grant("environment.launch"), {
      requestKey: randomUUID(),
      name: "train",
      templateVersionId: fleet.templateVersionId,
      imageId: fleet.imageId,
      counts: { workers: 1 },
      sshKeyIds: [tenant.keyId],
      pastedKey: "",
      leaseHours,
    });
  for (const tooLong of [25, null]) {
    expect(await launch(tooLong)).toMatchObject({
      ok: false,
      refusal: { fields: { leaseHours: expect.stringContaining("1 day") } },
    });
  }
  await allow(fleet, 12);
  expect(await launch(24)).toMatchObject({
    refusal: { fields: { leaseHours: expect.stringContaining("Its template allows 12 hours") } },
  });
  const told = await launchPreflight(db.app, tenant.grant("environment.launch"), {
    ...{ name: "train", templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
    ...{ counts: { workers: 1 }, leaseHours: 24 },
  });
  expect(told?.checks.find(({ id }) => id === "lease")).toMatchObject({
    ...{ verdict: "no", words: "Its template allows 12 hours at most." },
    wayOut: "It can be extended later.",
  });
  const launched = await launch(4);
  if (!launched.ok) throw new Error("refused");
  const { endsAt, createdAt } = await environment(launched.value.environmentId);
  expect((endsAt?.getTime() ?? 0) - createdAt.getTime()).toBeGreaterThanOrEqual(4 * hour);
  expect((endsAt?.getTime() ?? 0) - createdAt.getTime()).toBeLessThan(5 * hour);
});

test("what is over is released with its nodes, once, and the audit log says why", async () => {
  const given1 = await given(null);
  const over = await givenReady(db, { ...given1, nodeCount: 2 });
  const stays = await givenReady(db, { ...(await given(null)), nodeCount: 1 });
  await isOver(over.environmentId);

  // Two workers look at the same moment.
  await Promise.all([endLeases({ db: db.worker, log }), endLeases({ db: db.worker, log })]);
  await endLeases({ db: db.worker, log });

  expect((await environment(over.environmentId)).state).toBe("releasing");
  expect((await environment(stays.environmentId)).state).toBe("ready");
  const held = await db.worker
    .select()
    .from(allocations)
    .where(eq(allocations.environmentId, over.environmentId));
  expect(held.every((row) => row.releasedAt !== null)).toBe(true);
  for (const { nodeId } of held) {
    const [node] = await db.worker.select().from(nodes).where(eq(nodes.id, nodeId));
    expect(node?.lifecycle).toBe("releasing");
  }
  const releases = await db.worker
    .select()
    .from(operations)
    .where(eq(operations.requestKey, `lease:${over.environmentId}`));
  expect(releases).toMatchObject([{ kind: "environment.release", requestedBy: null }]);
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, over.environmentId)),
  );
  expect(events.filter((event) => event.action === "environment.release")).toMatchObject([
    { actorId: null, actorName: "End of the lease", detail: { gpusFreed: 16 } },
  ]);
});

test("one that was extended in time stays, and a released one has nothing to extend", async () => {
  const { fleet, tenant } = await given(72);
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  const extend = (leaseHours: number | null) =>
    setLease(db.app, tenant.grant("environment.operate"), { environmentId, leaseHours });
  await isOver(environmentId);
  expect(await extend(null)).toMatchObject({ ok: false });
  expect(await extend(73)).toMatchObject({ ok: false });
  await allow(fleet, 72);
  const both = expect.stringContaining("Its template and its compute profile allow 3 days");
  expect(await extend(73)).toMatchObject({ refusal: { fields: { leaseHours: both } } });
  await allow(fleet, 48);
  expect(await extend(72)).toMatchObject({
    refusal: { fields: { leaseHours: expect.stringContaining("Its template allows 2 days") } },
  });
  const read = tenant.grant("environment.read");
  expect(await environmentDetail(db.app, read, environmentId)).toMatchObject({
    ...{ longestLeaseHours: 48, longestLeaseBy: ["template"] },
  });
  await allow(fleet, null);
  expect(await extend(72)).toMatchObject({ ok: true });
  await endLeases({ db: db.worker, log });
  expect((await environment(environmentId)).state).toBe("ready");

  await isOver(environmentId);
  await endLeases({ db: db.worker, log });
  expect(await extend(24)).toMatchObject({ ok: false, refusal: { kind: "not_now" } });
});

// Goes red when the end is not looked at again once the row is held.
test("one that is extended while it is being ended stays", async () => {
  const { environmentId } = await givenReady(db, { ...(await given(null)), nodeCount: 1 });
  await isOver(environmentId);
  let ending: Promise<void> | undefined;
  await db.worker.transaction(async (tx) => {
    await tx
      .update(environments)
      .set({ endsAt: sql`clock_timestamp() + interval '1 hour'` })
      .where(eq(environments.id, environmentId));
    ending = endLeases({ db: db.worker, log });
    await expect.poll(someoneWaits).toBe(true);
  });
  await ending;
  expect((await environment(environmentId)).state).toBe("ready");
});

async function someoneWaits(): Promise<boolean> {
  const { rows } = await db.worker.execute<{ waits: boolean }>(
    sql`select exists (select from pg_locks l join pg_stat_activity a using (pid)
      where not l.granted and a.datname = current_database()) as waits`,
  );
  return rows[0]?.waits ?? false;
}
