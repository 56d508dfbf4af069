import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { bootWindows } from "#db/schema/boot-windows";
import { allocations, environments } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import { projectKeys } from "#db/schema/project-keys";
import { projects } from "#db/schema/tenants";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { newPublicKey } from "#e2e/world/tenants";
import { type Actor, authorizeProject, type Grant } from "#lib/access/authorize";
import { bootTokenHashes } from "#lib/boot/tokens";
import { addProjectKey } from "#lib/commands/add-project-key";
import { changeEnvironmentKeys } from "#lib/commands/change-environment-keys";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { removeProjectKey } from "#lib/commands/remove-project-key";
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import type { ChangeEnvironmentKeysInput } from "#lib/schemas/environment";
import { environmentDetail } from "#lib/views/environment-detail";
import { projectKeyList } from "#lib/views/project-keys";
import { type NodeContext, nodeContext } from "#lib/worker/context";
import { handOver } from "#lib/worker/workflows/boot-steps";

let db: GivenConnections;
let fleet: GivenFleet;
beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [12] });
});
afterAll(() => db?.close());

const given = () => givenTenant(db.app, { fleet, gpuLimit: 64 });

/** What an admin of the tenant's project may do, whom the given member is not. */
function asAdmin(tenant: GivenTenant): Grant<"project.keys"> {
  const [membership] = tenant.actor.memberships;
  if (!membership) throw new Error("no membership");
  const projects = membership.projects.map((each) => ({ ...each, role: "admin" as const }));
  const actor: Actor = { ...tenant.actor, memberships: [{ ...membership, projects }] };
  const granted = authorizeProject(actor, membership.tenantSlug, "research", "project.keys");
  if (!granted.ok) throw new Error("an admin may not change keys");
  return granted.value as Grant<"project.keys">;
}

async function addKey(tenant: GivenTenant, name: string): Promise<Id<"projectKey">> {
  const input = { name, publicKey: newPublicKey(name) };
  const added = await addProjectKey(db.app, asAdmin(tenant), input);
  if (!added.ok) throw new Error("not added");
  return added.value.projectKeyId;
}

/** A key of another project of the same tenant. */
async function givenKeyNextDoor({ tenantId, userId }: GivenTenant): Promise<Id<"projectKey">> {
  const [projectId, id] = [newId("project"), newId("projectKey")];
  await asOperator(db.app, async (tx) => {
    await tx.insert(projects).values({ id: projectId, tenantId, slug: "next", name: "Next" });
    await tx.insert(projectKeys).values({
      ...{ id, tenantId, projectId, name: "next door", publicKey: "ssh-ed25519 BBBB" },
      ...{ fingerprint: "SHA256:next", addedBy: userId, addedByName: "Ada" },
    });
  });
  return id;
}

const keysOf = async (tenant: GivenTenant) =>
  (await projectKeyList(db.app, tenant.grant("project.read"))).keys;

const launch = (tenant: GivenTenant, change: { projectKeyIds?: Id<"projectKey">[] } = {}) =>
  launchEnvironment(db.app, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name: `train-${randomUUID().slice(0, 8)}`,
    templateVersionId: fleet.templateVersionId,
    imageId: fleet.imageId,
    counts: { workers: 1 },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
    ...change,
  });

async function launched(tenant: GivenTenant, change: { projectKeyIds?: Id<"projectKey">[] } = {}) {
  const done = await launch(tenant, change);
  if (!done.ok) throw new Error(JSON.stringify(done.refusal));
  return done.value.environmentId;
}

const detailOf = async (tenant: GivenTenant, id: Id<"environment">) => {
  const detail = await environmentDetail(db.app, tenant.grant("environment.read"), id);
  if (!detail) throw new Error("no environment");
  return detail;
};
const namesOf = async (tenant: GivenTenant, id: Id<"environment">) =>
  (await detailOf(tenant, id)).keys.map((key) => key.name);

const audited = (tenant: GivenTenant, action: string) =>
  asOperator(db.app, (tx) =>
    tx
      .select({ detail: auditEvents.detail, name: auditEvents.objectName })
      .from(auditEvents)
      .where(and(eq(auditEvents.tenantId, tenant.tenantId), eq(auditEvents.action, action))),
  );

