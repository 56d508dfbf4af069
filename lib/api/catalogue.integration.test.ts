import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { images } from "#db/schema/images";
import { clientOf, givenApiTenant, givenOperator, ownToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { actorOf, givenUser } from "#e2e/fixtures/people";
import { newId } from "#lib/domain/id";

// What operators offer, made, changed and shared with a token from one end to the other.

let db: GivenConnections;
let fleet: GivenFleet;
let ours: Awaited<ReturnType<typeof givenApiTenant>>;
let operate: ReturnType<typeof clientOf>;
let look: ReturnType<typeof clientOf>;

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [2] });
  ours = await givenApiTenant(db.app, fleet);
  operate = clientOf(db.app, await ownToken(db.app, await givenOperator(db.app)));
  const { userId } = await givenUser(db.app, { operatorRole: "fleet_viewer" });
  look = clientOf(db.app, await ownToken(db.app, await actorOf(db.app, userId)));
});
afterAll(() => db?.close());

const sha256 = "a".repeat(64);
const memory = (name: string) => ({
  ...{ form: "memory" as const, name, version: "1", purpose: "tenant" as const, kernelArgs: "" },
  ...{ kernelFile: "vmlinuz", kernelSha256: sha256, initrdFile: "initrd", initrdSha256: sha256 },
  defaultUser: "ubuntu",
});

test("an image is registered, shared and reviewed; one that is offered stays; who only looks may not", async () => {
  const made = await operate("registerImage", { body: memory("By token") });
  const params = { image: made.value.imageId };
  expect((await operate("registerImage", { body: memory("By token") })).status).toBe(409);
  const { form: _, kernelFile: __, ...rest } = memory("Disk");
  const disk = {
    ...rest,
    form: "disk",
    diskFile: "disk.raw",
    diskSha256: sha256,
    diskBytes: 2 ** 30,
  };
  const refused = await operate("registerImage", { body: disk as never });
  expect(refused.status).toBe(422);
  expect(refused.problem.errors?.map(({ pointer }) => pointer)).toContain("/diskFile");
  const share = { projectIds: [ours.projectId, newId("project")] };
  expect((await operate("shareImage", { params, body: share })).value).toEqual({ projects: 1 });
  expect((await look("shareImage", { params, body: share })).status).toBe(403);
  expect((await look("listFleetImages")).value.items).toContainEqual(
    expect.objectContaining({
      ...{ id: params.image, state: "unverified", form: "memory", defaultOf: [] },
      ...{
        files: [
          { name: "vmlinuz", sha256 },
          { name: "initrd", sha256 },
        ],
      },
      sharedWith: [ours.projectId],
    }),
  );
  const body = { to: "retired" as const };
  expect((await operate("reviewImage", { params: { image: fleet.imageId }, body })).status).toBe(
    409,
  );
  expect((await operate("reviewImage", { params: { image: fleet.profileId }, body })).status).toBe(
    404,
  );
  expect((await operate("reviewImage", { params, body })).value).toEqual({ imageId: params.image });
});

test("a node type and the terms of a profile can be sent as they were read; a draft is published as it was seen", async () => {
  const spec = { gpu: { model: "H200", count: 8 }, cpu: { sockets: 2 }, wipe: {} };
  const type = await operate("createNodeType", { body: { name: "HGX", spec } });
  const nodeType = type.value.nodeTypeId;
  const read = (await look("getNodeType", { params: { nodeType } })).value;
  expect(read).toEqual({ id: nodeType, name: "HGX", spec });
  const change = (body: { name: string; spec: typeof read.spec }) =>
    operate("changeNodeType", { params: { nodeType }, body });
  expect((await change({ name: read.name, spec: read.spec })).status).toBe(200);
  expect(await change({ name: "HGX", spec: { gpu: { count: 0 } } })).toMatchObject({
    ...{ status: 422, problem: { errors: [{ pointer: "/spec/gpu/count" }] } },
  });
  const image = (await operate("registerImage", { body: memory("Offered") })).value.imageId;
  const terms = { displayName: "8 × H200", description: "", defaultImageId: image };
  const body = {
    ...terms,
    name: "by-token",
    nodeTypeId: nodeType,
    gpusPerNode: 8 as const,
    gpuModel: "H200",
  };
  expect(await operate("createProfile", { body: { ...body, gpusPerNode: 4 } })).toMatchObject({
    ...{ status: 422, problem: { errors: [{ pointer: "/gpusPerNode" }] } },
  });
  const params = { profile: (await operate("createProfile", { body })).value.profileId };
  expect((await operate("createProfile", { body })).status).toBe(409);
  const activate = () => operate("moveProfile", { params, body: { to: "active" } });
  expect((await activate()).status).toBe(409);
  await db.worker.update(images).set({ state: "approved" }).where(eq(images.name, "Offered"));
  expect((await activate()).status).toBe(200);

  expect((await operate("setCurrency", { body: { code: "CHF" } })).value).toEqual({ code: "CHF" });
  const offered = (await look("getProfile", { params })).value;
  expect(offered).toMatchObject({ state: "active", version: 1, currency: "CHF", sharedWith: [] });
  const same = await operate("draftProfile", { params, body: offered.terms });
  expect((await look("getProfile", { params })).value.versions[0]).toMatchObject({ changes: [] });
  const priced = { ...offered.terms, priceCents: 2_450 };
  const draft = await operate("draftProfile", { params, body: priced });
  expect([same.value.version, draft.value.version]).toEqual([2, 2]);
  expect((await operate("publishProfile", { params, body: same.value })).status).toBe(409);
  expect((await operate("publishProfile", { params, body: draft.value })).status).toBe(200);
  expect((await operate("setCurrency", { body: { code: "EUR" } })).status).toBe(409);
  const between = { params, query: { from: 1, to: 2 } };
  expect((await look("getProfile", between)).value.comparison).toEqual({
    ...{ from: 1, to: 2 },
    changes: [{ what: "Price", before: "not told", after: "CHF 24.50 an hour" }],
  });
  expect((await look("getProfile", { params, query: { from: 3 } })).status).toBe(422);
  const third = await operate("draftProfile", { params, body: terms });
  expect((await operate("discardProfileDraft", { params, body: third.value })).status).toBe(200);
  const share = { projectIds: [ours.projectId] };
  expect((await operate("shareProfile", { params, body: share })).value).toEqual({ projects: 1 });
  const { items } = (await look("listProfiles")).value;
  expect(items.find(({ id }) => id === params.profile)).toMatchObject({
    ...{ priceCents: 2_450, nodeType: "HGX", sharedWith: [ours.projectId] },
  });
  expect((await look("getProfile", { params: { profile: nodeType } })).status).toBe(404);
  expect((await look("listNodeTypes")).value.items).toContainEqual(
    expect.objectContaining({ id: nodeType, nodes: 0, profiles: ["by-token"] }),
  );
});

