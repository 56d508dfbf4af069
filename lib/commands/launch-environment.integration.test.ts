import { randomUUID } from "node:crypto";
import { and, count, eq, inArray, isNull, sql, sum } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Database } from "#db/client";
import { mayBeAllocated } from "#db/queries/free-nodes";
import { lockQuota } from "#db/queries/quotas";
import { auditEvents } from "#db/schema/audit-events";
import { profileShares, templateGroups, templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { images } from "#db/schema/images";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { projectKeys } from "#db/schema/project-keys";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { anInput } from "#e2e/fixtures/hooks";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { withGrant } from "#lib/access/with-grant";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { newId } from "#lib/domain/id";
import {
  controllerStates,
  nodeHealths,
  nodeLifecycles,
  reasonsAgainstAllocation,
} from "#lib/domain/node/lifecycle";
import { refusalMessage } from "#lib/domain/refusal";
import type { InputValue } from "#lib/domain/template/inputs";
import { catalogue } from "#lib/views/catalogue";

let connections: GivenConnections;
let db: Database;
beforeAll(async () => {
  connections = await givenConnections();
  db = connections.app;
});
afterAll(() => connections?.close());

function launch(
  tenant: GivenTenant,
  fleet: GivenFleet,
  name: string,
  nodeCount = 1,
  more: Partial<Parameters<typeof launchEnvironment>[2]> = {},
  through = db,
) {
  return launchEnvironment(through, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name,
    templateVersionId: fleet.templateVersionId,
    imageId: fleet.imageId,
    counts: { workers: nodeCount },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
    ...more,
  });
}

const held = (tenants: GivenTenant[]) =>
  asOperator(db, (tx) =>
    tx
      .select({ gpus: sum(allocations.gpus).mapWith(Number), nodes: count() })
      .from(allocations)
      .where(
        and(
          inArray(
            allocations.tenantId,
            tenants.map((tenant) => tenant.tenantId),
          ),
          isNull(allocations.releasedAt),
        ),
      ),
  ).then(([row]) => ({ gpus: row?.gpus ?? 0, nodes: row?.nodes ?? 0 }));

// Guarantee: people pressing Launch at once cannot spend the same GPUs. Goes red without the lock
// of the quota: then every launch counts before any has committed.
test("racing launches of one tenant take exactly what its quota holds", async () => {
  const fleet = await givenFleet(db, { racks: [40] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 80 });

  const results = await Promise.all(
    Array.from({ length: 40 }, (_, i) => launch(tenant, fleet, `race-${i}`)),
  );

  expect(results.filter((result) => result.ok)).toHaveLength(10);
  expect(await held([tenant])).toEqual({ gpus: 80, nodes: 10 });
  const refusals = results.flatMap((result) => (result.ok ? [] : [result.refusal]));
  expect(new Set(refusals.map((refusal) => refusal.kind))).toEqual(new Set(["quota_exceeded"]));
  const [audited] = await asOperator(db, (tx) =>
    tx.select({ n: count() }).from(auditEvents).where(eq(auditEvents.tenantId, tenant.tenantId)),
  );
  expect(audited?.n).toBe(10);
});

// Goes red without the turns of a tenant's launches: they then hold every connection there is.
test("a tenant whose launches wait for one another leaves connections to others", async () => {
  const fleet = await givenFleet(db, { racks: [8] });
  const busy = await givenTenant(db, { fleet, gpuLimit: 80 });
  const other = await givenTenant(db, { fleet, gpuLimit: 80 });
  const portal = connect({ url: connections.url, role: "ingot_app", max: 4 });
  const released = Promise.withResolvers<void>();
  try {
    const locked = Promise.withResolvers<void>();
    const holding = withGrant(db, busy.grant("environment.launch"), async (tx) => {
      await lockQuota(tx, busy.tenantId);
      locked.resolve();
      await released.promise;
    });
    await locked.promise;
    const waiting = Array.from({ length: 6 }, (_, i) =>
      launch(busy, fleet, `wait-${i}`, 1, {}, portal.db),
    );
    await expect.poll(() => portal.pool.totalCount).toBe(2);
    expect(await launch(other, fleet, "meanwhile", 1, {}, portal.db)).toMatchObject({ ok: true });
    released.resolve();
    await holding;
    expect((await Promise.all(waiting)).filter((result) => result.ok)).toHaveLength(6);
  } finally {
    released.resolve();
    await portal.pool.end();
  }
});

