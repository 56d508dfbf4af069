import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { profileShares, profileTenantShares, templates } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { tenants } from "#db/schema/tenants";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import {
  type GivenOrganisation,
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import { untilWaiting, whileNoneIsAudited } from "#e2e/fixtures/waiting";
import { must } from "#e2e/world/acting";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { changeShares } from "#lib/commands/change-shares";
import { createProject } from "#lib/commands/create-project";
import { shareImage } from "#lib/commands/share-image";
import { shareProfile } from "#lib/commands/share-profile";
import { shareTemplate } from "#lib/commands/share-template";
import { type Id, newId } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";
import type { SharedPart } from "#lib/domain/shared-part";
import { changeSharesInput } from "#lib/schemas/sharing";
import { cataloguePreview } from "#lib/views/catalogue";
import { type SharingFilter, sharingMatrix } from "#lib/views/sharing-matrix";

// A part of the catalogue shared with a whole tenant: with its projects, and with those made later.

let db: GivenConnections;
let fleet: GivenFleet;
let edit: Grant<"catalogue.edit">;
let read: Grant<"fleet.read">;
let parts: SharedPart[];

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [1] });
  edit = await givenFleetGrant(db.app, "catalogue.edit");
  read = await givenFleetGrant(db.app, "fleet.read");
  parts = [
    { kind: "template", id: fleet.templateId },
    { kind: "profile", id: fleet.profileId },
    { kind: "image", id: fleet.imageId },
  ];
});
afterAll(() => db?.close());

const whole = (part: SharedPart, { tenantId }: GivenOrganisation, isShared: boolean) =>
  changeShares(db.app, edit, { ...part, tenantIds: [tenantId], isShared });

const single = (part: SharedPart, projectId: Id<"project">, isShared: boolean) =>
  changeShares(db.app, edit, { ...part, projectIds: [projectId], isShared });

/** What the matrix of its tenant says of a part: the slugs of the projects that have it, and whether the tenant does. */
async function held({ slug }: GivenOrganisation, { id }: SharedPart) {
  const { parts, tenants, projects } = await sharingMatrix(db.app, read, { tenant: slug });
  if (!parts.some((part) => part.id === id)) throw new Error("the matrix has no such part");
  const share = tenants[0]?.has.find(({ partId }) => partId === id);
  const names = (projects ?? []).filter(({ has }) => has.includes(id)).map(({ name }) => name);
  // The tenant's own cell agrees with those of its projects.
  expect(share?.projects ?? 0).toBe(names.length);
  return { isWithTenant: share?.isWhole ?? false, projects: names };
}

async function made(of: GivenOrganisation, by: Grant<"project.create">, slug: string) {
  return must(await createProject(db.app, by, of.tenantId, { slug, name: slug })).projectId;
}

/** An organisation of two projects, what its owner may, and its projects by name. */
async function givenOwned() {
  const organisation = await givenOrganisation(db.app);
  const owner = await givenMember(db.app, organisation, "owner");
  const { vision, speech } = organisation.projects;
  if (!vision || !speech) throw new Error("the tenant has no projects");
  const may = await tenantGrantOf(db.app, owner.userId, organisation.slug, "project.create");
  return { organisation, owner, may, vision, speech };
}

