import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { templateVersions } from "#db/schema/catalogue";
import { providers } from "#db/schema/hooks";
import { images } from "#db/schema/images";
import { projects, tenants } from "#db/schema/tenants";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import { asOperator } from "#e2e/fixtures/launchable";
import { actorOf, givenFleetGrant, givenOrganisation, givenUser } from "#e2e/fixtures/people";
import { untilWaiting } from "#e2e/fixtures/waiting";
import { authorizeFleet, type Grant } from "#lib/access/authorize";
import { newSealingKeys } from "#lib/access/sealed";
import { addTemplateVersion } from "#lib/commands/add-template-version";
import { attachContext, detachContext } from "#lib/commands/attach-context";
import { changeNodeType } from "#lib/commands/change-node-type";
import { changeShares } from "#lib/commands/change-shares";
import { createContext } from "#lib/commands/create-context";
import { createNodeType } from "#lib/commands/create-node-type";
import { createProfile } from "#lib/commands/create-profile";
import { createRack } from "#lib/commands/create-rack";
import { createSite } from "#lib/commands/create-site";
import { createTemplate } from "#lib/commands/create-template";
import { moveProfile } from "#lib/commands/move-profile";
import { moveTemplateVersion } from "#lib/commands/move-template-version";
import { registerImage } from "#lib/commands/register-image";
import { registerProvider } from "#lib/commands/register-provider";
import { reviewImage } from "#lib/commands/review-image";
import { shareProfile } from "#lib/commands/share-profile";
import { contextLimits } from "#lib/domain/context/context";
import { type Id, newId } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { dryChecks } from "#lib/domain/template/dry-run";
import { registerImageInput } from "#lib/schemas/image";
import { cataloguePreview } from "#lib/views/catalogue";
import { dryRunScreen } from "#lib/views/dry-runs";
import { profilesView } from "#lib/views/profiles";
import { sitesView } from "#lib/views/racks";
import { sharingMatrix } from "#lib/views/sharing-matrix";
import { templateDetail } from "#lib/views/templates";

let db: GivenConnections;
let edit: Grant<"catalogue.edit">;
let enrol: Grant<"node.enrol">;
let read: Grant<"fleet.read">;
beforeAll(async () => {
  db = await givenConnections();
  edit = await givenFleetGrant(db.app, "catalogue.edit");
  enrol = await givenFleetGrant(db.app, "node.enrol");
  read = await givenFleetGrant(db.app, "fleet.read");
});
afterAll(() => db?.close());

let counter = 0;
const unique = (word: string) => `${word}-${++counter}`;

function done<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}

const sha256 = "a".repeat(64);
const newImage = () => ({
  name: unique("Ubuntu"),
  version: "24.04",
  purpose: "tenant" as const,
  kernelFile: "vmlinuz",
  form: "memory" as const,
  kernelSha256: sha256,
  initrdFile: "initrd",
  initrdSha256: sha256,
  kernelArgs: "",
  defaultUser: "ubuntu",
});

/** What the worker does when the checksums are true. */
async function approve(imageId: Id<"image">): Promise<void> {
  await db.worker.update(images).set({ state: "approved" }).where(eq(images.id, imageId));
}

async function givenProfile(options: { approved: boolean } = { approved: true }) {
  const { nodeTypeId } = done(
    await createNodeType(db.app, edit, {
      name: unique("HGX"),
      spec: { gpu: { model: "H200", count: 8 } },
    }),
  );
  const { imageId } = done(await registerImage(db.app, edit, newImage()));
  if (options.approved) await approve(imageId);
  const profile = {
    name: unique("gpu-8x"),
    displayName: "8 × H200",
    description: "",
    nodeTypeId,
    gpusPerNode: 8 as const,
    gpuModel: "H200",
    defaultImageId: imageId,
  };
  const { profileId } = done(await createProfile(db.app, edit, profile));
  return { profile, profileId, imageId, nodeTypeId };
}

const group = (profileId: Id<"profile">) => ({
  name: "workers",
  role: "gpu_worker" as const,
  profileId,
  minCount: 1,
  defaultCount: 2,
  maxCount: 8,
});

