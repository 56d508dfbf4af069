import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { profileShares, profiles, templateGroups, templateVersions } from "#db/schema/catalogue";
import { nodes } from "#db/schema/nodes";
import { operationLogs, operationSteps, operations } from "#db/schema/operations";
import { projectMembers, tenantMembers } from "#db/schema/tenants";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenLaunched, givenReady } from "#e2e/fixtures/launched";
import { actorOf, givenMember, givenOrganisation } from "#e2e/fixtures/people";
import { authorizeProject, authorizeTenant } from "#lib/access/authorize";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { releaseEnvironment } from "#lib/commands/release-environment";
import type { TenantRole } from "#lib/domain/access/role";
import { newId } from "#lib/domain/id";
import type { ProfileState } from "#lib/domain/profile/profile";
import { environmentDetail as detailSchema } from "#lib/schemas/environment-view";
import { environmentsQuery } from "#lib/schemas/lists";
import { environmentActivity } from "#lib/views/activity";
import { catalogue, launchForm } from "#lib/views/catalogue";
import { environmentDetail } from "#lib/views/environment-detail";
import { environmentLog } from "#lib/views/environment-log";
import { launchPreflight } from "#lib/views/launch-preflight";
import { projectHome } from "#lib/views/project-home";
import { tenantHome } from "#lib/views/tenant-home";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

async function given(input: { racks?: number[]; gpuLimit?: number } = {}) {
  const fleet = await givenFleet(db.app, { racks: input.racks ?? [4] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: input.gpuLimit ?? 800 });
  return { fleet, tenant };
}

const read = (tenant: GivenTenant, id: string) =>
  environmentDetail(db.app, tenant.grant("environment.read"), id);

test("an environment is told of a newer version that its project is offered, and what differs for it", async () => {
  const { fleet, tenant } = await given();
  const { environmentId } = await givenLaunched(db, { fleet, tenant, nodeCount: 1 });
  expect((await read(tenant, environmentId))?.newer).toBeNull();
  const newer = newId("templateVersion");
  await asOperator(db.app, async (tx) => {
    const own = await tx
      .select()
      .from(templateVersions)
      .where(eq(templateVersions.id, fleet.templateVersionId));
    const groups = await tx
      .select()
      .from(templateGroups)
      .where(eq(templateGroups.templateVersionId, fleet.templateVersionId));
    const hooks = [aHook({ name: "secret-plan", kind: "wait" })];
    await tx.insert(templateVersions).values(
      own.map((row) => ({
        ...{ ...row, id: newer, version: 2, state: "draft" as const, hooks },
        readme: "# Begin anew",
      })),
    );
    await tx
      .insert(templateGroups)
      .values(groups.map((row) => ({ ...row, templateVersionId: newer, maxCount: 9 })));
  });
  // What is not published is nobody's.
  expect((await read(tenant, environmentId))?.newer).toBeNull();
  await asOperator(db.app, (tx) =>
    tx.update(templateVersions).set({ state: "published" }).where(eq(templateVersions.id, newer)),
  );
  expect(detailSchema.parse(await read(tenant, environmentId)).newer).toMatchObject({
    versions: [
      {
        version: 2,
        ...{ obstacles: [], asks: [] },
        changes: [
          { what: "Hook secret-plan", before: null },
          { what: "Read me", after: "# Begin anew" },
          { what: "Group workers, nodes", after: expect.stringContaining("to 9") },
        ],
      },
    ],
  });
  expect((await read(tenant, environmentId))?.readme).toBe("");
});