test("who has which part is read by tenant and changed part by part; the project sees it at once", async () => {
  const matrix = () => look("getSharing", { query: { tenant: ours.slug } });
  const part = { kind: "template" as const, id: fleet.templateId };
  const { items, parts, projects } = (await matrix()).value;
  expect(parts).toContainEqual(expect.objectContaining(part));
  const held = (isWhole: boolean) => ({
    ...{ slug: ours.slug, projects: 1 },
    has: expect.arrayContaining([{ partId: part.id, isWhole, projects: 1 }]),
  });
  expect(items).toEqual([expect.objectContaining(held(false))]);
  expect(projects).toMatchObject([{ id: ours.projectId, has: expect.arrayContaining([part.id]) }]);
  const projectIds = [ours.projectId];
  const share = (isShared: boolean) =>
    operate("changeShares", { body: { ...part, projectIds, isShared } });
  const offered = async () => {
    const owner = clientOf(db.app, await ownToken(db.app, ours.owner));
    const { value } = await owner("getCatalogue", { params: ours.place });
    return value.templates.some(({ id }) => id === part.id);
  };
  expect(await offered()).toBe(true);
  expect((await share(false)).value).toEqual({ tenants: [], projects: [`${ours.slug}/research`] });
  expect(await offered()).toBe(false);
  expect((await share(true)).status).toBe(200);
  const tenantIds = items.map(({ id }) => id);
  const whole = (isShared: boolean) =>
    operate("changeShares", { body: { ...part, tenantIds, isShared } });
  expect((await whole(true)).value).toEqual({ tenants: [ours.slug], projects: [] });
  expect((await matrix()).value.items).toEqual([expect.objectContaining(held(true))]);
  // Of all tenants, page after page, each once.
  const every: unknown[] = [];
  for (let after: string | undefined; ; ) {
    const { value } = await look("getSharing", { query: { limit: 1, ...(after && { after }) } });
    expect(value).toMatchObject({ projects: null, parts });
    every.push(...value.items);
    if (value.next === null) break;
    after = value.next;
  }
  expect(every).toHaveLength((await look("listTenants")).value.items.length);
  expect(every).toContainEqual(expect.objectContaining(held(true)));
  const template = await look("getTemplate", { params: { template: part.id } });
  expect(template.value).toMatchObject({ sharedWithTenants: tenantIds });
  const refused = await share(false);
  expect(refused.status).toBe(409);
  expect(refused.problem.detail).toContain("Take it from the tenant");
  expect((await whole(false)).status).toBe(200);
  expect(await offered()).toBe(false);
  const nobody = await operate("changeShares", { body: { ...part, isShared: true } });
  expect(nobody.problem.errors).toMatchObject([{ pointer: "/projectIds" }]);
  expect((await share(true)).status).toBe(200);
  const wrong = { ...part, kind: "image" as const, projectIds, isShared: true };
  expect((await operate("changeShares", { body: wrong })).status).toBe(422);
  expect(
    (await look("changeShares", { body: { ...part, projectIds, isShared: true } })).status,
  ).toBe(403);
  expect((await look("getSharing", { query: { tenant: "no-such" } })).status).toBe(404);
});