test("a site has racks of different names; another site may use the names again", async () => {
  const [one, two] = [unique("Frankfurt"), unique("Oslo")];
  const { siteId } = done(await createSite(db.app, enrol, { name: one, bootOrigin: null }));
  const other = done(await createSite(db.app, enrol, { name: two, bootOrigin: "http://10.0.0.2" }));
  expect(await createSite(db.app, enrol, { name: one, bootOrigin: null })).toMatchObject({
    refusal: { kind: "name_taken", resource: "site" },
  });
  done(await createRack(db.app, enrol, { siteId, name: "A01", units: 48 }));
  expect(await createRack(db.app, enrol, { siteId, name: "A01", units: 48 })).toMatchObject({
    refusal: { kind: "name_taken", resource: "rack" },
  });
  done(await createRack(db.app, enrol, { siteId: other.siteId, name: "A01", units: 42 }));
  const sites = await sitesView(db.app, read);
  expect(sites.find((site) => site.name === one)?.racks).toMatchObject([
    { name: "A01", units: 48, nodes: 0, available: 0 },
  ]);
});

test("a node type keeps its name to itself when another is renamed", async () => {
  const name = unique("type");
  done(await createNodeType(db.app, edit, { name, spec: {} }));
  const { nodeTypeId } = done(
    await createNodeType(db.app, edit, { name: unique("type"), spec: {} }),
  );
  expect(await changeNodeType(db.app, edit, { nodeTypeId, name, spec: {} })).toMatchObject({
    refusal: { kind: "name_taken" },
  });
  done(
    await changeNodeType(db.app, edit, { nodeTypeId, name: unique("type"), spec: { gpu: null } }),
  );
});

test.for([
  ["a path that leads out", { kernelFile: "../../etc/passwd" }],
  ["an absolute path", { initrdFile: "/etc/passwd" }],
  ["a hidden file", { kernelFile: ".env" }],
  ["a checksum that is none", { kernelSha256: "abc" }],
  ["arguments that iPXE would expand", { kernelArgs: "a=${" + "net0/mac}" }],
  ["arguments that end a command", { kernelArgs: "quiet || shell" }],
  ["arguments that are ours to set", { kernelArgs: "quiet ds=nocloud" }],
  ["arguments of a shell", { kernelArgs: "a=$(reboot)" }],
  ["a user name that is none", { defaultUser: "root; reboot" }],
] as const)("an image with %s is refused", ([, wrong]) => {
  expect(registerImageInput.safeParse({ ...newImage(), ...wrong }).success).toBe(false);
});

test("a profile is a whole node: it cannot promise other GPUs than its type has", async () => {
  const { profile } = await givenProfile();
  const half = { ...profile, name: unique("gpu-4x"), gpusPerNode: 4 as const };
  expect(await createProfile(db.app, edit, half)).toMatchObject({
    refusal: { fields: { gpusPerNode: expect.stringContaining("choose 8") } },
  });
});

test("a profile becomes active only with an image that was found true", async () => {
  const { profileId, imageId } = await givenProfile({ approved: false });
  expect(await moveProfile(db.app, edit, { profileId, to: "active" })).toMatchObject({
    refusal: { kind: "not_now", reason: expect.stringContaining("is unverified") },
  });
  await approve(imageId);
  done(await moveProfile(db.app, edit, { profileId, to: "active" }));
  expect(await moveProfile(db.app, edit, { profileId, to: "draft" })).toMatchObject({
    refusal: { kind: "not_now" },
  });
});

test("an image is not retired under a profile that offers it", async () => {
  const { profileId, imageId, profile } = await givenProfile();
  expect(await reviewImage(db.app, edit, { imageId, to: "retired" })).toEqual({
    ok: false,
    refusal: { kind: "in_use", resource: "image", by: [`profile ${profile.name}`] },
  });
  done(await moveProfile(db.app, edit, { profileId, to: "active" }));
  done(await moveProfile(db.app, edit, { profileId, to: "disabled" }));
  done(await reviewImage(db.app, edit, { imageId, to: "retired" }));
});