test("a project keeps a key once, by the same rules as a person, and says who added it", async () => {
  const tenant = await given();
  const publicKey = newPublicKey("me@laptop");
  const by = asAdmin(tenant);
  expect((await addProjectKey(db.app, by, { name: "backup", publicKey })).ok).toBe(true);
  expect(await addProjectKey(db.app, by, { name: "again", publicKey })).toMatchObject({
    refusal: { fields: { publicKey: expect.stringContaining('"backup"') } },
  });
  const weak = await addProjectKey(db.app, by, { name: "old", publicKey: "ssh-dss AAAA" });
  expect(weak).toMatchObject({ refusal: { kind: "invalid_input" } });
  const [key] = await keysOf(tenant);
  expect(key).toMatchObject({ name: "backup", type: "ssh-ed25519", addedByName: "Ada" });
  expect(await audited(tenant, "project_key.add")).toEqual([
    { name: "backup", detail: { fingerprint: key?.fingerprint } },
  ]);
});

test("another tenant sees no key of a project, removes none and puts none on", async () => {
  const [ours, theirs] = [await given(), await given()];
  const projectKeyId = await addKey(theirs, "theirs");
  expect(await keysOf(ours)).toEqual([]);
  expect(await removeProjectKey(db.app, asAdmin(ours), { projectKeyId })).toMatchObject({
    refusal: { kind: "not_found" },
  });
  expect(await launch(ours, { projectKeyIds: [projectKeyId] })).toMatchObject({
    refusal: { kind: "not_found", resource: "SSH key" },
  });
  expect((await removeProjectKey(db.app, asAdmin(theirs), { projectKeyId })).ok).toBe(true);
  expect(await audited(theirs, "project_key.remove")).toHaveLength(1);
});

test("a launch puts on every key of the project, or those that it names", async () => {
  const tenant = await given();
  const next = await givenKeyNextDoor(tenant);
  expect(await launch(tenant, { projectKeyIds: [next] })).toMatchObject({
    refusal: { kind: "not_found" },
  });
  const [backup] = [await addKey(tenant, "backup"), await addKey(tenant, "on-call")];
  const all = await launched(tenant);
  expect(new Set(await namesOf(tenant, all))).toEqual(new Set(["laptop", "backup", "on-call"]));
  expect(await namesOf(tenant, await launched(tenant, { projectKeyIds: [backup] }))).toEqual([
    "laptop",
    "backup",
  ]);
  expect(await namesOf(tenant, await launched(tenant, { projectKeyIds: [] }))).toEqual(["laptop"]);
  // What the project loses, its environments keep until it is taken off each.
  const placed = async (name: string) => {
    const { keys } = await projectKeyList(db.app, tenant.grant("project.read"));
    return keys.find((key) => key.name === name)?.environments.map(({ id }) => id);
  };
  expect(await placed("on-call")).toEqual([all]);
  expect(await placed("backup")).toHaveLength(2);
  await removeProjectKey(db.app, asAdmin(tenant), { projectKeyId: backup });
  expect(await namesOf(tenant, all)).toContain("backup");
});

test("the keys of an environment are changed by whoever may, and never to none or to a stranger's", async () => {
  const tenant = await given();
  const environmentId = await launched(tenant);
  const projectKeyId = await addKey(tenant, "backup");
  const nothing: ChangeEnvironmentKeysInput = {
    ...{ environmentId, drop: [], sshKeyIds: [], projectKeyIds: [], pastedKey: "" },
  };
  const change = (input: Partial<ChangeEnvironmentKeysInput>) =>
    changeEnvironmentKeys(db.app, tenant.grant("environment.keys"), { ...nothing, ...input });

  const drop = ["SHA256:test"];
  expect(await change({ drop })).toMatchObject({
    refusal: { fields: { sshKeys: expect.stringContaining("at least one") } },
  });
  const foreign = await addKey(await given(), "foreign");
  expect(await change({ projectKeyIds: [foreign] })).toMatchObject({
    refusal: { kind: "not_found" },
  });
  expect(await change({ pastedKey: "ssh-dss AAAA" })).toMatchObject({
    refusal: { fields: { pastedKey: expect.any(String) } },
  });
  expect(await namesOf(tenant, environmentId)).toEqual(["laptop"]);

  const pastedKey = newPublicKey("bob@desk");
  expect((await change({ drop, projectKeyIds: [projectKeyId], pastedKey })).ok).toBe(true);
  // Sent from a page that was read before: what came meanwhile stays.
  expect((await change({ drop })).ok).toBe(true);
  expect(await namesOf(tenant, environmentId)).toEqual(["backup", "bob@desk"]);
  const [event] = await audited(tenant, "environment.change_keys");
  expect(event?.detail).toMatchObject({
    added: [{}, {}].map(() => expect.any(String)),
    removed: ["SHA256:test"],
  });

  await asOperator(db.app, (tx) =>
    tx.update(environments).set({ state: "releasing" }).where(eq(environments.id, environmentId)),
  );
  expect(await change({ pastedKey })).toMatchObject({ refusal: { kind: "not_now" } });
});