test("what a tenant has as a whole its projects have, each that is made later too, and no other tenant's", async () => {
  const { organisation, may } = await givenOwned();
  const others = await givenOwned();
  for (const part of parts) {
    expect(must(await whole(part, organisation, true))).toEqual({
      tenants: [organisation.slug],
      projects: [],
    });
    expect(await held(organisation, part)).toEqual({
      isWithTenant: true,
      projects: ["speech", "vision"],
    });
  }
  // Made by its own people, who may share nothing, and by operators.
  const robotics = await made(organisation, may, "robotics");
  const operators = await givenFleetGrant(db.app, "tenant.edit");
  const input = { slug: "biology", name: "biology" };
  must(await createProject(db.app, operators, organisation.tenantId, input));
  await made(others.organisation, others.may, "robotics");
  for (const part of parts) {
    expect((await held(organisation, part)).projects, part.kind).toEqual([
      ...["biology", "robotics", "speech", "vision"],
    ]);
    expect(await held(others.organisation, part), part.kind).toEqual({
      isWithTenant: false,
      projects: [],
    });
  }
  // What is read at a launch knows no difference.
  expect(await cataloguePreview(db.app, read, robotics)).toMatchObject({
    templates: [{ id: fleet.templateId }],
    profiles: [{ id: fleet.profileId }],
  });
  const [event] = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, robotics)),
  );
  const [template] = await asOperator(db.app, (tx) => tx.select().from(templates));
  const [image] = await asOperator(db.app, (tx) =>
    tx.select().from(images).where(eq(images.id, fleet.imageId)),
  );
  expect(event?.detail).toEqual({
    shared: [
      `template ${template?.name}`,
      expect.stringMatching(/^profile /),
      `image ${image?.name} ${image?.version}`,
    ],
  });
});

test("a tenant without a project has a part as a whole, and its first project has it", async () => {
  const organisation = await givenOrganisation(db.app, []);
  const owner = await givenMember(db.app, organisation, "owner");
  const may = await tenantGrantOf(db.app, owner.userId, organisation.slug, "project.create");
  for (const part of parts) must(await whole(part, organisation, true));
  await made(organisation, may, "first");
  for (const part of parts) expect((await held(organisation, part)).projects).toEqual(["first"]);
});

test("taken from the tenant it is taken from each of its projects, also from one that had it before", async () => {
  const { organisation, may, vision } = await givenOwned();
  const others = await givenOwned();
  for (const part of parts) {
    must(await single(part, vision, true));
    must(await single(part, others.vision, true));
    must(await whole(part, organisation, true));
    must(await whole(part, organisation, false));
    expect(await held(organisation, part), part.kind).toEqual({
      isWithTenant: false,
      projects: [],
    });
    expect((await held(others.organisation, part)).projects).toEqual(["vision"]);
  }
  await made(organisation, may, "robotics");
  for (const part of parts) expect((await held(organisation, part)).projects).toEqual([]);
  const events = await asOperator(db.app, (tx) =>
    tx
      .select({ action: auditEvents.action, detail: auditEvents.detail })
      .from(auditEvents)
      .where(eq(auditEvents.objectId, fleet.profileId))
      .orderBy(auditEvents.at),
  );
  const { slug } = organisation;
  const named = { tenants: [slug], projects: [] };
  expect(events.slice(-2)).toEqual([
    { action: "profile.share", detail: { ...named, before: [`${slug}/vision`], after: [slug] } },
    { action: "profile.unshare", detail: { ...named, before: [slug], after: [] } },
  ]);
});

test("from one project of a tenant that has it as a whole it is not taken, and what is said to do leaves it with the others", async () => {
  const { organisation, may, vision, speech } = await givenOwned();
  for (const part of parts) {
    must(await whole(part, organisation, true));
    const refused = await single(part, vision, false);
    if (refused.ok) throw new Error("it was taken");
    expect(refusalMessage(refused.refusal)).toMatch(
      new RegExp(
        `^${organisation.slug} has .+ as a whole tenant, so each of its projects has it\\. ` +
          `Take it from the tenant, and .+: Share, .+ the ${part.kind}s?, does both at once\\.$`,
      ),
    );
    expect((await held(organisation, part)).projects).toEqual(["speech", "vision"]);
    // Ticking a project that has it anyway changes nothing.
    must(await single(part, vision, true));
    expect((await held(organisation, part)).isWithTenant).toBe(true);
  }
  const to = { tenantIds: [], projectIds: [speech] };
  expect([
    must(await shareTemplate(db.app, edit, { templateId: fleet.templateId, ...to })),
    must(await shareProfile(db.app, edit, { profileId: fleet.profileId, ...to })),
    must(await shareImage(db.app, edit, { imageId: fleet.imageId, ...to })),
  ]).toEqual([{ projects: 1 }, { projects: 1 }, { projects: 1 }]);
  await made(organisation, may, "robotics");
  for (const part of parts) {
    expect(await held(organisation, part), part.kind).toEqual({
      isWithTenant: false,
      projects: ["speech"],
    });
    must(await single(part, speech, false));
  }
});