test("a profile is shared with exactly the projects that were chosen last", async () => {
  const { profileId } = await givenProfile();
  const { projects: own } = await givenOrganisation(db.app);
  const [vision, speech] = [own.vision, own.speech] as Id<"project">[];
  const sharedWith = async () =>
    (await profilesView(db.app, read)).profiles.find((row) => row.id === profileId)?.sharedWith;
  if (!vision || !speech) throw new Error("no projects");
  done(await shareProfile(db.app, edit, { profileId, projectIds: [vision, speech] }));
  expect(new Set(await sharedWith())).toEqual(new Set([vision, speech]));
  done(await shareProfile(db.app, edit, { profileId, projectIds: [speech] }));
  expect(await sharedWith()).toEqual([speech]);
  done(await shareProfile(db.app, edit, { profileId, projectIds: [] }));
  expect(await sharedWith()).toEqual([]);
});

test("ticking one project of a part leaves what others ticked, for each kind of part", async () => {
  const { profileId, imageId } = await givenProfile();
  const { templateId } = done(
    await createTemplate(db.app, edit, {
      ...{ name: unique("shared"), description: "", readme: "" },
      ...{ groups: [group(profileId)], bootConfig: { packages: [], commands: [] } },
    }),
  );
  const { projects: own } = await givenOrganisation(db.app);
  const [vision, speech] = [own.vision, own.speech] as Id<"project">[];
  if (!vision || !speech) throw new Error("no projects");
  for (const part of [
    { kind: "profile", id: profileId },
    { kind: "template", id: templateId },
    { kind: "image", id: imageId },
  ] as const) {
    const tick = async (projectIds: Id<"project">[], isShared: boolean) =>
      done(await changeShares(db.app, edit, { ...part, projectIds, isShared })).projects.length;
    const sharedWith = async () => {
      const tenant = await tenantOf(vision);
      const { projects } = await sharingMatrix(db.app, read, { tenant });
      const having = projects?.filter(({ has }) => has.some((id) => id === part.id)) ?? [];
      return new Set(having.map(({ id }) => id));
    };
    // Two operators at once, each with a box of their own.
    await Promise.all([tick([vision], true), tick([speech], true)]);
    expect(await sharedWith(), part.kind).toEqual(new Set([vision, speech]));
    expect(await tick([vision, newId("project")], false)).toBe(1);
    expect(await tick([vision], false)).toBe(1);
    expect(await sharedWith(), part.kind).toEqual(new Set([speech]));
  }
  expect(
    await changeShares(db.app, edit, {
      ...{ kind: "profile", id: newId("profile"), projectIds: [vision], isShared: true },
    }),
  ).toMatchObject({ refusal: { kind: "not_found", resource: "profile" } });
  // As its members see it: the profile is a draft, and nobody is offered it.
  expect(await cataloguePreview(db.app, read, speech)).toMatchObject({
    profiles: [],
    templates: [],
    mayLaunch: false,
  });
  done(await moveProfile(db.app, edit, { profileId, to: "active" }));
  expect((await cataloguePreview(db.app, read, speech))?.profiles).toMatchObject([
    { id: profileId },
  ]);
  expect((await cataloguePreview(db.app, read, vision))?.profiles).toEqual([]);
  expect(await cataloguePreview(db.app, read, newId("project"))).toBeNull();
});

/** The slug of a project's tenant. */
async function tenantOf(projectId: Id<"project">): Promise<string> {
  const [row] = await asOperator(db.app, (tx) =>
    tx
      .select({ slug: tenants.slug })
      .from(tenants)
      .innerJoin(projects, eq(projects.tenantId, tenants.id))
      .where(eq(projects.id, projectId)),
  );
  if (!row) throw new Error("no such project");
  return row.slug;
}