test("an environment in motion tells its step, what it waits for and when it looks again", async () => {
  const { fleet, tenant } = await given();
  const launched = await givenLaunched(db, { fleet, tenant, nodeCount: 2 });
  const nextTryAt = new Date(Date.now() + 60_000);
  const children = await db.worker
    .update(operations)
    .set({
      state: "waiting",
      step: "boot_script",
      waitReason: "the node has not asked for its boot script yet",
      runAfter: nextTryAt,
      startedAt: new Date(),
    })
    .where(eq(operations.parentId, launched.operationId))
    .returning();
  const [first] = children;
  if (!first) throw new Error("no operation");
  const begun = Date.now() - 30_000;
  await db.worker.insert(operationSteps).values({
    operationId: first.id,
    tenantId: tenant.tenantId,
    name: "power_off",
    position: 0,
    state: "done",
    startedAt: new Date(begun),
    finishedAt: new Date(begun + 10_000),
  });

  const detail = detailSchema.parse(await read(tenant, launched.environmentId));
  expect(detail.progress).toMatchObject({
    step: 7,
    steps: 13,
    nodes: 2,
    behind: {
      hostname: "train-1",
      waitsFor: "the node has not asked for its boot script yet",
      nextTryAt: nextTryAt.toISOString(),
    },
  });
  expect(detail.nodeList.map((node) => node.hostname)).toEqual(["train-1", "train-2"]);
  const done = detail.nodeList.flatMap((node) =>
    (node.operation?.steps ?? []).filter((step) => step.state === "done"),
  );
  // The usual time is the median of what was done: here of one.
  expect(done).toMatchObject([{ name: "power_off", typicalMs: 10_000 }]);
  expect(detail.keys).toEqual([{ name: "laptop", fingerprint: "SHA256:test", ofProject: false }]);
});

test("another tenant reads nothing of it: no detail, no log, no activity", async () => {
  const { fleet, tenant } = await given();
  const { tenant: other } = await given();
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  const grant = other.grant("environment.read");
  expect(await environmentDetail(db.app, grant, environmentId)).toBeNull();
  expect(await environmentLog(db.app, grant, environmentId, null)).toBeNull();
  expect(await environmentActivity(db.app, grant, environmentId)).toEqual([]);
  expect(await read(tenant, "env_nonsense")).toBeNull();
});

test("a node that was given back is not shown any more, its part of the release is", async () => {
  const { fleet, tenant } = await given();
  const { environmentId, nodeIds } = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  const [nodeId] = nodeIds;
  if (!nodeId) throw new Error("no node");
  await db.worker.update(nodes).set({ address: "10.0.0.7" }).where(eq(nodes.id, nodeId));
  expect((await read(tenant, environmentId))?.nodeList[0]?.node?.address).toBe("10.0.0.7");
  await releaseEnvironment(db.app, tenant.grant("environment.release"), {
    requestKey: randomUUID(),
    environmentId,
    confirmName: "train",
  });
  // Whoever has the node next: it is free again, and so any tenant's to see.
  await db.worker.update(nodes).set({ lifecycle: "available" }).where(eq(nodes.id, nodeId));
  const detail = await read(tenant, environmentId);
  expect(detail?.nodeList).toMatchObject([
    { node: null, hostname: "train-1", operation: { kind: "node.reclaim" } },
  ]);
  expect(JSON.stringify(detail)).not.toContain("10.0.0.7");
});

test("the log is read on from the last line, once each", async () => {
  const { fleet, tenant } = await given();
  const launched = await givenLaunched(db, { fleet, tenant, nodeCount: 1 });
  const grant = tenant.grant("environment.read");
  const first = await environmentLog(db.app, grant, launched.environmentId, null);
  expect(first?.lines.map((line) => line.message)).toEqual([
    expect.stringMatching(/^Ada launched 1 node from /),
  ]);
  await db.worker.insert(operationLogs).values({
    operationId: launched.operationId,
    tenantId: tenant.tenantId,
    environmentId: launched.environmentId,
    source: "worker",
    level: "info",
    message: "Power off",
  });
  const next = await environmentLog(db.app, grant, launched.environmentId, first?.last ?? 0);
  expect(next?.lines.map((line) => line.message)).toEqual(["Power off"]);
  const none = await environmentLog(db.app, grant, launched.environmentId, next?.last ?? 0);
  expect(none).toMatchObject({ lines: [], last: next?.last, more: false });
});