test("the tenants and projects that were chosen last have it, and no others", async () => {
  const [one, two] = [await givenOwned(), await givenOwned()];
  const { profileId } = fleet;
  const part = { kind: "profile", id: profileId } as const;
  const share = async (tenantIds: Id<"tenant">[] | undefined, projectIds: Id<"project">[]) =>
    must(await shareProfile(db.app, edit, { profileId, tenantIds, projectIds })).projects;
  const both = async () => [await held(one.organisation, part), await held(two.organisation, part)];
  const all = { isWithTenant: true, projects: ["speech", "vision"] };
  const onlyVision = { isWithTenant: false, projects: ["vision"] };
  const nothing = { isWithTenant: false, projects: [] };

  expect(await share([one.organisation.tenantId], [two.vision])).toBe(3);
  expect(await both()).toEqual([all, onlyVision]);
  expect(await share([two.organisation.tenantId], [one.vision])).toBe(3);
  expect(await both()).toEqual([onlyVision, all]);
  // Said of projects alone, as programs do that know of no whole tenants: those stay.
  expect(await share(undefined, [])).toBe(2);
  expect(await both()).toEqual([nothing, all]);
  expect(await share([], [])).toBe(0);
  expect(await both()).toEqual([nothing, nothing]);
});

test("one matrix has all tenants beside each other: as a whole, some of their projects, and nothing", async () => {
  const name = `beside ${newId("tenant")}`;
  const first = await givenOrganisation(db.app, []);
  const [all, some, none] = [await givenOwned(), await givenOwned(), await givenOwned()];
  await made(some.organisation, some.may, "robotics");
  const columns = [first, all.organisation, some.organisation, none.organisation];
  for (const [at, { tenantId }] of columns.entries()) {
    await asOperator(db.app, (tx) =>
      tx
        .update(tenants)
        .set({ name: `${name} ${at}` })
        .where(eq(tenants.id, tenantId)),
    );
  }
  const look = async (filter: SharingFilter) => {
    const { tenants, ...rest } = await sharingMatrix(db.app, read, { q: name, ...filter });
    return {
      ...rest,
      tenants: tenants.map(({ name, projects, has }) => ({ name, projects, has })),
    };
  };
  const of = (at: number, projects: number, ...has: unknown[]) => ({
    ...{ name: `${name} ${at}`, projects },
    has,
  });
  for (const part of parts) {
    // A tenant without a project can have it as a whole, too.
    for (const organisation of [first, all.organisation]) {
      must(await whole(part, organisation, true));
    }
    for (const project of [some.vision, some.speech]) must(await single(part, project, true));
    const told = { partId: part.id, isWhole: true };
    const { tenants, projects, total, next } = await look({ part: await nameOf(part) });
    expect(tenants, part.kind).toEqual([
      of(0, 0, { ...told, projects: 0 }),
      of(1, 2, { ...told, projects: 2 }),
      of(2, 3, { partId: part.id, isWhole: false, projects: 2 }),
      of(3, 2),
    ]);
    expect({ projects, total, next }).toEqual({ projects: null, total: 4, next: null });
    // What a tick does to the tenant of a few: all of it, and then nothing.
    must(await whole(part, some.organisation, true));
    const ticked = (await look({ part: await nameOf(part) })).tenants[2];
    expect(ticked).toEqual(of(2, 3, { ...told, projects: 3 }));
    must(await whole(part, some.organisation, false));
    expect((await look({ part: await nameOf(part) })).tenants[2]).toEqual(of(2, 3));
  }
  const { slug } = all.organisation;
  const page = await look({ limit: 2 });
  expect(page).toMatchObject({ next: slug, from: 1, total: 4 });
  expect(page.parts.map(({ id }) => id)).toEqual(expect.arrayContaining(parts.map(({ id }) => id)));
  const rest = await look({ limit: 2, after: slug });
  expect(rest).toMatchObject({ next: null, from: 3, total: 4 });
  expect([...page.tenants, ...rest.tenants].map((each) => each.name)).toEqual(
    [0, 1, 2, 3].map((at) => `${name} ${at}`),
  );
  expect(await look({ part: "no part is called so" })).toMatchObject({
    parts: [],
    tenants: [{ has: [] }, { has: [] }, { has: [] }, { has: [] }],
  });
  // Of a name that no tenant has, it is of all of them.
  expect(await look({ tenant: "no-such-tenant" })).toMatchObject({ projects: null, total: 4 });
});

