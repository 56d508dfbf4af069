import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { tenantMembers } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import {
  actorOf,
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  givenUser,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import { authorizeProject } from "#lib/access/authorize";
import { verifyPassword } from "#lib/access/password";
import { acceptInvitation, joinByInvitation } from "#lib/commands/accept-invitation";
import { addMember } from "#lib/commands/add-member";
import { changeMemberRole } from "#lib/commands/change-member-role";
import { createProject } from "#lib/commands/create-project";
import { createTenant } from "#lib/commands/create-tenant";
import { inviteMember } from "#lib/commands/invite-member";
import { removeMember } from "#lib/commands/remove-member";
import { resetPassword } from "#lib/commands/reset-password";
import { setProjectRole } from "#lib/commands/set-project-role";
import { signIn } from "#lib/commands/sign-in";
import { addMemberInput, createTenantInput } from "#lib/schemas/tenant";
import { membersView } from "#lib/views/members";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

async function given() {
  const organisation = await givenOrganisation(db.app);
  const owner = await givenMember(db.app, organisation, "owner");
  const grant = await tenantGrantOf(db.app, owner.userId, organisation.slug, "member.edit");
  return { organisation, owner, grant };
}

const newPerson = (role: "owner" | "admin" | "member" | "viewer" = "member") => ({
  email: `${crypto.randomUUID().slice(0, 8)}@example.com`,
  name: "Grace",
  role,
});

test("someone new gets an account with a one-time password that is shown once and never kept", async () => {
  const { organisation, grant } = await given();
  const person = newPerson();
  const added = await addMember(db.app, grant, organisation.tenantId, person);
  const shown = added.ok && added.value.oneTimePassword;
  if (!shown) throw new Error("no password was shown");
  const [user] = await db.app.select().from(users).where(eq(users.email, person.email));
  expect(user).toMatchObject({ name: "Grace", mustChangePassword: true, operatorRole: null });
  expect(await verifyPassword(shown, user?.passwordHash ?? "")).toBe(true);
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectName, person.email)),
  );
  expect(events).toMatchObject([{ action: "member.add", tenantId: organisation.tenantId }]);
  expect(JSON.stringify(events)).not.toContain(shown);
});

test("who made an account for an address gains nothing by it in another tenant", async () => {
  const [squatters, victims] = [await given(), await given()];
  const person = newPerson("owner");
  const squat = await addMember(db.app, squatters.grant, squatters.organisation.tenantId, person);
  if (!squat.ok) throw new Error(squat.refusal.kind);
  const { userId, oneTimePassword } = squat.value;
  const places = async () =>
    (await actorOf(db.app, userId)).memberships.map((each) => each.tenantId);

  // They have the account, and its password.
  const request = { requestId: "req", ipAddress: null, userAgent: null, earlier: null };
  const entered = { email: person.email, password: oneTimePassword };
  expect((await signIn(db.app, request, entered)).ok).toBe(true);

  const { tenantId, slug } = victims.organisation;
  const operator = await givenFleetGrant(db.app, "tenant.edit");
  for (const grant of [victims.grant, operator]) {
    expect(await addMember(db.app, grant, tenantId, { ...person, role: "viewer" })).toEqual({
      ok: false,
      refusal: {
        kind: "invalid_input",
        fields: { email: `${person.email} has an account. Invite them: they join by the link.` },
      },
    });
    expect(await places()).toEqual([squatters.organisation.tenantId]);
  }

  // Invited, whoever has the link cannot use it without the account, nor the account without the link.
  const input = { email: person.email, role: "member" as const, days: null, projects: [] };
  const made = await inviteMember(db.app, operator, tenantId, input);
  const token = (made.ok && made.value.path.split("=")[1]) || "";
  const stranger = await actorOf(db.app, (await givenUser(db.app)).userId);
  const squatter = await actorOf(db.app, userId);
  expect(await acceptInvitation(db.app, stranger, { token })).toMatchObject({ ok: false });
  expect(await acceptInvitation(db.app, squatter, { token: "guess" })).toMatchObject({ ok: false });
  const password = "four quiet unrelated words";
  const anew = await joinByInvitation(db.app, request, { token, name: "Grace", password });
  expect(anew).toMatchObject({ ok: false });
  expect(await places()).toEqual([squatters.organisation.tenantId]);
  // Both together are what a member has to show.
  expect(await acceptInvitation(db.app, squatter, { token })).toMatchObject({
    ok: true,
    value: { tenantSlug: slug },
  });
});