// Guarantee: no node is given out twice, and none stays free while someone was refused it.
test("racing launches of many tenants take every free node, each once", async () => {
  const fleet = await givenFleet(db, { racks: [4, 4, 4] });
  const tenants = await Promise.all(
    Array.from({ length: 8 }, () => givenTenant(db, { fleet, gpuLimit: 800 })),
  );

  const results = await Promise.all(
    Array.from({ length: 40 }, (_, i) => launch(tenants[i % 8] as GivenTenant, fleet, `race-${i}`)),
  );

  expect(results.filter((result) => result.ok)).toHaveLength(12);
  expect(await held(tenants)).toEqual({ gpus: 96, nodes: 12 });
  expect(new Set(results.flatMap((result) => (result.ok ? [] : [result.refusal.kind])))).toEqual(
    new Set(["no_capacity"]),
  );
  const states = await asOperator(db, (tx) =>
    tx.select({ state: nodes.lifecycle }).from(nodes).where(eq(nodes.nodeTypeId, fleet.nodeTypeId)),
  );
  expect(new Set(states.map((row) => row.state))).toEqual(new Set(["reserved"]));
});

test("racing launches of several nodes each hold all of theirs or none", async () => {
  const fleet = await givenFleet(db, { racks: [4, 4] });
  const tenants = await Promise.all(
    Array.from({ length: 5 }, () => givenTenant(db, { fleet, gpuLimit: 800 })),
  );
  const results = await Promise.all(
    tenants.flatMap((tenant, i) => [
      launch(tenant, fleet, `one-${i}`, 3),
      launch(tenant, fleet, `two-${i}`, 3),
    ]),
  );
  expect(results.filter((result) => result.ok)).toHaveLength(2);
  expect((await held(tenants)).nodes).toBe(6);
});

test("a launch that finds the last node held by another waits, and has it when the other gives up", async () => {
  const fleet = await givenFleet(db, { racks: [1] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 8 });
  const holding = Promise.withResolvers<void>();
  const giveUp = Promise.withResolvers<void>();
  const other = asOperator(db, async (tx) => {
    await tx.select().from(nodes).where(eq(nodes.nodeTypeId, fleet.nodeTypeId)).for("update");
    holding.resolve();
    await giveUp.promise;
  });
  await holding.promise;
  const launched = launch(tenant, fleet, "patient");
  await untilSomeoneWaits();
  giveUp.resolve();
  await other;
  expect((await launched).ok).toBe(true);
});

// Guarantee: whatever a command does, the database keeps a node for one holder at a time.
test("a node that is held cannot be held a second time, for part of that time or all of it", async () => {
  const fleet = await givenFleet(db, { racks: [1] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 8 });
  expect((await launch(tenant, fleet, "first")).ok).toBe(true);
  const holds = (startedAt: string, releasedAt: string | null) =>
    asOperator(db, async (tx) => {
      const [row] = await tx
        .select()
        .from(allocations)
        .where(and(eq(allocations.tenantId, tenant.tenantId), isNull(allocations.releasedAt)));
      if (!row) throw new Error("nothing is held");
      const at = (words: string) =>
        sql`${row.startedAt.toISOString()}::timestamptz + ${words}::interval`;
      await tx.insert(allocations).values({
        ...{ ...row, id: newId("allocation") },
        startedAt: at(startedAt),
        releasedAt: releasedAt === null ? null : at(releasedAt),
      });
    }).then(
      () => "held",
      (error: Error) => (error.cause as { constraint?: string }).constraint,
    );
  expect(await holds("1 minute", null)).toBe("allocations_one_per_node");
  expect(await holds("-1 minute", "1 minute")).toBe("allocations_never_overlap");
  expect(await holds("1 minute", "2 minutes")).toBe("allocations_never_overlap");
  expect(await holds("-2 minutes", "0 minutes")).toBe("held");
});

async function untilSomeoneWaits(): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    const { rows } = await db.execute(
      sql`select 1 from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()`,
    );
    if (rows.length > 0) return;
  }
  throw new Error("nobody waits");
}

test("one launch lands in one rack when a rack can hold it", async () => {
  const fleet = await givenFleet(db, { racks: [2, 5, 3] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 800 });
  const result = await launch(tenant, fleet, "together", 3);
  expect(result.ok).toBe(true);
  const rows = await asOperator(db, (tx) =>
    tx
      .select({ nodeId: allocations.nodeId })
      .from(allocations)
      .where(eq(allocations.tenantId, tenant.tenantId)),
  );
  // The fullest of those that suffice: the larger rack stays whole for a larger launch.
  expect(rows.map((row) => row.nodeId).sort()).toEqual([...(fleet.racks[2] ?? [])].sort());
});

