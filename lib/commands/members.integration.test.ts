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
import { addMember } from "#lib/commands/add-member";
import { changeMemberRole } from "#lib/commands/change-member-role";
import { createProject } from "#lib/commands/create-project";
import { createTenant } from "#lib/commands/create-tenant";
import { removeMember } from "#lib/commands/remove-member";
import { resetPassword } from "#lib/commands/reset-password";
import { setProjectRole } from "#lib/commands/set-project-role";
import { createTenantInput } from "#lib/schemas/tenant";
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

test("someone with an account becomes a member with the password they have", async () => {
  const { organisation, grant } = await given();
  const { email, userId } = await givenUser(db.app);
  const added = await addMember(db.app, grant, organisation.tenantId, {
    email,
    name: "",
    role: "viewer",
  });
  expect(added).toEqual({ ok: true, value: { userId, oneTimePassword: null } });
  expect((await actorOf(db.app, userId)).memberships).toMatchObject([
    { tenantId: organisation.tenantId, role: "viewer", projects: [] },
  ]);
  const twice = await addMember(db.app, grant, organisation.tenantId, {
    email,
    name: "",
    role: "viewer",
  });
  expect(twice).toMatchObject({ refusal: { kind: "name_taken", resource: "member" } });
});

test("an account is not made without a name", async () => {
  const { organisation, grant } = await given();
  const added = await addMember(db.app, grant, organisation.tenantId, { ...newPerson(), name: "" });
  expect(added).toMatchObject({
    refusal: { kind: "invalid_input", fields: { name: expect.stringContaining("name") } },
  });
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
  await addMember(db.app, grant, tenantId, { email, name: "", role: "member" });
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

test("nobody resets an operator's password by making them a member", async () => {
  const { organisation } = await given();
  const operator = await givenUser(db.app, { operatorRole: "fleet_admin" });
  const grant = await givenFleetGrant(db.app, "tenant.edit");
  const { tenantId } = organisation;
  await addMember(db.app, grant, tenantId, { email: operator.email, name: "", role: "member" });
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