test("a member is not added twice, and one who was is invited to come back", async () => {
  const { organisation, grant } = await given();
  const { tenantId } = organisation;
  const { email, userId } = await givenMember(db.app, organisation, "viewer");
  const person = { ...newPerson(), email };
  expect(await addMember(db.app, grant, tenantId, person)).toMatchObject({
    refusal: { kind: "name_taken", resource: "member" },
  });
  await asOperator(db.app, (tx) =>
    tx
      .update(tenantMembers)
      .set({ until: new Date(Date.now() - 1000) })
      .where(eq(tenantMembers.userId, userId)),
  );
  expect(await addMember(db.app, grant, tenantId, person)).toMatchObject({
    refusal: { fields: { email: expect.stringContaining("Invite them") } },
  });
  expect((await actorOf(db.app, userId)).memberships).toEqual([]);
});

test("an account is not made without a name", () => {
  expect(addMemberInput.safeParse({ ...newPerson(), name: "" }).success).toBe(false);
});

test("an admin makes no owners, unmakes none, and removes none", async () => {
  const { organisation, owner } = await given();
  const admin = await givenMember(db.app, organisation, "admin");
  const grant = await tenantGrantOf(db.app, admin.userId, organisation.slug, "member.edit");
  const { tenantId } = organisation;
  const onlyOwners = { refusal: { kind: "not_now" } };
  expect(await addMember(db.app, grant, tenantId, newPerson("owner"))).toMatchObject(onlyOwners);
  expect(
    await changeMemberRole(db.app, grant, tenantId, { userId: admin.userId, role: "owner" }),
  ).toMatchObject(onlyOwners);
  expect(
    await changeMemberRole(db.app, grant, tenantId, { userId: owner.userId, role: "viewer" }),
  ).toMatchObject(onlyOwners);
  expect(await removeMember(db.app, grant, tenantId, { userId: owner.userId })).toMatchObject(
    onlyOwners,
  );
});

test("the last owner stays, even when two owners step down at the same moment", async () => {
  const { organisation, owner, grant } = await given();
  const { tenantId } = organisation;
  expect(await removeMember(db.app, grant, tenantId, { userId: owner.userId })).toEqual({
    ok: false,
    refusal: { kind: "last_owner" },
  });
  const second = await givenMember(db.app, organisation, "owner");
  const answers = await Promise.all(
    [owner, second].map(({ userId }) =>
      changeMemberRole(db.app, grant, tenantId, { userId, role: "member" }),
    ),
  );
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  const owners = await asOperator(db.app, (tx) =>
    tx
      .select()
      .from(tenantMembers)
      .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.role, "owner"))),
  );
  expect(owners).toHaveLength(1);
});

test("a role in a project opens that project and no other, and removal closes it at once", async () => {
  const { organisation, grant } = await given();
  const { tenantId, slug, projects } = organisation;
  const { userId } = await givenMember(db.app, organisation, "member");
  const may = async (project: string) =>
    authorizeProject(await actorOf(db.app, userId), slug, project, "environment.launch").ok;
  expect(await may("vision")).toBe(false);
  const projectId = projects.vision;
  if (!projectId) throw new Error("no project");
  await setProjectRole(db.app, grant, tenantId, { projectId, userId, role: "member" });
  expect([await may("vision"), await may("speech")]).toEqual([true, false]);
  await setProjectRole(db.app, grant, tenantId, { projectId, userId, role: "viewer" });
  expect(await may("vision")).toBe(false);
  await setProjectRole(db.app, grant, tenantId, { projectId, userId, role: "admin" });
  expect(await may("vision")).toBe(true);
  await removeMember(db.app, grant, tenantId, { userId });
  expect((await actorOf(db.app, userId)).memberships).toEqual([]);
  // Coming back does not bring the former roles back.
  const { email } = await actorOf(db.app, userId);
  const input = { email, role: "member" as const, days: null, projects: [] };
  const made = await inviteMember(db.app, grant, tenantId, input);
  const token = (made.ok && made.value.path.split("=")[1]) || "";
  expect((await acceptInvitation(db.app, await actorOf(db.app, userId), { token })).ok).toBe(true);
  expect(await may("vision")).toBe(false);
});