test("a template is published version by version, and only while its profiles can be had", async () => {
  const { profileId } = await givenProfile();
  const bootConfig = { packages: ["nvtop"], commands: [["nvidia-smi", "-pm", "1"]] };
  const { templateId } = done(
    await createTemplate(db.app, edit, {
      name: unique("training"),
      description: "",
      readme: "",
      groups: [group(profileId)],
      bootConfig,
    }),
  );
  const versions = async () => (await templateDetail(db.app, read, templateId))?.versions ?? [];
  const [draft] = await versions();
  expect(draft).toMatchObject({ version: 1, state: "draft", isOffered: false, bootConfig });
  const publish = (templateVersionId: Id<"templateVersion">) =>
    moveTemplateVersion(db.app, edit, { templateVersionId, to: "published" });
  if (!draft) throw new Error("no version");
  expect(await publish(draft.id)).toMatchObject({
    refusal: { kind: "not_now", reason: expect.stringContaining("which is draft") },
  });
  done(await moveProfile(db.app, edit, { profileId, to: "active" }));
  done(await publish(draft.id));
  const second = await addTemplateVersion(db.app, edit, {
    templateId,
    groups: [{ ...group(profileId), maxCount: 16 }],
    bootConfig,
  });
  expect(done(second).version).toBe(2);
  expect((await versions()).map((each) => [each.version, each.state, each.isOffered])).toEqual([
    [2, "draft", false],
    [1, "published", true],
  ]);
  const newest = (await versions())[0];
  if (newest) done(await publish(newest.id));
  expect((await versions()).map((each) => each.isOffered)).toEqual([true, false]);
  done(await moveTemplateVersion(db.app, edit, { templateVersionId: draft.id, to: "retired" }));
  expect(await publish(draft.id)).toMatchObject({ refusal: { kind: "not_now" } });
  // What no shell takes is told beside the button, and refused.
  const open = { text: "#!/bin/sh\nif true\necho\nfi fi\n", outputs: [] };
  const broken = await addTemplateVersion(db.app, edit, {
    ...{ templateId, groups: [group(profileId)], bootConfig },
    hooks: [aHook({ name: "prepare", kind: "script", point: "after_bootstrap", script: open })],
  });
  const reason = expect.stringMatching(/^Hook prepare: sh does not take it: line \d: ./);
  expect((await versions())[0]).toMatchObject({ version: 3, whyNotPublished: reason });
  expect(await publish(done(broken).templateVersionId)).toMatchObject({
    refusal: { kind: "not_now", reason },
  });
});

test("a version whose nodes would be told too much is not published: its page and its dry run say so, too", async () => {
  const { profileId } = await givenProfile();
  done(await moveProfile(db.app, edit, { profileId, to: "active" }));
  const { templateId } = done(
    await createTemplate(db.app, edit, {
      ...{ name: unique("laden"), description: "", readme: "", groups: [group(profileId)] },
      bootConfig: { packages: [], commands: [] },
    }),
  );
  // Each has as much as a context may have.
  const may = await givenFleetGrant(db.app, "context.edit");
  const attached: { contextId: Id<"context">; to: Id<"template"> }[] = [];
  for (let at = 0; at < 9; at++) {
    const content = "x".repeat(contextLimits.fileBytes);
    const files = [{ path: `/opt/part-${at}`, mode: "0644", content }];
    const about = { name: unique("part"), description: "", variables: [], files };
    const { contextId } = done(await createContext(db.app, may, about));
    done(await attachContext(db.app, may, { contextId, to: templateId }));
    attached.push({ contextId, to: templateId });
  }
  const [draft] = (await templateDetail(db.app, read, templateId))?.versions ?? [];
  if (!draft) throw new Error("no version");
  const reason =
    "Group workers: what cloud-init would be told is 1.1 MiB, and a node is told 1.0 MiB at most. Take files out of its config contexts, or have a script fetch them.";
  const publish = () =>
    moveTemplateVersion(db.app, edit, { templateVersionId: draft.id, to: "published" });
  expect(await publish()).toMatchObject({ refusal: { kind: "not_now", reason } });
  expect(draft.whyNotPublished).toContain(reason);
  const screen = await dryRunScreen(db.app, read, { templateId, versionId: draft.id });
  if (!screen) throw new Error("no dry run");
  expect(dryChecks(screen.version, screen.facts, {})).toContainEqual({
    ...{ id: "user-data", title: "cloud-init", verdict: "no", words: [reason] },
  });
  for (const each of attached.slice(0, 2)) done(await detachContext(db.app, may, each));
  done(await publish());
});