test("a project lists its environments by state and name, page by page, and its use of quota", async () => {
  const { fleet, tenant } = await given({ racks: [40], gpuLimit: 320 });
  const grant = tenant.grant("project.read");
  for (let i = 0; i < 27; i++) {
    await givenLaunched(db, { fleet, tenant, nodeCount: 1, name: `train-${i}` });
  }
  const first = await projectHome(db.app, grant);
  expect(first.environments).toHaveLength(25);
  expect(first.environments[0]?.name).toBe("train-26");
  const second = await projectHome(db.app, grant, environmentsQuery.parse({ after: first.next }));
  expect(second.environments.map((row) => row.name)).toEqual(["train-1", "train-0"]);
  expect(second.next).toBeNull();
  const named = await projectHome(db.app, grant, { q: "train-2", state: "queued" });
  expect(named.environments).toHaveLength(8);
  expect(
    (await projectHome(db.app, grant, environmentsQuery.parse({ q: "%" }))).environments,
  ).toEqual([]);
  expect(
    (await projectHome(db.app, grant, environmentsQuery.parse({ state: "ready" }))).environments,
  ).toEqual([]);
  expect(first.quota).toMatchObject([{ label: "H200 GPUs", limit: 320, used: 216 }]);
  expect(first.members).toMatchObject([{ name: "Ada", role: "member" }]);
});

test("a project's home lists who has a role now, with when it ends, and nobody whose time is over", async () => {
  const organisation = await givenOrganisation(db.app);
  const { slug } = organisation;
  const day = 24 * 60 * 60_000;
  const at = (days: number) => new Date(Date.now() + days * day);
  const given = async (role: TenantRole, until: Date | null, inProject?: Date | null) => {
    const roles = inProject === undefined ? undefined : { vision: "member" as const };
    const { userId } = await givenMember(db.app, organisation, role, roles);
    await asOperator(db.app, async (tx) => {
      await tx.update(tenantMembers).set({ until }).where(eq(tenantMembers.userId, userId));
      await tx
        .update(projectMembers)
        .set({ until: inProject ?? null })
        .where(eq(projectMembers.userId, userId));
    });
    return userId;
  };
  const owner = await given("owner", null);
  const lasting = await given("member", at(9), null);
  const brief = await given("member", at(9), at(2));
  const admin = await given("admin", at(5), at(1));
  await given("admin", at(-1));
  await given("member", at(-1), null);
  await given("member", at(9), at(-1));

  const actor = await actorOf(db.app, owner);
  const grant = authorizeProject(actor, slug, "vision", "project.read");
  if (!grant.ok) throw new Error("refused");
  const { members } = await projectHome(db.app, grant.value);
  const ends = new Map(members.map((each) => [each.userId, each.until]));
  const days = (until: string | null | undefined) =>
    until ? Math.round((Date.parse(until) - Date.now()) / day) : until;
  expect([owner, lasting, brief, admin].map((id) => days(ends.get(id)))).toEqual([null, 9, 2, 5]);
  expect(members).toHaveLength(4);
});

test("a tenant's home shows what wants a look, and nothing of projects one has no role in", async () => {
  const { fleet, tenant } = await given();
  await givenReady(db, { fleet, tenant, nodeCount: 1, name: "calm" });
  await givenLaunched(db, { fleet, tenant, nodeCount: 2, name: "moving" });
  const grant = authorizeTenant(
    tenant.actor,
    tenant.actor.memberships[0]?.tenantSlug ?? "",
    "tenant.read",
  );
  if (!grant.ok) throw new Error("refused");
  const home = await tenantHome(db.app, grant.value);
  expect(home.attention.map((row) => row.name)).toEqual(["moving"]);
  expect(home.projects).toMatchObject([{ slug: "research", environments: 2, nodes: 3, gpus: 24 }]);

  const { tenant: stranger } = await given();
  const elsewhere = { ...grant.value, actorId: stranger.userId };
  const theirs = await tenantHome(db.app, elsewhere);
  expect(theirs.projects).toEqual([]);
  expect(theirs.attention).toEqual([]);
});