test("a person who is no member gets no role in a project", async () => {
  const { organisation, grant } = await given();
  const stranger = await givenUser(db.app);
  const answer = await setProjectRole(db.app, grant, organisation.tenantId, {
    projectId: organisation.projects.vision as never,
    userId: stranger.userId,
    role: "admin",
  });
  expect(answer).toEqual({ ok: false, refusal: { kind: "not_found", resource: "member" } });
});

test("a tenant's grant changes nothing in another tenant", async () => {
  const { grant } = await given();
  const other = await given();
  const { tenantId, projects } = other.organisation;
  const victim = await givenMember(db.app, other.organisation, "member");
  const before = await membersView(db.app, await viewer(other));
  const notFound = { refusal: { kind: "not_found" } };
  expect(await addMember(db.app, grant, tenantId, newPerson())).toMatchObject(notFound);
  expect(
    await changeMemberRole(db.app, grant, tenantId, { userId: victim.userId, role: "viewer" }),
  ).toMatchObject(notFound);
  expect(await removeMember(db.app, grant, tenantId, { userId: victim.userId })).toMatchObject(
    notFound,
  );
  expect(
    await setProjectRole(db.app, grant, tenantId, {
      projectId: projects.vision as never,
      userId: victim.userId,
      role: "admin",
    }),
  ).toMatchObject(notFound);
  expect(await membersView(db.app, await viewer(other))).toEqual(before);

  function viewer({ owner, organisation }: Awaited<ReturnType<typeof given>>) {
    return tenantGrantOf(db.app, owner.userId, organisation.slug, "member.read");
  }
});

test("an operator gives a member who lost their password a new one, and their sessions end", async () => {
  const { organisation } = await given();
  const member = await givenMember(db.app, organisation, "member");
  const grant = await givenFleetGrant(db.app, "tenant.edit");
  const reset = await resetPassword(db.app, grant, {
    tenantId: organisation.tenantId,
    userId: member.userId,
  });
  const [user] = await db.app.select().from(users).where(eq(users.id, member.userId));
  expect(user?.mustChangePassword).toBe(true);
  expect(
    reset.ok && (await verifyPassword(reset.value.oneTimePassword, user?.passwordHash ?? "")),
  ).toBe(true);

  const stranger = await givenUser(db.app);
  expect(
    await resetPassword(db.app, grant, {
      tenantId: organisation.tenantId,
      userId: stranger.userId,
    }),
  ).toMatchObject({ refusal: { kind: "not_found" } });
});

test("nobody resets the password of an operator who is a member", async () => {
  const { organisation } = await given();
  const operator = await givenMember(db.app, organisation, "member");
  await db.app
    .update(users)
    .set({ operatorRole: "fleet_admin" })
    .where(eq(users.id, operator.userId));
  const grant = await givenFleetGrant(db.app, "tenant.edit");
  const { tenantId } = organisation;
  expect(await resetPassword(db.app, grant, { tenantId, userId: operator.userId })).toMatchObject({
    refusal: { kind: "not_now" },
  });
});

test("two tenants of one short name, or two projects in one tenant, are refused", async () => {
  const grant = await givenFleetGrant(db.app, "tenant.create");
  const edit = await givenFleetGrant(db.app, "tenant.edit");
  const input = { slug: `t-${crypto.randomUUID().slice(0, 8)}`, name: "Acme" };
  const made = await createTenant(db.app, grant, input);
  expect(await createTenant(db.app, grant, input)).toMatchObject({
    refusal: { kind: "name_taken", resource: "tenant" },
  });
  if (!made.ok) throw new Error("not made");
  const project = { slug: "vision", name: "Vision" };
  expect((await createProject(db.app, edit, made.value.tenantId, project)).ok).toBe(true);
  expect(await createProject(db.app, edit, made.value.tenantId, project)).toMatchObject({
    refusal: { kind: "name_taken", resource: "project" },
  });
});

test.for(["fleet", "api", "account", "sign-in", "setup", "_next", "Acme", "-a", "a b", ""])(
  "%j cannot be a tenant's short name",
  (slug) => {
    expect(createTenantInput.safeParse({ slug, name: "Acme" }).success).toBe(false);
  },
);