test("the same request key launches one environment, also when both arrive at once", async () => {
  const fleet = await givenFleet(db, { racks: [4] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 800 });
  const requestKey = randomUUID();
  const [first, second] = await Promise.all([
    launch(tenant, fleet, "train", 1, { requestKey }),
    launch(tenant, fleet, "train", 1, { requestKey }),
  ]);
  expect(first.ok).toBe(true);
  expect(second).toEqual(first);
  expect(await launch(tenant, fleet, "other", 1, { requestKey })).toEqual(first);
  expect(await held([tenant])).toEqual({ gpus: 8, nodes: 1 });
});

test("a launch writes the environment, its nodes, one operation for each and the audit event", async () => {
  const fleet = await givenFleet(db, { racks: [2] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 16 });
  const result = await launch(tenant, fleet, "train", 2);
  if (!result.ok) throw new Error(refusalMessage(result.refusal));
  const { environmentId, operationId } = result.value;

  await withGrant(db, tenant.grant("environment.read"), async (tx) => {
    expect(await tx.select().from(environments)).toMatchObject([
      { id: environmentId, state: "queued", groups: { workers: 2 } },
    ]);
    const allocated = await tx.select().from(allocations);
    expect(allocated.map((row) => row.hostname).sort()).toEqual(["train-1", "train-2"]);
    const ordered = await tx
      .select()
      .from(operations)
      .orderBy(sql`${operations.parentId} nulls first`);
    expect(ordered.map((row) => [row.kind, row.state, row.parentId])).toEqual([
      ["environment.launch", "running", null],
      ["node.deploy", "ready", operationId],
      ["node.deploy", "ready", operationId],
    ]);
    const events = await tx.select().from(auditEvents);
    expect(events).toMatchObject([
      { action: "environment.launch", outcome: "done", actorName: "Ada", objectId: environmentId },
    ]);
  });
});

test("quota and capacity refuse in words, the tenant's limit before the project's", async () => {
  const fleet = await givenFleet(db, { racks: [3] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 32, projectGpuLimit: 16 });
  const words = async (nodeCount: number) => {
    const result = await launch(tenant, fleet, `words-${nodeCount}`, nodeCount);
    return result.ok ? "launched" : refusalMessage(result.refusal);
  };
  expect(await words(5)).toContain("needs 40 H200 GPUs and 32 of the tenant's 32 are left");
  expect(await words(3)).toContain("needs 24 H200 GPUs and 16 of the project's 16 are left");
  const rich = await givenTenant(db, { fleet, gpuLimit: 320 });
  const result = await launch(rich, fleet, "words", 4);
  expect(result.ok || refusalMessage(result.refusal)).toMatch(
    /^This needs 4 nodes .* and 3 are free/,
  );
  expect(await held([tenant, rich])).toEqual({ gpus: 0, nodes: 0 });
});

test("what was shared with another tenant cannot be launched, nor another person's key used", async () => {
  const fleet = await givenFleet(db, { racks: [2] });
  const theirs = await givenFleet(db, { racks: [2] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 16 });
  const other = await givenTenant(db, { fleet: theirs, gpuLimit: 16 });

  expect(await launch(tenant, theirs, "stolen")).toEqual({
    ok: false,
    refusal: { kind: "not_found", resource: "template" },
  });
  expect(await launch(tenant, fleet, "stolen", 1, { imageId: theirs.imageId })).toEqual({
    ok: false,
    refusal: { kind: "not_found", resource: "image" },
  });
  expect(await launch(tenant, fleet, "stolen", 1, { sshKeyIds: [other.keyId] })).toEqual({
    ok: false,
    refusal: { kind: "not_found", resource: "SSH key" },
  });
  expect(await held([tenant, other])).toEqual({ gpus: 0, nodes: 0 });
});