/** What the matrix calls a part. */
async function nameOf({ id }: SharedPart): Promise<string> {
  const { parts } = await sharingMatrix(db.app, read, {});
  const part = parts.find((each) => each.id === id);
  if (!part) throw new Error("the matrix has no such part");
  return part.name;
}

test("a change of nobody's shares is refused in words", () => {
  const input = { kind: "profile", id: fleet.profileId, isShared: true };
  for (const nobody of [{}, { projectIds: [] }, { tenantIds: [], projectIds: [] }]) {
    expect(changeSharesInput.safeParse({ ...input, ...nobody }).error?.issues).toMatchObject([
      { path: ["projectIds"], message: "Choose a tenant or a project." },
    ]);
  }
});

test("a project that is made while its tenant is given a part as a whole has it", async () => {
  const { organisation, may } = await givenOwned();
  const part = { kind: "profile", id: fleet.profileId } as const;
  let given: ReturnType<typeof whole> | undefined;
  let making: ReturnType<typeof made> | undefined;
  await whileNoneIsAudited(db.superuserUrl, async () => {
    given = whole(part, organisation, true);
    await untilWaiting(db.superuserUrl, 1);
    making = made(organisation, may, "robotics");
    await untilWaiting(db.superuserUrl, 2);
  });
  expect((await given)?.ok).toBe(true);
  await making;
  expect((await held(organisation, part)).projects).toEqual(["robotics", "speech", "vision"]);
});

test("a project that is made while a part is taken from its whole tenant does not keep it", async () => {
  const { organisation, may } = await givenOwned();
  const part = { kind: "profile", id: fleet.profileId } as const;
  must(await whole(part, organisation, true));
  let making: ReturnType<typeof made> | undefined;
  let taken: ReturnType<typeof whole> | undefined;
  await whileNoneIsAudited(db.superuserUrl, async () => {
    making = made(organisation, may, "robotics");
    await untilWaiting(db.superuserUrl, 1);
    taken = whole(part, organisation, false);
    await untilWaiting(db.superuserUrl, 2);
  });
  await making;
  expect((await taken)?.ok).toBe(true);
  expect(await held(organisation, part)).toEqual({ isWithTenant: false, projects: [] });
});

test("a member reads what their tenant has as a whole and nothing of others, and gives themselves nothing", async () => {
  const [ours, theirs] = [await givenOwned(), await givenOwned()];
  const { profileId } = fleet;
  const part = { kind: "profile", id: profileId } as const;
  must(await whole(part, ours.organisation, true));
  must(await whole(part, theirs.organisation, true));
  const seen = await withGrant(db.app, ours.may, (tx) => tx.select().from(profileTenantShares));
  expect(seen).toEqual([{ profileId, tenantId: ours.organisation.tenantId }]);

  must(await whole(part, ours.organisation, false));
  const { tenantId } = ours.organisation;
  const denied = { cause: { code: "42501" } };
  await expect(
    withGrant(db.app, ours.may, (tx) =>
      tx.insert(profileTenantShares).values({ profileId, tenantId }),
    ),
  ).rejects.toMatchObject(denied);
  const own = { profileId, tenantId, projectId: ours.vision };
  await expect(
    withGrant(db.app, ours.may, (tx) => tx.insert(profileShares).values(own)),
  ).rejects.toMatchObject(denied);
  const gone = await withGrant(db.app, ours.may, (tx) =>
    tx
      .delete(profileTenantShares)
      .where(eq(profileTenantShares.tenantId, theirs.organisation.tenantId))
      .returning(),
  );
  expect(gone).toEqual([]);
  expect((await held(theirs.organisation, part)).isWithTenant).toBe(true);
});
