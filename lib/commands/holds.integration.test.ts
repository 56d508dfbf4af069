import { randomUUID } from "node:crypto";
import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import fc from "fast-check";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Database } from "#db/client";
import { auditEvents } from "#db/schema/audit-events";
import { profileShares, profiles, templateGroups, templateVersions } from "#db/schema/catalogue";
import { allocations } from "#db/schema/environments";
import { holds } from "#db/schema/holds";
import { nodes } from "#db/schema/nodes";
import { quotas } from "#db/schema/quotas";
import { racks, sites } from "#db/schema/sites";
import { projectMembers, tenantMembers } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
  givenTerms,
} from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { newPublicKey } from "#e2e/world/tenants";
import { type Actor, authorizeFleet, authorizeProject, type Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { createPool } from "#lib/commands/create-pool";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { letGoHold } from "#lib/commands/let-go-hold";
import { placeHold } from "#lib/commands/place-hold";
import { takeBackHold } from "#lib/commands/take-back-hold";
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import type { PoolKind } from "#lib/domain/pool/pool";
import type { ProfileState } from "#lib/domain/profile/profile";
import { refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { TemplateInput } from "#lib/domain/template/inputs";
import type { TemplateNetwork } from "#lib/domain/template/template";
import type { LaunchEnvironmentInput } from "#lib/schemas/environment";
import { fleetHolds } from "#lib/views/fleet-holds";
import { launchPreflight } from "#lib/views/launch-preflight";
import { takeNodes } from "#lib/worker/hooks/take-nodes";
import { endHolds } from "#lib/worker/reconcilers/end-holds";

let connections: GivenConnections;
let db: Database;
let superuser: pg.Client;
beforeAll(async () => {
  connections = await givenConnections();
  db = connections.app;
  superuser = new pg.Client({ connectionString: connections.superuserUrl });
  await superuser.connect();
});
afterEach(async () => {
  expect(await brokenInvariants(connections.superuserUrl)).toEqual([]);
});
afterAll(async () => {
  await superuser?.end();
  await connections?.close();
});

const somePublicKey = newPublicKey("laptop");

/** Asked before any node is taken. */
const lead = aHook({
  ...{ name: "lead", kind: "approval", point: "before_allocate" },
  approvers: { kind: "tenant_admins", emails: [] },
});

type LaunchGrant = Grant<"environment.launch">;
const may = (tenant: GivenTenant) => tenant.grant("environment.launch");

function hold(by: LaunchGrant, fleet: GivenFleet, workers: number, more: More = {}) {
  const { templateVersionId } = fleet;
  return placeHold(db, by, { templateVersionId, counts: { workers, ...more.counts } });
}

/** What else a form says. */
type More = Partial<
  Pick<
    LaunchEnvironmentInput,
    "counts" | "imageId" | "inputs" | "leaseHours" | "sshKeyIds" | "pastedKey"
  >
>;

async function mustHold(by: LaunchGrant, fleet: GivenFleet, workers: number) {
  const placed = await hold(by, fleet, workers);
  if (!placed.ok) throw new Error(refusalMessage(placed.refusal));
  return placed.value;
}

function launch(
  tenant: GivenTenant,
  fleet: GivenFleet,
  workers: number,
  holdId?: Id<"hold">,
  by = may(tenant),
  more: More = {},
) {
  const { counts, ...form } = more;
  return launchEnvironment(db, by, {
    requestKey: randomUUID(),
    name: `n${randomUUID().slice(0, 8)}`,
    templateVersionId: fleet.templateVersionId,
    imageId: fleet.imageId,
    counts: { workers, ...counts },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
    ...form,
    ...(holdId ? { holdId } : {}),
  });
}

async function preflight(by: LaunchGrant, fleet: GivenFleet, workers: number, more: More = {}) {
  const { counts, pastedKey, ...form } = more;
  const answer = await launchPreflight(db, by, {
    templateVersionId: fleet.templateVersionId,
    imageId: fleet.imageId,
    counts: { workers, ...counts },
    name: "asked",
    publicKey: pastedKey ?? (form.sshKeyIds ? "" : somePublicKey),
    ...form,
  });
  if (!answer) throw new Error("the template cannot be launched");
  return answer;
}

/** What is in the way, as a launch would say it; undefined when nothing is. */
function against({ checks }: Awaited<ReturnType<typeof preflight>>): string | undefined {
  const no = checks.filter((check) => check.verdict === "no");
  const keys = no.find((check) => check.id === "keys")?.words ?? "";
  if (keys.includes("cut off")) return "invalid_input";
  // In the order in which a launch looks at them.
  const kinds = [
    ["image", "not_found"],
    ["inputs", "invalid_input"],
    ["keys", keys.includes("neither yours") ? "not_found" : "invalid_input"],
    ["lease", "invalid_input"],
    ["approval-", "not_now"],
    ["profile-", "not_found"],
    ["quota-gpus", "quota_exceeded"],
    ["quota-nodes", "quota_exceeded"],
    ["capacity-", "no_capacity"],
    ["network", "not_now"],
    ["quota-public_ips", "quota_exceeded"],
  ] as const;
  for (const [id, kind] of kinds) {
    const found = no.find((check) => check.id.startsWith(id));
    if (found) return found.words.includes("is disabled") ? "not_now" : kind;
  }
  return no[0]?.id;
}

/** The same for a hold, which asks for nothing but nodes. */
function againstHold(told: Awaited<ReturnType<typeof preflight>>): string | undefined {
  const ofForm = /^(image|inputs|keys|lease|approval-.*)$/;
  return against({ ...told, checks: told.checks.filter(({ id }) => !ofForm.test(id)) });
}

const kindOf = (result: Result<unknown, { kind: string }>) =>
  result.ok ? undefined : result.refusal.kind;

async function nodesOf(tenant: GivenTenant): Promise<Id<"node">[]> {
  const rows = await asOperator(db, (tx) =>
    tx
      .select({ nodeId: allocations.nodeId })
      .from(allocations)
      .where(and(eq(allocations.tenantId, tenant.tenantId), isNull(allocations.releasedAt))),
  );
  return rows.map((row) => row.nodeId).sort();
}

async function nodesOnHold(holdId: Id<"hold">): Promise<Id<"node">[]> {
  const rows = await asOperator(db, (tx) =>
    tx.select({ id: nodes.id }).from(nodes).where(eq(nodes.holdId, holdId)),
  );
  return rows.map((row) => row.id).sort();
}

/** What the tenant's launches ask before they take nodes is answered, and they take them. */
async function sayYes({ tenantId }: GivenTenant): Promise<void> {
  await superuser.query("update hook_runs set state = 'succeeded' where tenant_id = $1", [
    tenantId,
  ]);
  await takeNodes({ db: connections.worker, log: createLog("test", "fatal") });
}

/** As if so many minutes had gone by since it was made. */
async function age(holdId: Id<"hold">, minutes: number): Promise<void> {
  await superuser.query(
    `update holds set started_at = started_at - make_interval(mins => $2), until = until - make_interval(mins => $2),
       ended_at = ended_at - make_interval(mins => $2) where id = $1`,
    [holdId, minutes],
  );
  await superuser.query(
    "update nodes set hold_until = hold_until - make_interval(mins => $2) where hold_id = $1",
    [holdId, minutes],
  );
}

/** Another member of the tenant's project. */
async function colleagueOf(tenant: GivenTenant): Promise<LaunchGrant> {
  const userId = newId("user");
  const { tenantId, projectId } = tenant;
  await asOperator(db, async (tx) => {
    await tx
      .insert(users)
      .values({ id: userId, email: `${userId}@example.com`, name: "Grace", passwordHash: "none" });
    await tx.insert(tenantMembers).values({ tenantId, userId, role: "member" });
    await tx.insert(projectMembers).values({ tenantId, projectId, userId, role: "member" });
  });
  const actor: Actor = { ...tenant.actor, userId, name: "Grace" };
  const slug = tenant.actor.memberships[0]?.tenantSlug ?? "";
  const granted = authorizeProject(actor, slug, "research", "environment.launch");
  if (!granted.ok) throw new Error("a colleague may launch");
  return granted.value;
}

function operator<P extends "node.operate" | "fleet.read">(tenant: GivenTenant, permission: P) {
  const actor: Actor = { ...tenant.actor, operatorRole: "fleet_admin", memberships: [] };
  const granted = authorizeFleet(actor, permission);
  if (!granted.ok) throw new Error("an operator may");
  return granted.value as Grant<P>;
}

test("a launch with a hold takes just the nodes that were on hold, and others cannot meanwhile", async () => {
  const fleet = await givenFleet(db, { racks: [1, 3, 2] });
  const ours = await givenTenant(db, { fleet, gpuLimit: 16 });
  const theirs = await givenTenant(db, { fleet, gpuLimit: 80 });

  const placed = await mustHold(may(ours), fleet, 2);
  const promised = await nodesOnHold(placed.holdId);
  expect(promised).toEqual([...(fleet.racks[2] ?? [])].sort());
  expect(Date.parse(placed.until) - Date.now()).toBeGreaterThan(4 * 60_000);

  const others = await preflight(may(theirs), fleet, 5);
  expect(against(others)).toBe("no_capacity");
  expect(others.checks.find((check) => check.id.startsWith("capacity-"))).toMatchObject({
    words: "Needs 5 nodes and 4 are free now.",
    onHold: { nodes: 2, enough: true, at: placed.until },
  });
  expect(kindOf(await launch(theirs, fleet, 5))).toBe("no_capacity");

  // All of the quota is on hold, and none of it against its holder.
  const own = await preflight(may(ours), fleet, 2);
  expect(against(own)).toBeUndefined();
  expect(own.hold).toMatchObject({ id: placed.holdId, nodes: 2, lost: 0, matches: true });

  // It is theirs, whether the launch names it or not.
  const launched = await launch(ours, fleet, 2);
  expect(launched.ok || refusalMessage(launched.refusal)).toBe(true);
  expect(await nodesOf(ours)).toEqual(promised);
  expect((await preflight(may(ours), fleet, 1)).hold).toBeNull();
});

test("what a launch does not use of its hold is free, and a node that broke down is replaced", async () => {
  const fleet = await givenFleet(db, { racks: [3, 2] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 80 });
  const placed = await mustHold(may(tenant), fleet, 3);
  const [broken, ...good] = await nodesOnHold(placed.holdId);
  if (!broken) throw new Error("nothing is on hold");
  await asOperator(db, (tx) =>
    tx.update(nodes).set({ health: "critical" }).where(eq(nodes.id, broken)),
  );
  expect((await preflight(may(tenant), fleet, 3)).hold).toMatchObject({ lost: 1, matches: false });
  const launched = await launch(tenant, fleet, 3, placed.holdId);
  expect(launched.ok).toBe(true);
  expect(await nodesOf(tenant)).toEqual(expect.arrayContaining(good));
  expect(await nodesOf(tenant)).not.toContain(broken);

  const grace = await colleagueOf(tenant);
  const last = await mustHold(grace, fleet, 1);
  expect(against(await preflight(may(tenant), fleet, 1))).toBe("no_capacity");
  // Somebody else's is not there for one, and one's own from before is over.
  expect(await launch(tenant, fleet, 1, last.holdId)).toMatchObject({
    refusal: { kind: "not_found", resource: "hold" },
  });
  expect(kindOf(await launch(tenant, fleet, 1, placed.holdId))).toBe("no_capacity");
});

// Guarantee: one holder per node. Goes red without the lock of the nodes' rows.
test("of those who reach for the last node at once, with a hold or a launch, one has it", async () => {
  for (let round = 0; round < 6; round++) {
    const fleet = await givenFleet(db, { racks: [1] });
    const tenants = await Promise.all(
      [0, 1, 2].map(() => givenTenant(db, { fleet, gpuLimit: 80 })),
    );
    const results = await Promise.all(
      tenants.map((tenant, at) =>
        at < 2 || round % 2 ? hold(may(tenant), fleet, 1) : launch(tenant, fleet, 1),
      ),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(new Set(results.map(kindOf))).toEqual(new Set([undefined, "no_capacity"]));
  }
});

// Guarantee: two colleagues cannot spend the same quota. Goes red without the lock of the quota.
test("holds and launches of one tenant do not take the same quota", async () => {
  const fleet = await givenFleet(db, { racks: [8] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 8 });
  const people = [may(tenant)];
  for (let more = 0; more < 4; more++) people.push(await colleagueOf(tenant));
  for (let round = 0; round < 4; round++) {
    const results = await Promise.all(people.map((each) => hold(each, fleet, 1)));
    const [first, ...more] = results.flatMap((result) => (result.ok ? [result.value] : []));
    expect(more).toEqual([]);
    expect(new Set(results.map(kindOf))).toEqual(new Set([undefined, "quota_exceeded"]));
    // Long ago, so that who had it may hold again.
    if (first) await age(first.holdId, 61);
  }
  const last = await Promise.all([
    hold(await colleagueOf(tenant), fleet, 1),
    launch(tenant, fleet, 1),
    launch(tenant, fleet, 1),
  ]);
  expect(last.filter((result) => result.ok)).toHaveLength(1);
});

test("the database itself keeps a node on hold for its holder, whatever the portal forgets", async () => {
  const fleet = await givenFleet(db, { racks: [1] });
  const ours = await givenTenant(db, { fleet, gpuLimit: 80 });
  const theirs = await givenTenant(db, { fleet, gpuLimit: 80 });
  const { holdId } = await mustHold(may(ours), fleet, 1);
  const [nodeId] = fleet.racks[0] ?? [];
  if (!nodeId) throw new Error("no node");
  const codeOf = async (by: GivenTenant, set: Partial<typeof nodes.$inferInsert> | object) => {
    try {
      await withGrant(db, may(by), async (tx) => {
        const [other] = await tx
          .insert(holds)
          .values({
            id: newId("hold"),
            tenantId: by.tenantId,
            projectId: by.projectId,
            heldBy: newId("user"),
            heldByName: "Eve",
            startedAt: sql`now()`,
            until: sql`now() + interval '9 minutes'`,
          })
          .returning();
        await tx
          .update(nodes)
          .set("holdId" in set ? ofHold(other?.id) : set)
          .where(eq(nodes.id, nodeId));
      });
      return "done";
    } catch (error) {
      return ((error as Error).cause as { code?: string }).code;
    }
  };
  const ofHold = (id?: Id<"hold">) => ({
    holdId: id,
    holdUntil: sql`(select until from holds where id = ${id})`,
  });
  const taken = { holdId: "another's" };
  const ended = { holdUntil: sql`clock_timestamp()` };
  const longer = { holdUntil: sql`${nodes.holdUntil} + interval '1 minute'` };
  const given = { lifecycle: "reserved" as const };
  // 23P01: on hold. 42501: not a row that this tenant may change.
  expect(await codeOf(theirs, taken)).toBe("23P01");
  expect(await codeOf(theirs, ended)).toBe("23P01");
  expect(await codeOf(theirs, given)).toBe("23P01");
  for (const set of [taken, longer, given]) expect(await codeOf(ours, set)).toBe("23P01");
  expect(await nodesOnHold(holdId)).toEqual([nodeId]);
  expect(await codeOf(ours, ended)).toBe("done");
  await letGoHold(db, may(ours), { holdId });
  expect(await codeOf(theirs, taken)).toBe("done");
});

test("a hold is over when its time is, with nobody to end it, and is written down later, once", async () => {
  const fleet = await givenFleet(db, { racks: [1] });
  const ours = await givenTenant(db, { fleet, gpuLimit: 8 });
  const theirs = await givenTenant(db, { fleet, gpuLimit: 8 });
  const placed = await mustHold(may(ours), fleet, 1);
  await age(placed.holdId, 5);
  const seen = await preflight(may(ours), fleet, 1);
  expect(against(seen)).toBeUndefined();
  expect(seen).toMatchObject({ hold: null, lastHold: { ending: "run_out" } });
  // Quota and node are there again for a launch that comes too late with its hold.
  expect((await launch(ours, fleet, 1, placed.holdId)).ok).toBe(true);

  await endHolds(connections.worker);
  await endHolds(connections.worker);
  const events = await asOperator(db, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, placed.holdId)),
  );
  expect(events.map((event) => event.action).sort()).toEqual(["nodes.end_hold", "nodes.hold"]);
  expect(await nodesOnHold(placed.holdId)).toEqual([]);
  expect(kindOf(await hold(may(theirs), fleet, 1))).toBe("no_capacity");
});

test("a second hold replaces the first and ends with it; after one in vain there is none for a while", async () => {
  const fleet = await givenFleet(db, { racks: [4] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 80 });
  const first = await mustHold(may(tenant), fleet, 1);
  await age(first.holdId, 3);
  const [kept] = await nodesOnHold(first.holdId);
  const second = await mustHold(may(tenant), fleet, 3);
  expect(Date.parse(second.until)).toBe(Date.parse(first.until) - 3 * 60_000);
  expect(await nodesOnHold(second.holdId)).toEqual(expect.arrayContaining([kept]));
  expect(await mustHold(may(tenant), fleet, 3)).toEqual(second);
  expect(await asOperator(db, (tx) => tx.$count(holds, eq(holds.tenantId, tenant.tenantId)))).toBe(
    2,
  );

  expect((await letGoHold(db, may(tenant), second)).ok).toBe(true);
  expect((await letGoHold(db, may(tenant), second)).ok).toBe(true);
  const again = await hold(may(tenant), fleet, 1);
  expect(again.ok || refusalMessage(again.refusal)).toContain("You can hold some again in 10 min");
  expect((await preflight(may(tenant), fleet, 1)).holdAgainst).toContain("to launch needs no hold");
  // To launch is no matter of that, and a colleague is another person.
  expect((await launch(tenant, fleet, 1)).ok).toBe(true);
  const grace = await colleagueOf(tenant);
  const theirs = await mustHold(grace, fleet, 1);
  expect(await letGoHold(db, may(tenant), theirs)).toMatchObject({
    refusal: { kind: "not_found", resource: "hold" },
  });
  await age(second.holdId, 11);
  expect((await hold(may(tenant), fleet, 1)).ok).toBe(true);
});

test("a launch that waits for a yes uses the hold that it was made with, and no later one", async () => {
  const fleet = await givenFleet(db, { racks: [3] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 80 });
  await asOperator(db, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks: [lead] })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  const first = await mustHold(may(tenant), fleet, 1);
  expect(await launch(tenant, fleet, 1, first.holdId)).toMatchObject({ ok: true });
  await age(first.holdId, 6);
  await endHolds(connections.worker);
  const [over] = await asOperator(db, (tx) =>
    tx.select().from(holds).where(eq(holds.id, first.holdId)),
  );
  // Not in vain: one is let hold again at once.
  expect(over?.ending).toBe("launched");
  const later = await mustHold(may(tenant), fleet, 2);
  const onHold = await nodesOnHold(later.holdId);

  await sayYes(tenant);
  const taken = await nodesOf(tenant);
  expect(taken).toHaveLength(1);
  expect(onHold).not.toContain(taken[0]);
  expect(await nodesOnHold(later.holdId)).toEqual(onHold);
});

