import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { factsOfEnvironment, factsOfNode } from "#db/queries/profile-terms";
import { imageShares, profiles, profileVersions } from "#db/schema/catalogue";
import { allocations } from "#db/schema/environments";
import { images } from "#db/schema/images";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import type { Grant } from "#lib/access/authorize";
import { draftProfile } from "#lib/commands/draft-profile";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { discardProfileDraft, publishProfile } from "#lib/commands/publish-profile";
import { setCurrency } from "#lib/commands/set-currency";
import { type Id, newId } from "#lib/domain/id";
import { monthAt } from "#lib/domain/use/month";
import { catalogue } from "#lib/views/catalogue";
import { environmentDetail } from "#lib/views/environment-detail";
import { launchPreflight } from "#lib/views/launch-preflight";
import { profileDetail } from "#lib/views/profiles";
import { csvOfUse, reportOfUse } from "#lib/views/report-of-use";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db.close());

const operator = { scope: "fleet", actorId: newId("user"), actorName: "Olga", sessionId: null };
const edit = { ...operator, operatorRole: "fleet_admin" } as unknown as Grant<"catalogue.edit">;
const read = edit as unknown as Grant<"fleet.read">;

async function given() {
  const fleet = await givenFleet(db.app, { racks: [4] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 640 });
  const terms = {
    profileId: fleet.profileId,
    displayName: "8 × H200",
    description: "",
    defaultImageId: fleet.imageId,
    longestLeaseHours: 48,
  };
  const detail = async () => {
    const found = await profileDetail(db.app, read, fleet.profileId);
    if (!found) throw new Error("no profile");
    return found;
  };
  const draftSeen = async () => {
    const [newest] = (await detail()).versions;
    if (!newest) throw new Error("no version");
    return {
      profileId: fleet.profileId,
      version: newest.version,
      writtenAt: newest.writtenAt,
    };
  };
  const launch = async (name: string): Promise<Id<"environment">> => {
    const done = await launchEnvironment(db.app, tenant.grant("environment.launch"), {
      ...{ name, requestKey: randomUUID(), templateVersionId: fleet.templateVersionId },
      ...{ imageId: fleet.imageId, counts: { workers: 1 } },
      ...{ sshKeyIds: [tenant.keyId], pastedKey: "" },
    });
    if (!done.ok) throw new Error(JSON.stringify(done.refusal));
    return done.value.environmentId;
  };
  return { fleet, tenant, terms, detail, draftSeen, launch };
}

// Goes red when a published version's shape is not the one that hooks and nodes are told.
test("what a profile is meant for is a term: versioned, and told as the node was taken", async () => {
  const { fleet, terms, detail, draftSeen, launch } = await given();
  const shape = { gpuSharing: "mig", containerRuntime: "kata", storageClasses: ["fast"] } as const;
  const plain = { gpuSharing: "none", containerRuntime: "runc", storageClasses: [] };
  const before = await launch("before");
  await draftProfile(db.app, edit, { ...terms, ...shape, storageClasses: ["fast"] });
  expect((await detail()).versions[0]?.changes?.slice(-3)).toEqual([
    { what: "GPU sharing", before: "none", after: "MIG" },
    { what: "Container runtime", before: "runc", after: "kata" },
    { what: "Storage classes", before: "none", after: "fast" },
  ]);
  expect(await detail()).toMatchObject(plain);
  await publishProfile(db.app, edit, await draftSeen());
  expect(await detail()).toMatchObject({ ...shape, terms: shape });
  const after = await launch("after");
  const facts = (id: Id<"environment">) =>
    asOperator(db.app, (tx) => factsOfEnvironment(tx, id)).then(({ workers }) => workers);
  expect(await facts(before)).toMatchObject(plain);
  expect(await facts(after)).toMatchObject(shape);
  const told = await db.worker
    .select()
    .from(allocations)
    .where(eq(allocations.environmentId, after));
  const [{ id } = { id: newId("allocation") }] = told;
  expect(await factsOfNode(db.worker, id)).toMatchObject(shape);
  await asOperator(db.app, (tx) =>
    tx
      .update(profiles)
      .set({ gpusPerNode: 0, gpuModel: null })
      .where(eq(profiles.id, fleet.profileId)),
  );
  expect(await draftProfile(db.app, edit, { ...terms, gpuSharing: "mps" })).toMatchObject({
    refusal: { fields: { gpuSharing: "Its nodes have no GPU to share." } },
  });
});