// Guarantee: a template can ask for keys and images, and nobody enters a key or an image of somebody else.
test("keys and images that a template asks for are the person's, the project's, or refused", async () => {
  const fleet = await givenFleet(db, { racks: [2] });
  const other = await givenFleet(db, { racks: [0], gpuModel: "L4" });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 80 });
  const stranger = await givenTenant(db, { fleet, gpuLimit: 80 });
  const { tenantId, projectId, userId } = tenant;
  const ofProject = { id: newId("projectKey"), publicKey: "ssh-ed25519 BBBB ops" };
  const theirs = { id: newId("projectKey"), publicKey: "ssh-ed25519 CCCC stranger" };
  await asOperator(db, async (tx) => {
    const common = { name: "ops", addedBy: userId, addedByName: "Ada" };
    await tx.insert(projectKeys).values([
      { ...common, ...ofProject, tenantId, projectId, fingerprint: "SHA256:ops" },
      {
        ...{ ...common, ...theirs, fingerprint: "SHA256:theirs" },
        ...{ tenantId: stranger.tenantId, projectId: stranger.projectId },
      },
    ]);
    await tx
      .update(templateVersions)
      .set({
        inputs: [
          anInput({ name: "admins", type: "ssh_keys", required: true }),
          anInput({ name: "base", type: "image" }),
        ],
      })
      .where(eq(templateVersions.id, fleet.templateVersionId));
  });
  const [image, foreign] = await asOperator(db, (tx) =>
    tx
      .select()
      .from(images)
      .where(inArray(images.id, [fleet.imageId, other.imageId])),
  ).then((rows) => [fleet, other].map(({ imageId }) => rows.find(({ id }) => id === imageId)));
  const base = `${image?.name} ${image?.version}`;
  const told = async (inputs: Record<string, InputValue>) => {
    const result = await launch(tenant, fleet, "keyed", 1, { inputs });
    if (result.ok) return "launched";
    return result.refusal.kind === "invalid_input" ? result.refusal.fields : result.refusal.kind;
  };
  const notOurs = "admins takes your own saved keys and the project's alone.";
  expect(await told({ admins: [theirs.publicKey] })).toEqual({ "inputs.admins": notOurs });
  expect(await told({})).toEqual({ "inputs.admins": "Enter admins." });
  expect(
    await told({
      admins: [ofProject.publicKey],
      base: `${foreign?.name} ${foreign?.version}`,
    }),
  ).toEqual({ "inputs.base": `base: these nodes may run ${base}.` });
  const entered = { admins: ["ssh-ed25519 AAAA", ofProject.publicKey], base };
  expect(await told(entered)).toBe("launched");
  const [kept] = await asOperator(db, (tx) =>
    tx.select().from(environments).where(eq(environments.tenantId, tenantId)),
  );
  expect(kept?.inputs).toEqual(entered);
  // Programs are told what they can choose from, by the same rules.
  const { templates } = await catalogue(db, tenant.grant("project.read"));
  const offered = templates.find(({ versionId }) => versionId === fleet.templateVersionId);
  expect(offered?.inputs.map(({ options }) => options)).toEqual([entered.admins, [base]]);
});

test("a template with a group whose profile is not shared is not launched without that group", async () => {
  const fleet = await givenFleet(db, { racks: [2] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 16 });
  await asOperator(db, (tx) =>
    tx.delete(profileShares).where(eq(profileShares.projectId, tenant.projectId)),
  );
  expect(await launch(tenant, fleet, "half")).toEqual({
    ok: false,
    refusal: { kind: "not_found", resource: "profile" },
  });
});

test("counts out of the template's bounds, no key and a name in use are refused", async () => {
  const fleet = await givenFleet(db, { racks: [4] });
  const tenant = await givenTenant(db, { fleet, gpuLimit: 800 });
  await asOperator(db, (tx) =>
    tx
      .update(templateGroups)
      .set({ maxCount: 2 })
      .where(eq(templateGroups.templateVersionId, fleet.templateVersionId)),
  );
  const kindOf = async (made: ReturnType<typeof launch>) => {
    const result = await made;
    return result.ok ? "launched" : result.refusal.kind;
  };
  expect(await kindOf(launch(tenant, fleet, "many", 3))).toBe("invalid_input");
  expect(await kindOf(launch(tenant, fleet, "keyless", 1, { sshKeyIds: [] }))).toBe(
    "invalid_input",
  );
  expect(await kindOf(launch(tenant, fleet, "same"))).toBe("launched");
  expect(await kindOf(launch(tenant, fleet, "same"))).toBe("name_taken");
});

test("the nodes that may be allocated are those without a reason against it, and no others", async () => {
  const fleet = await givenFleet(db, { racks: [1] });
  const [id] = fleet.racks[0] ?? [];
  if (!id) throw new Error("no node");
  const good = {
    lifecycle: "available",
    health: "ok",
    controllerState: "reachable",
    maintenance: false,
    cordoned: false,
  } as const;
  // Each axis on its own: both sides are conjunctions of one condition per axis.
  const states = [
    ...nodeLifecycles.map((lifecycle) => ({ ...good, lifecycle })),
    ...nodeHealths.map((health) => ({ ...good, health })),
    ...controllerStates.map((controllerState) => ({ ...good, controllerState })),
    { ...good, maintenance: true },
    { ...good, cordoned: true },
  ];
  const wrong: unknown[] = [];
  await asOperator(db, async (tx) => {
    for (const state of states) {
      await tx.update(nodes).set(state).where(eq(nodes.id, id));
      const found = await tx
        .select()
        .from(nodes)
        .where(and(eq(nodes.id, id), mayBeAllocated()));
      const none = reasonsAgainstAllocation(state).length === 0;
      if (none !== (found.length === 1)) wrong.push(state);
    }
  });
  expect(wrong).toEqual([]);
});