test("an operator sees who holds what, and takes it back in both audit logs", async () => {
  const fleet = await givenFleet(db, { racks: [2] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 80 });
  const placed = await mustHold(may(tenant), fleet, 2);
  const seen = await fleetHolds(db, operator(tenant, "fleet.read"));
  expect(seen.find((each) => each.id === placed.holdId)).toMatchObject({
    heldBy: "Ada",
    project: "Research",
    until: placed.until,
    nodes: placed.nodes.map((name) => ({ name })),
  });
  const [first = "", second = ""] = placed.nodes;
  const move = (name: string, lifecycle: "validating" | "available") =>
    asOperator(db, (tx) => tx.update(nodes).set({ lifecycle }).where(eq(nodes.name, name)));
  await move(first, "validating");
  const left = await fleetHolds(db, operator(tenant, "fleet.read"));
  expect(left.find((each) => each.id === placed.holdId)?.nodes).toMatchObject([{ name: second }]);
  await move(first, "available");
  const by = operator(tenant, "node.operate");
  expect(kindOf(await takeBackHold(db, by, placed))).toBeUndefined();
  expect(kindOf(await takeBackHold(db, by, placed))).toBe("not_now");
  const own = await preflight(may(tenant), fleet, 2);
  expect(own).toMatchObject({ hold: null, lastHold: { ending: "taken_back" } });
  const events = await asOperator(db, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, placed.holdId)),
  );
  expect(events.map((event) => [event.action, event.tenantId]).sort()).toEqual([
    ["nodes.hold", tenant.tenantId],
    ["nodes.take_back_hold", tenant.tenantId],
  ]);
});