test("the currency can be changed until a price is told, and then no more", async () => {
  for (const code of ["EUR", "USD"]) {
    expect(await setCurrency(db.app, edit, { code })).toMatchObject({ ok: true });
  }
  const { terms } = await given();
  await draftProfile(db.app, edit, { ...terms, priceCents: 100 });
  expect(await setCurrency(db.app, edit, { code: "CHF" })).toMatchObject({
    refusal: { reason: "A price has been entered in USD." },
  });
});

test("nodes run the images that their profile allows, in preflight and launch alike", async () => {
  const { fleet, tenant, terms, draftSeen, detail } = await given();
  const other = newId("image");
  await asOperator(db.app, async (tx) => {
    const [image] = await tx.select().from(images).where(eq(images.id, fleet.imageId));
    if (!image) throw new Error("no image");
    await tx.insert(images).values({ ...image, id: other, name: `rocky-${other}` });
    const { tenantId, projectId } = tenant;
    await tx.insert(imageShares).values({ imageId: other, tenantId, projectId });
  });
  const asked = {
    ...{ name: "other", templateVersionId: fleet.templateVersionId, imageId: other },
    counts: { workers: 1 },
  };
  const preflight = async () => {
    const told = await launchPreflight(db.app, tenant.grant("environment.launch"), asked);
    return told?.checks.find((check) => check.id === "image");
  };
  const offer = async (allowedImageIds: Id<"image">[]) => {
    await draftProfile(db.app, edit, { ...terms, allowedImageIds });
    await publishProfile(db.app, edit, await draftSeen());
  };
  const shown = async () => (await catalogue(db.app, tenant.grant("project.read"))).profiles;
  expect(await preflight()).toMatchObject({ verdict: "ok" });
  const [before] = await shown();
  expect(before).toMatchObject({ longestLeaseHours: null, allowedImages: null });
  await offer([fleet.imageId]);
  const { allowedImages } = await detail();
  expect(allowedImages).toHaveLength(1);
  expect(allowedImages).toEqual([before?.defaultImage]);
  expect(await shown()).toMatchObject([{ longestLeaseHours: 48, allowedImages }]);
  const no = await preflight();
  expect(no).toMatchObject({ verdict: "no", words: expect.stringContaining("may not run rocky-") });
  const done = await launchEnvironment(db.app, tenant.grant("environment.launch"), {
    ...{ ...asked, requestKey: randomUUID(), sshKeyIds: [tenant.keyId], pastedKey: "" },
  });
  expect(done).toMatchObject({
    refusal: { kind: "invalid_input", fields: { imageId: `${no?.words} ${no?.wayOut}` } },
  });
  await offer([other]);
  expect(await preflight()).toMatchObject({ verdict: "ok" });
  expect(
    await draftProfile(db.app, edit, { ...terms, allowedImageIds: [newId("image")] }),
  ).toMatchObject({ refusal: { kind: "not_found", resource: "image" } });
});