test("a version is not published while a provider that it calls is being retired", async () => {
  const { profileId } = await givenProfile();
  done(await moveProfile(db.app, edit, { profileId, to: "active" }));
  const about = { name: "cmdb", description: "", url: "https://127.0.0.1:9/", certificatePem: "" };
  const may = await givenFleetGrant(db.app, "provider.edit");
  const { publicKey } = newSealingKeys();
  const { providerId } = done(await registerProvider(db.app, may, about, publicKey));
  const { templateId } = done(
    await createTemplate(db.app, edit, {
      ...{ name: unique("noted"), description: "", readme: "", groups: [group(profileId)] },
      bootConfig: { packages: [], commands: [] },
      hooks: [aHook({ name: "note", kind: "http", providerId })],
    }),
  );
  const [draft] = (await templateDetail(db.app, read, templateId))?.versions ?? [];
  if (!draft) throw new Error("no version");
  const publish = { templateVersionId: draft.id, to: "published" as const };
  let published: ReturnType<typeof moveTemplateVersion> | undefined;
  await asOperator(db.app, async (tx) => {
    await tx.update(providers).set({ state: "retired" }).where(eq(providers.id, providerId));
    published = moveTemplateVersion(db.app, edit, publish);
    await untilWaiting(db.superuserUrl, 1);
  });
  expect(await published).toMatchObject({
    refusal: { kind: "not_now", reason: "Hook note: its provider cmdb is retired." },
  });
});

test("of two operators who publish one draft at once one does, and the other reads that it is done", async () => {
  const { profileId } = await givenProfile();
  done(await moveProfile(db.app, edit, { profileId, to: "active" }));
  const { templateId } = done(
    await createTemplate(db.app, edit, {
      ...{ name: unique("twice"), description: "", readme: "", groups: [group(profileId)] },
      bootConfig: { packages: [], commands: [] },
    }),
  );
  const [draft] = (await templateDetail(db.app, read, templateId))?.versions ?? [];
  if (!draft) throw new Error("no version");
  const other = await givenFleetGrant(db.app, "catalogue.edit");
  const publishing: ReturnType<typeof moveTemplateVersion>[] = [];
  await asOperator(db.app, async (tx) => {
    await tx
      .update(templateVersions)
      .set({ state: "draft" })
      .where(eq(templateVersions.id, draft.id));
    for (const by of [edit, other]) {
      const publish = { templateVersionId: draft.id, to: "published" as const };
      publishing.push(moveTemplateVersion(db.app, by, publish));
    }
    await untilWaiting(db.superuserUrl, 2);
  });
  const both = await Promise.all(publishing);
  expect(both.filter(({ ok }) => ok)).toHaveLength(1);
  expect(both.find(({ ok }) => !ok)).toMatchObject({
    refusal: { kind: "not_now", reason: "Version 1 is published." },
  });
  const told = await asOperator(db.app, (tx) =>
    tx
      .select({ object: auditEvents.objectId })
      .from(auditEvents)
      .where(and(eq(auditEvents.action, "template.publish"), eq(auditEvents.objectId, templateId))),
  );
  expect(told).toHaveLength(1);
});

test("a template whose profile does not exist is refused as a whole", async () => {
  const name = unique("training");
  const nothing = { packages: [], commands: [] };
  const made = await createTemplate(db.app, edit, {
    name,
    description: "",
    readme: "",
    groups: [group("prf_00000000000000000000000000" as Id<"profile">)],
    bootConfig: nothing,
  });
  expect(made).toEqual({ ok: false, refusal: { kind: "not_found", resource: "profile" } });
});

test("every change of the catalogue is in the audit log with who made it, and a refused one is not", async () => {
  const name = unique("type");
  done(await createNodeType(db.app, edit, { name, spec: {} }));
  await createNodeType(db.app, edit, { name, spec: {} });
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectName, name)),
  );
  expect(events).toMatchObject([
    { action: "node_type.create", actorId: edit.actorId, outcome: "done", requestId: "test" },
  ]);
});

test("an operator who may only look is granted no change", async () => {
  const { userId } = await givenUser(db.app, { operatorRole: "fleet_viewer" });
  const actor = await actorOf(db.app, userId);
  expect(authorizeFleet(actor, "catalogue.edit")).toMatchObject({
    refusal: { kind: "forbidden" },
  });
  expect(authorizeFleet(actor, "fleet.read").ok).toBe(true);
});