// Guarantee: a portal that dies in the middle leaves what was, the hold and the nodes.
test("a connection that is cut in the middle of a hold or a launch leaves things as they were", async () => {
  const fleet = await givenFleet(db, { racks: [1] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 8 });
  const cut = async (act: () => Promise<unknown>) => {
    await superuser.query("begin");
    // The audit event comes last: whoever is cut has written all the rest.
    await superuser.query("lock table audit_events in share row exclusive mode");
    const ended = act().then(
      () => "done",
      () => "cut",
    );
    let isOver = false;
    ended.finally(() => {
      isOver = true;
    });
    for (let cuts = 0; cuts === 0 && !isOver; ) {
      const { rowCount } = await superuser.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where wait_event_type = 'Lock' and datname = current_database()`,
      );
      cuts = rowCount ?? 0;
    }
    expect(await ended).toBe("cut");
    await superuser.query("commit");
  };
  await cut(() => hold(may(tenant), fleet, 1));
  expect(await asOperator(db, (tx) => tx.$count(holds, eq(holds.tenantId, tenant.tenantId)))).toBe(
    0,
  );
  const placed = await mustHold(may(tenant), fleet, 1);
  await cut(() => launch(tenant, fleet, 1, placed.holdId));
  expect((await preflight(may(tenant), fleet, 1)).hold).toMatchObject({
    id: placed.holdId,
    until: placed.until,
    matches: true,
  });
  expect((await launch(tenant, fleet, 1, placed.holdId)).ok).toBe(true);
});

// Guarantee: of another tenant's nodes a preflight learns when they come back, to the hour, and no more;
// of a node type that a tenant does not see, not even that.
test("a preflight says by when leases end, and of others' nothing else", async () => {
  const fleet = await givenFleet(db, { racks: [4] });
  const ours = await givenTenant(db, { fleet, gpuLimit: 80 });
  const theirs = await givenTenant(db, { fleet, gpuLimit: 80 });
  const lease = (leaseHours: number | null): More => ({ leaseHours });
  await launch(theirs, fleet, 1, undefined, may(theirs), lease(5));
  await launch(ours, fleet, 1, undefined, may(ours), lease(10));
  await launch(theirs, fleet, 1, undefined, may(theirs), lease(null));
  const told = async (workers: number) =>
    (await preflight(may(ours), fleet, workers)).checks.find(({ id }) => id.startsWith("capacity"));
  const inHours = (at = "") => (Date.parse(at) - Date.now()) / 3_600_000;
  const two = await told(2);
  expect(two?.leases?.enough).toBe(true);
  expect(inHours(two?.leases?.at)).toBeGreaterThan(5);
  expect(inHours(two?.leases?.at)).toBeLessThanOrEqual(6);
  expect(two?.leases?.at).toMatch(/:00:00\.000Z$/);
  expect(inHours((await told(3))?.leases?.at)).toBeGreaterThan(10);
  // The third has no end.
  expect((await told(4))?.leases).toMatchObject({ enough: false });
  await hold(may(theirs), fleet, 1);
  // Then none is free, and of the two that are lacking one is on hold for some minutes.
  expect(inHours((await told(2))?.leases?.at)).toBeGreaterThan(5);
  expect(JSON.stringify(await told(4))).not.toContain(theirs.tenantId);

  const asked = (tenant: GivenTenant, most: number) =>
    withGrant(db, may(tenant), async (tx) => {
      const { rows } = await tx.execute<Record<string, unknown>>(
        sql`select * from lease_ends(${fleet.nodeTypeId}, ${most}) as at`,
      );
      return rows;
    });
  expect((await asked(ours, 9)).map((row) => Object.keys(row))).toEqual([["at"], ["at"]]);
  expect(await asked(ours, 1)).toHaveLength(1);
  const other = await givenFleet(db, { racks: [] });
  const stranger = await givenTenant(db, { fleet: other, gpuLimit: 80 });
  expect(await asked(stranger, 9)).toEqual([]);
  // A node that is not in order comes back to nobody.
  const broken = await nodesOf(theirs);
  await asOperator(db, (tx) =>
    tx.update(nodes).set({ health: "critical" }).where(inArray(nodes.id, broken)),
  );
  expect(await asked(ours, 9)).toHaveLength(1);
});

/** The first so many times of sixteen, else one of the others. */
const timesOfSixteen =
  (times: number) =>
  <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
    fc.oneof(
      { weight: times, arbitrary: fc.constant(usual) },
      { weight: 16 - times, arbitrary: fc.constantFrom(...others) },
    );
const most = timesOfSixteen(10);
const nearly = timesOfSixteen(15);

/**
 * A fleet's template asks for a note, its profile keeps nodes a day at most and the template as many hours
 * as it says, and it may have a group of another fleet.
 */
async function asksFor(
  fleet: GivenFleet,
  other: GivenFleet,
  longestLeaseHours: number | null,
  withGroup: boolean,
): Promise<void> {
  const { templateVersionId } = fleet;
  const note: TemplateInput = {
    ...{ name: "note", label: "Note", help: "", section: "", type: "string", required: true },
    ...{ default: null, options: [], pattern: null, min: null, max: 3, showIf: null },
    ...{ override: "allowed", allowed: [] },
  };
  await givenTerms(db, fleet.profileId, { longestLeaseHours: 24 });
  await asOperator(db, async (tx) => {
    await tx
      .update(templateVersions)
      .set({ inputs: [note], longestLeaseHours })
      .where(eq(templateVersions.id, templateVersionId));
    if (!withGroup) return;
    await tx.insert(templateGroups).values({
      ...{ templateVersionId, name: "control", position: 1, role: "control_plane" as const },
      ...{ profileId: other.profileId, minCount: 0, maxCount: 1, defaultCount: 1 },
    });
  });
}

/** Whom an approval names: two of them can decide in the tenant, who launches and a fleet admin. */
type Named = "member" | "stranger" | "admin" | "viewer" | "closed";

async function addressesOf(
  tenant: GivenTenant,
  stranger: GivenTenant,
  named: readonly Named[],
): Promise<string[]> {
  const account = async (change: Partial<typeof users.$inferInsert>) => {
    const id = newId("user");
    const email = `${id}@example.com`;
    await asOperator(db, (tx) =>
      tx.insert(users).values({ id, email, name: "Ada", passwordHash: "none", ...change }),
    );
    return email;
  };
  const addresses = {
    member: async () => tenant.actor.email,
    stranger: async () => stranger.actor.email,
    admin: () => account({ operatorRole: "fleet_admin" }),
    viewer: () => account({ operatorRole: "fleet_viewer" }),
    closed: () => account({ operatorRole: "fleet_admin", disabledAt: new Date() }),
  };
  return Promise.all(named.map((who) => addresses[who]()));
}

async function shareProfile({ tenantId, projectId }: GivenTenant, { profileId }: GivenFleet) {
  await asOperator(db, (tx) => tx.insert(profileShares).values({ tenantId, projectId, profileId }));
}

/** How many items each kind of pool of a site has; with 0 there is no such pool. */
type PoolItems = Record<PoolKind, number>;

const poolItems: fc.Arbitrary<PoolItems> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      vlan: nearly(2, 0, 1),
      private_prefix: nearly(2, 0, 1),
      pkey: nearly(2, 0, 1),
      public_ip: most(3, 0, 1, 2, 5),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ vlan: 0, private_prefix: 0, pkey: 0, public_ip: 0 }) },
);

const networks: fc.Arbitrary<TemplateNetwork> = fc.record({
  isPrivate: fc.boolean(),
  hasPartition: fc.boolean(),
  publicAddresses: fc.constantFrom("none", "per_node"),
});

let nets = 0;
/** Pools at the site, of so many items each. */
async function givenPools(siteId: Id<"site">, items: PoolItems): Promise<void> {
  const by = await givenFleetGrant(db, "pool.edit");
  // Public addresses are one space of all sites.
  const net = `203.${++nets >> 8}.${nets & 255}`;
  const ranges = (kind: PoolKind, last: number) =>
    ({
      vlan: `1-${last}`,
      private_prefix: Array.from({ length: last }, (_, at) => `10.0.${at}.0/24`).join(),
      pkey: `0x0001-0x000${last}`,
      public_ip: `${net}.1-${net}.${last}`,
    })[kind];
  for (const kind of Object.keys(items) as PoolKind[]) {
    if (items[kind] === 0) continue;
    const created = await createPool(db, by, {
      ...{ siteId, kind, name: kind, ranges: ranges(kind, items[kind]) },
      itemLength: kind === "private_prefix" ? 24 : null,
      ...{ warnPercent: 80, cooldownMinutes: 30 },
    });
    if (!created.ok) throw new Error(refusalMessage(created.refusal));
  }
}

/** The sites of a fleet's racks, of which the second stands apart from now on when it is to. */
async function sitesOf(fleet: GivenFleet, isApart: boolean): Promise<Id<"site">[]> {
  return asOperator(db, async (tx) => {
    const found = await tx
      .selectDistinct({ id: racks.id, siteId: racks.siteId })
      .from(racks)
      .innerJoin(nodes, eq(nodes.rackId, racks.id))
      .where(eq(nodes.nodeTypeId, fleet.nodeTypeId));
    const [first, second] = found;
    if (first && second && isApart) {
      const siteId = newId("site");
      await tx.insert(sites).values({ id: siteId, name: siteId });
      await tx.update(racks).set({ siteId }).where(eq(racks.id, second.id));
      return [first.siteId, siteId];
    }
    return first ? [first.siteId] : [];
  });
}

/** What more may be in the way of a launch than nodes and GPUs of its workers. */
async function limits(
  { tenantId, projectId }: GivenTenant,
  { profileId }: GivenFleet,
  plan: { nodes: number | null; addresses: number | null },
): Promise<void> {
  const lines = [
    { ...{ dimension: "gpus" as const, subject: "L4" }, limit: 8 },
    { ...{ dimension: "nodes" as const, subject: profileId }, limit: plan.nodes },
    { ...{ dimension: "public_ips" as const, subject: "ipv4" }, limit: plan.addresses },
  ];
  await asOperator(db, async (tx) => {
    for (const { limit, ...line } of lines) {
      if (limit === null) continue;
      await tx.insert(quotas).values({ tenantId, ...line, limit: limit + 1 });
      await tx.insert(quotas).values({ tenantId, projectId, ...line, limit });
    }
  });
}

// Guarantee: what the preflight says is what the launch and the hold do, whatever fleet, sites, pools, quota,
// form and holds there are, what was held is there yet when others have reached for the rest, and a launch that
// asks first gets it after the yes. Goes red when one of the three weighs for itself.
test("a launch that nobody who is named could approve is refused in the preflight's words", async () => {
  const fleet = await givenFleet(db, { racks: [1] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 8 });
  const stranger = await givenTenant(db, { fleet, gpuLimit: 8 });
  const named = async (...people: Named[]) => {
    const emails = await addressesOf(tenant, stranger, people);
    const boss = { approvers: { kind: "people" as const, emails } };
    await asOperator(db, (tx) =>
      tx
        .update(templateVersions)
        .set({ hooks: [aHook({ name: "boss", kind: "approval", ...boss })] })
        .where(eq(templateVersions.id, fleet.templateVersionId)),
    );
    const said = (await preflight(may(tenant), fleet, 1)).checks;
    return said.find(({ id }) => id === "approval-boss");
  };
  const said = await named("stranger", "viewer", "closed");
  expect(said?.verdict).toBe("no");
  expect(await launch(tenant, fleet, 1)).toEqual({
    ok: false,
    refusal: { kind: "not_now", reason: said?.words, advice: said?.wayOut },
  });
  expect(await nodesOf(tenant)).toEqual([]);
  expect(await named("admin", "stranger")).toMatchObject({
    verdict: "warn",
    words: expect.stringContaining(`unable to decide here: ${stranger.actor.email}.`),
  });
  expect(kindOf(await launch(tenant, fleet, 1))).toBeUndefined();
});

test("preflight, hold and launch never disagree", async () => {
  const asked = fc.record({
    racks: fc.array(most(4, 0, 1, 2, 3), { minLength: 1, maxLength: 2, size: "max" }),
    tenantNodes: nearly(9, 0, 1, 2, 4, 6),
    projectNodes: nearly<number | undefined>(undefined, 0, 1, 3, 6),
    cordoned: most(0, 1),
    running: most(0, 1),
    others: most(0, 1, 2),
    colleagues: most(0, 1, 2),
    own: most(0, 1, 2, 3),
    over: fc.boolean(),
    workers: most(2, 1, 3, 5),
    byHold: fc.boolean(),
    named: fc.boolean(),
    // Mostly in order: what is wrong with the form would hide what is wrong with the nodes.
    control: fc.option(
      fc.record({ free: nearly(1, 0), count: most(1, 0), shared: nearly(true, false) }),
    ),
    profile: nearly<ProfileState>("active", "deprecated", "disabled"),
    otherImage: nearly(false, true),
    note: nearly<string | undefined>("x", "", undefined, "too long"),
    templateLease: timesOfSixteen(13)<number | null>(null, 6),
    lease: nearly<number | null | undefined>(12, undefined, 48, null),
    keys: nearly<"own" | "none" | "foreign" | "pasted" | "damaged">(
      ...(["own", "none", "foreign", "pasted", "damaged"] as const),
    ),
    network: networks,
    isApart: most(true, false),
    pools: fc.tuple(poolItems, poolItems, poolItems),
    nodes: nearly<number | null>(null, 0, 2, 4),
    addresses: nearly<number | null>(null, 0, 2, 4),
    asksFirst: most(false, true),
    people: most<readonly Named[]>(
      ...([[], ["member"], ["stranger"], ["admin"], ["viewer"], ["closed"]] as const),
      ["stranger", "member"],
    ),
    goesOn: nearly(false, true),
    grabs: fc.integer({ min: 0, max: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(asked, async (plan) => {
      const fleet = await givenFleet(db, { racks: plan.racks });
      const other = await givenFleet(db, { racks: [plan.control?.free ?? 0], gpuModel: "L4" });
      const { projectNodes, tenantNodes } = plan;
      const tenant = await givenTenant(db, {
        fleet,
        gpuLimit: tenantNodes * 8,
        ...(projectNodes === undefined ? {} : { projectGpuLimit: projectNodes * 8 }),
      });
      const stranger = await givenTenant(db, { fleet, gpuLimit: 800 });
      const grace = await colleagueOf(tenant);
      await asksFor(fleet, other, plan.templateLease, plan.control !== null);
      await limits(tenant, fleet, plan);
      const [ofControl, ...ofWorkers] = plan.pools;
      for (const siteId of await sitesOf(other, false)) await givenPools(siteId, ofControl);
      for (const [at, siteId] of (await sitesOf(fleet, plan.isApart)).entries()) {
        const items = ofWorkers[at];
        if (items) await givenPools(siteId, items);
      }
      await asOperator(db, (tx) =>
        tx
          .update(templateVersions)
          .set({ network: { ...plan.network } })
          .where(eq(templateVersions.id, fleet.templateVersionId)),
      );
      if (plan.control?.shared) await shareProfile(tenant, other);
      const more: More = {
        ...(plan.control ? { counts: { control: plan.control.count } } : {}),
        ...(plan.note === undefined ? {} : { inputs: { note: plan.note } }),
        ...(plan.otherImage ? { imageId: other.imageId } : {}),
        ...(plan.lease === undefined ? {} : { leaseHours: plan.lease }),
        sshKeyIds:
          plan.keys === "own" ? [tenant.keyId] : plan.keys === "foreign" ? [stranger.keyId] : [],
        pastedKey:
          plan.keys === "pasted"
            ? somePublicKey
            : plan.keys === "damaged"
              ? somePublicKey.slice(0, 40)
              : "",
      };
      const fine: More = { inputs: { note: "x" } };
      const cordoned = fleet.racks.flat().slice(0, plan.cordoned);
      if (cordoned.length > 0) {
        await asOperator(db, (tx) =>
          tx.update(nodes).set({ cordoned: true }).where(inArray(nodes.id, cordoned)),
        );
      }
      // As many of these as come about.
      if (plan.running) await launch(tenant, fleet, plan.running, undefined, may(tenant), fine);
      if (plan.others) await hold(may(stranger), fleet, plan.others);
      if (plan.colleagues) await hold(grace, fleet, plan.colleagues);
      const placed = plan.own ? await hold(may(tenant), fleet, plan.own) : null;
      if (plan.over && placed?.ok) await age(placed.value.holdId, 5);
      await asOperator(db, (tx) =>
        tx.update(profiles).set({ state: plan.profile }).where(eq(profiles.id, fleet.profileId)),
      );
      const emails = await addressesOf(tenant, stranger, plan.people);
      const onFailure = plan.goesOn ? ("continue" as const) : ("abort" as const);
      const boss = { approvers: { kind: "people" as const, emails }, onFailure };
      const hooks = [
        ...(plan.asksFirst ? [lead] : []),
        ...(emails.length > 0 ? [aHook({ name: "boss", kind: "approval", ...boss })] : []),
      ];
      await asOperator(db, (tx) =>
        tx
          .update(templateVersions)
          .set({ hooks })
          .where(eq(templateVersions.id, fleet.templateVersionId)),
      );

      const said = await preflight(may(tenant), fleet, plan.workers, more);
      if (plan.byHold && said.holdAgainst === null) {
        const done = await hold(may(tenant), fleet, plan.workers, more);
        expect(kindOf(done)).toBe(againstHold(said));
        for (let grab = 0; done.ok && grab < plan.grabs; grab++) {
          await launch(stranger, fleet, 1, undefined, may(stranger), fine);
          if (plan.asksFirst) await sayYes(stranger);
        }
      }
      const now = await preflight(may(tenant), fleet, plan.workers, more);
      expect(against(now)).toBe(against(said));
      const asked = now.checks.find(({ id }) => id === "approval-boss");
      const isInVain = !plan.people.some((who) => who === "member" || who === "admin");
      expect(asked?.verdict).toBe(
        plan.people.length === 0 ? undefined : isInVain && !plan.goesOn ? "no" : "warn",
      );
      const holdId = plan.named ? now.hold?.id : undefined;
      const had = (await nodesOf(tenant)).length;
      const done = await launch(tenant, fleet, plan.workers, holdId, may(tenant), more);
      expect(kindOf(done)).toBe(against(now));
      if (plan.asksFirst) await sayYes(tenant);
      const gets = done.ok ? plan.workers + (more.counts?.control ?? 0) : 0;
      expect(await nodesOf(tenant)).toHaveLength(had + gets);
    }),
    { numRuns: 60 },
  );
});