test("a draft changes nothing until it is published; what was taken before keeps its price", async () => {
  const { fleet, tenant, terms, detail, draftSeen, launch } = await given();
  const offered = async () =>
    (await catalogue(db.app, tenant.grant("project.read"))).profiles[0]?.priceCents;
  const cost = async (id: Id<"environment">) =>
    (await environmentDetail(db.app, tenant.grant("environment.read"), id))?.cost;

  const before = await launch("before");
  expect(await cost(before)).toBeNull();
  expect(await draftProfile(db.app, edit, { ...terms, priceCents: 2_400 })).toMatchObject({
    value: { version: 2 },
  });
  expect(await offered()).toBeNull();
  expect((await detail()).versions[0]).toMatchObject({
    state: "draft",
    changes: [
      { what: "Display name" },
      { what: "Longest lease", before: "no limit", after: "2 days" },
      { what: "Price", before: "not told", after: "USD 24.00 an hour" },
    ],
  });

  expect(await publishProfile(db.app, edit, await draftSeen())).toMatchObject({ ok: true });
  expect(await offered()).toBe(2_400);
  const told = await launchPreflight(db.app, tenant.grant("environment.launch"), {
    ...{ name: "after", templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
    ...{ counts: { workers: 2 }, leaseHours: 10 },
  });
  expect(told?.checks.find((check) => check.id === "cost")).toMatchObject({
    verdict: "ok",
    words: "USD 48.00 an hour: USD 480.00 for the whole lease.",
  });
  const after = await launch("after");
  expect(await cost(after)).toMatchObject({ hourlyCents: 2_400, unpricedNodes: 0 });

  await draftProfile(db.app, edit, { ...terms, priceCents: 9_900 });
  await publishProfile(db.app, edit, await draftSeen());
  expect(await cost(after)).toMatchObject({ hourlyCents: 2_400 });
  expect(await cost(before)).toBeNull();
  expect((await detail()).versions.map(({ state, heldNodes }) => [state, heldNodes])).toEqual([
    ["active", 0],
    ["deprecated", 1],
    ["deprecated", 1],
  ]);
});

test("the report charges the seconds that a node was held, at the price it was taken at", async () => {
  const { tenant, terms, draftSeen, launch } = await given();
  await launch("free-of-charge");
  await draftProfile(db.app, edit, { ...terms, priceCents: 3_600 });
  await publishProfile(db.app, edit, await draftSeen());
  const priced = await launch("priced");
  const now = Date.now();
  const month = monthAt(now);
  const hourAgo = new Date(Math.max(month.fromMs, now - 1_000_000));
  await db.worker
    .update(allocations)
    .set({ startedAt: hourAgo, releasedAt: new Date(hourAgo.getTime() + 600_000) })
    .where(eq(allocations.environmentId, priced));
  const grant = {
    ...tenant.grant("project.read"),
    scope: "tenant",
  } as unknown as Grant<"tenant.use">;
  const report = await reportOfUse(
    db.app,
    grant,
    month,
    { by: "environment", order: "cost" },
    hourAgo.getTime() + 900_000,
  );
  expect(report).toMatchObject({ currency: "USD", cost_cents: 600 });
  expect(report.lines[0]).toMatchObject({ name: "priced", cost_cents: 600 });
  expect(csvOfUse(report)).toContain(",6.00,USD");
});

test("of several who publish at once one does; a draft changed since is not published unseen", async () => {
  const { terms, detail, draftSeen } = await given();
  await draftProfile(db.app, edit, { ...terms, priceCents: 100 });
  const seen = await draftSeen();
  await draftProfile(db.app, edit, { ...terms, priceCents: 200 });
  expect(await publishProfile(db.app, edit, seen)).toMatchObject({
    refusal: { reason: "Somebody has changed this draft since." },
  });
  const again = await draftSeen();
  const all = await Promise.all(
    Array.from({ length: 8 }, () => publishProfile(db.app, edit, again)),
  );
  expect(all.filter(({ ok }) => ok)).toHaveLength(1);
  expect((await detail()).priceCents).toBe(200);

  await draftProfile(db.app, edit, { ...terms, priceCents: 300 });
  expect(await discardProfileDraft(db.app, edit, await draftSeen())).toMatchObject({ ok: true });
  expect(await discardProfileDraft(db.app, edit, await draftSeen())).toMatchObject({ ok: false });
  expect((await detail()).versions).toHaveLength(2);
});

test("published terms stay as they are, whoever asks; a tenant sees no draft", async () => {
  const { fleet, tenant, terms } = await given();
  await draftProfile(db.app, edit, { ...terms, priceCents: 100 });
  const first = and(eq(profileVersions.profileId, fleet.profileId), eq(profileVersions.version, 1));
  await expect(
    asOperator(db.app, (tx) => tx.update(profileVersions).set({ priceCents: 1 }).where(first)),
  ).rejects.toMatchObject({ cause: { message: expect.stringContaining("never changed") } });
  await asOperator(db.app, (tx) => tx.delete(profileVersions).where(first));
  const seen = await db.app.transaction(async (tx) => {
    await tx.execute(sql`select set_config('app.tenant', ${tenant.tenantId}, true)`);
    return tx
      .select({ version: profileVersions.version })
      .from(profileVersions)
      .where(eq(profileVersions.profileId, fleet.profileId));
  });
  expect(seen).toEqual([{ version: 1 }]);
});