test("the catalogue offers what is shared with the project, with what is free of it now", async () => {
  const { fleet, tenant } = await given({ racks: [2, 1] });
  await given();
  const [cordoned] = fleet.racks[0] ?? [];
  if (!cordoned) throw new Error("no node");
  await db.worker.update(nodes).set({ cordoned: true }).where(eq(nodes.id, cordoned));
  const offer = await catalogue(db.app, tenant.grant("project.read"));
  expect(offer.templates).toMatchObject([
    { versionId: fleet.templateVersionId, blocked: null, timeToReady: null },
  ]);
  expect(offer.profiles).toMatchObject([{ id: fleet.profileId, freeNow: 2 }]);
  const form = await launchForm(db.app, tenant.grant("environment.launch"));
  expect(form.images.map((image) => image.id)).toEqual([fleet.imageId]);
  expect(form.sshKeys).toMatchObject([{ id: tenant.keyId }]);
  await asOperator(db.app, (tx) =>
    tx.delete(profileShares).where(eq(profileShares.projectId, tenant.projectId)),
  );
  const without = await catalogue(db.app, tenant.grant("project.read"));
  expect(without.templates[0]?.blocked).toContain("is not offered to this project");
});

test("a deprecated profile is launched with a note, a disabled one is refused in words of its own", async () => {
  const { fleet, tenant } = await given({ racks: [3] });
  const grant = tenant.grant("environment.launch");
  const form = {
    ...{ name: "train", templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
    counts: { workers: 1 },
  };
  const launch = () =>
    launchEnvironment(db.app, grant, {
      ...{ ...form, requestKey: randomUUID() },
      ...{ sshKeyIds: [tenant.keyId], pastedKey: "" },
    });
  const told = async () =>
    (await launchPreflight(db.app, grant, form))?.checks.find(({ id }) => id === "profile-workers");
  const offer = async () => (await catalogue(db.app, tenant.grant("project.read"))).templates[0];
  const move = (state: ProfileState) =>
    asOperator(db.app, (tx) =>
      tx.update(profiles).set({ state }).where(eq(profiles.id, fleet.profileId)),
    );
  expect(await told()).toBeUndefined();
  await move("deprecated");
  expect(await told()).toMatchObject({
    verdict: "warn",
    words: expect.stringContaining("is deprecated: this template can still be launched"),
  });
  expect((await offer())?.blocked).toBeNull();
  expect((await launch()).ok).toBe(true);
  await move("disabled");
  const words = expect.stringContaining("is disabled: no new environment takes nodes of it.");
  form.name = "train-2";
  expect(await told()).toMatchObject({ verdict: "no", words });
  expect((await offer())?.blocked).toEqual(words);
  expect(await launch()).toMatchObject({ refusal: { kind: "not_now", reason: words } });
  // Beside a group that can be had, one that nobody needs to ask for blocks nothing.
  const other = await givenFleet(db.app, { racks: [1] });
  await asOperator(db.app, async (tx) => {
    await tx.insert(profileShares).values({
      ...{ tenantId: tenant.tenantId, projectId: tenant.projectId, profileId: other.profileId },
    });
    const { templateVersionId } = fleet;
    await tx
      .update(templateGroups)
      .set({ minCount: 0 })
      .where(eq(templateGroups.templateVersionId, templateVersionId));
    await tx.insert(templateGroups).values({
      ...{ templateVersionId, name: "control", position: 1, role: "control_plane" as const },
      ...{ profileId: other.profileId, minCount: 1, maxCount: 1, defaultCount: 1 },
    });
  });
  expect((await offer())?.blocked).toBeNull();
});

// Guarantee: the panel beside the form and the launch go by the same rules.
test("preflight stops a launch exactly where the launch would be refused", async () => {
  const { fleet, tenant } = await given({ racks: [3, 2], gpuLimit: 32 });
  await givenLaunched(db, { fleet, tenant, nodeCount: 1, name: "taken" });
  const grant = tenant.grant("environment.launch");
  const tries = [
    { name: "fits", count: 3 },
    { name: "taken", count: 1 },
    { name: "over-quota", count: 4 },
    { name: "no-nodes", count: 0 },
    { name: "too-many", count: 65 },
    { name: "other-image", count: 1, imageId: (await givenFleet(db.app, { racks: [] })).imageId },
    { name: "no-key", count: 1, sshKeyIds: [] },
    { name: "strange-key", count: 1, sshKeyIds: [newId("sshKey")] },
    { name: "no-such-input", count: 1, inputs: { other: "x" } },
  ];
  for (const { name, count, imageId = fleet.imageId, ...more } of tries) {
    const form = {
      ...{ name, templateVersionId: fleet.templateVersionId, imageId },
      ...{ counts: { workers: count }, sshKeyIds: [tenant.keyId], ...more },
    };
    const told = await launchPreflight(db.app, grant, form);
    const stops = told?.checks.some((check) => check.verdict === "no");
    const result = await launchEnvironment(db.app, grant, {
      ...form,
      requestKey: randomUUID(),
      pastedKey: "",
    });
    expect({ name, stops }).toEqual({ name, stops: !result.ok });
  }
});

test("preflight stops a project that launches too fast, in the words that its launch would meet", async () => {
  const { fleet, tenant } = await given({ racks: [3], gpuLimit: 32 });
  const grant = tenant.grant("environment.launch");
  const form = (name: string) => ({
    ...{ name, templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
    ...{ counts: { workers: 1 }, sshKeyIds: [tenant.keyId] },
  });
  const told = async (name: string) => {
    const answer = await launchPreflight(db.app, grant, form(name), true, 2);
    return answer?.checks.filter(({ id }) => id === "pace");
  };
  const launch = (name: string) => {
    const entered = { ...form(name), requestKey: randomUUID(), pastedKey: "" };
    return launchEnvironment(db.app, grant, entered, "", 2);
  };
  expect(await launch("first")).toMatchObject({ ok: true });
  expect(await told("second")).toEqual([]);
  expect(await launch("second")).toMatchObject({ ok: true });
  expect(await told("third")).toMatchObject([
    {
      verdict: "no",
      words: "A project launches at most 5 environments a minute.",
      wayOut: expect.stringMatching(/^Wait \d+ seconds and launch again\.$/),
    },
  ]);
  expect(await launch("third")).toMatchObject({ refusal: { kind: "too_fast", what: "launch" } });
});

test("preflight says in words what is short and what to do", async () => {
  const { fleet, tenant } = await given({ racks: [2, 2], gpuLimit: 320 });
  const words = async (fleetOf: GivenFleet, count: number) => {
    const told = await launchPreflight(db.app, tenant.grant("environment.launch"), {
      name: "train",
      templateVersionId: fleetOf.templateVersionId,
      imageId: fleetOf.imageId,
      counts: { workers: count },
    });
    const check = told?.checks.find((each) => each.id.startsWith("capacity"));
    return [check?.verdict, check?.words, check?.wayOut];
  };
  expect(await words(fleet, 2)).toEqual([
    "ok",
    "Takes 2 of the 4 free now, all in one rack.",
    null,
  ]);
  expect(await words(fleet, 3)).toEqual([
    "warn",
    "Takes 3 of the 4 free now, spread over several racks.",
    "No rack has more than 2 free. Take 2 or fewer to have them together.",
  ]);
  expect(await words(fleet, 5)).toEqual([
    "no",
    "Needs 5 nodes and 4 are free now.",
    "Take 4 or fewer, or try again when some have been released.",
  ]);
  const large = await givenFleet(db.app, { racks: [6] });
  const { tenantId, projectId } = tenant;
  await asOperator(db.app, (tx) =>
    tx.insert(profileShares).values({ tenantId, projectId, profileId: large.profileId }),
  );
  expect((await words(fleet, 5))[2]).toMatch(
    /^Take 4 or fewer, take a template on gpu-8x\S+ \(6 free\), or try again/,
  );
});