/** The node of an environment is handed over after a boot with such a window; gives what the page says. */
async function bootWith(
  tenant: GivenTenant,
  environmentId: Id<"environment">,
  window: Partial<typeof bootWindows.$inferInsert>,
) {
  const [row] = await db.worker
    .select()
    .from(operations)
    .innerJoin(allocations, eq(allocations.id, operations.allocationId))
    .where(eq(allocations.environmentId, environmentId));
  if (!row?.operations.nodeId) throw new Error("no node");
  const [environment] = await db.worker
    .select()
    .from(environments)
    .where(eq(environments.id, environmentId));
  const { operations: operation } = row;
  const id = newId("bootWindow");
  await db.worker.insert(bootWindows).values({
    ...{ id, nodeId: row.operations.nodeId, operationId: operation.id },
    ...{ purpose: "deploy", bootOrigin: "http://x", ...bootTokenHashes("secret", id) },
    ...{ startTokenHash: null, kernelArgs: "", expiresAt: new Date(Date.now() + 60_000) },
    authorizedKeys: environment?.authorizedKeys ?? [],
    ...window,
  });
  const unasked = () => Promise.reject(new Error("not asked for"));
  const context = nodeContext(
    {
      db: db.worker,
      controllers: {} as never,
      networks: { open: unasked, close: () => {} },
      fabrics: { open: unasked, close: () => {} },
      readCertificate: unasked,
      settings: {
        ...{ bootOrigin: "", bootSecret: "", credentialPrivateKey: "" },
        ...{ bootLimitMs: 1, sanitizeLimitMs: 1, inspectLimitMs: 1, pollMs: 1 },
      },
      log: createLog("test", "silent"),
    },
    operation,
    { confirm: async () => {} } as NodeContext["hold"],
  );
  const done = await handOver.run(context);
  if (done.kind !== "done") throw new Error(done.kind);
  await db.worker.transaction(async (tx) => done.commit?.(tx));
  const [node] = (await detailOf(tenant, environmentId)).nodeList;
  return { put: node?.putKeys?.map((key) => key.name) ?? null, due: node?.keysDue };
}

test("a node has the keys of the boot that put them there, and waits for those that came since", async () => {
  const tenant = await given();
  const environmentId = await launched(tenant);
  const opened = { openedAt: new Date(Date.now() - 60_000) };
  expect(await bootWith(tenant, environmentId, opened)).toEqual({ put: ["laptop"], due: null });

  await changeEnvironmentKeys(db.app, tenant.grant("environment.keys"), {
    ...{ environmentId, drop: ["SHA256:test"], sshKeyIds: [], projectKeyIds: [] },
    pastedKey: newPublicKey("bob@desk"),
  });
  const [waiting] = (await detailOf(tenant, environmentId)).nodeList;
  expect(waiting?.keysDue).toBe("start");

  // From its disk: one that does not say that it took them has what it had.
  const fromDisk = { purpose: "start" as const, openedAt: new Date(Date.now() - 30_000) };
  const silent = await bootWith(tenant, environmentId, fromDisk);
  expect(silent).toEqual({ put: ["laptop"], due: "start" });
  const took = await bootWith(tenant, environmentId, {
    ...{ purpose: "start", keysPutAt: new Date() },
  });
  expect(took).toEqual({ put: ["bob@desk"], due: null });
});
