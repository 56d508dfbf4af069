import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { identityProviders } from "#db/schema/identity";
import { tenantMembers, tenants } from "#db/schema/tenants";
import { sessions, users } from "#db/schema/users";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import {
  actorOf,
  givenMember,
  givenOrganisation,
  givenUser,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import { acceptInvitation, joinByInvitation } from "#lib/commands/accept-invitation";
import { inviteMember, resendInvitation, withdrawInvitation } from "#lib/commands/invite-member";
import { leaveTenant } from "#lib/commands/leave-tenant";
import { setMemberTerm } from "#lib/commands/set-member-term";
import { setProjectRole } from "#lib/commands/set-project-role";
import { signInWithProvider } from "#lib/commands/sign-in-with-provider";
import { type Id, newId } from "#lib/domain/id";
import { endedAccess } from "#lib/views/ended-access";
import { invitationView } from "#lib/views/invitation";
import { membersView } from "#lib/views/members";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

const request = { requestId: "req", ipAddress: null };
const password = "four quiet unrelated words";
const day = 24 * 60 * 60_000;
const soon = () => new Date(Date.now() + 2 * day);

async function given(role: "owner" | "admin" = "owner") {
  const organisation = await givenOrganisation(db.app);
  const owner = await givenMember(db.app, organisation, role);
  const grant = await tenantGrantOf(db.app, owner.userId, organisation.slug, "member.edit");
  const { tenantId, slug, projects } = organisation;
  const invite = async (email: string, more: object = {}) => {
    const input = { email, role: "member" as const, days: null, projects: [], ...more };
    const made = await inviteMember(db.app, grant, tenantId, input);
    if (!made.ok) throw new Error(made.refusal.kind);
    return new URL(made.value.path, "http://ingot").searchParams.get("token") ?? "";
  };
  const view = async () => {
    const reading = await tenantGrantOf(db.app, owner.userId, slug, "member.read");
    return membersView(db.app, reading);
  };
  return { organisation, owner, grant, tenantId, slug, projects, invite, view };
}

const newEmail = () => `${crypto.randomUUID().slice(0, 8)}@example.com`;
const notNow = { ok: false, refusal: { kind: "not_now" } };

test("a link makes one account and one member, once, with the roles it says", async () => {
  const { tenantId, projects, invite, view } = await given();
  const email = newEmail();
  const token = await invite(email, {
    projects: [{ projectId: projects.vision, role: "viewer" }],
  });
  expect(await invitationView(db.app, token)).toMatchObject({ email, hasAccount: false });
  const join = () => joinByInvitation(db.app, request, { token, name: "Noor", password });
  const answers = await Promise.all([join(), join(), join()]);
  expect(answers.filter((each) => each.ok)).toHaveLength(1);
  const [user] = await db.app.select().from(users).where(eq(users.email, email));
  if (!user) throw new Error("no account");
  expect((await actorOf(db.app, user.id)).memberships).toMatchObject([
    { tenantId, role: "member", projects: [{ slug: "vision", role: "viewer" }] },
  ]);
  expect(await join()).toMatchObject(notNow);
  expect(await invitationView(db.app, token)).toBeNull();
  const { invitations, members } = await view();
  expect([invitations.length, members.length]).toEqual([0, 2]);
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.tenantId, tenantId)),
  );
  expect(events.map((each) => each.action).sort()).toEqual(["member.invite", "member.join"]);
  expect(JSON.stringify(events)).not.toContain(token);
});

test("a link that is replaced, withdrawn or too old opens nothing, nor does a guess", async () => {
  const { grant, tenantId, invite, view } = await given();
  const email = newEmail();
  const first = await invite(email);
  const second = await invite(email);
  const { invitations } = await view();
  expect(invitations).toHaveLength(1);
  const invitationId = invitations[0]?.id ?? newId("invitation");
  const resent = await resendInvitation(db.app, grant, tenantId, { invitationId });
  const third = resent.ok ? (resent.value.path.split("=")[1] ?? "") : "";
  const week = new Date(Date.now() + 7 * day + 1000);
  expect(await invitationView(db.app, third)).not.toBeNull();
  expect(await invitationView(db.app, third, week)).toBeNull();
  const other = await given();
  expect(
    await withdrawInvitation(db.app, other.grant, other.tenantId, { invitationId }),
  ).toMatchObject({ refusal: { kind: "not_found" } });
  expect((await withdrawInvitation(db.app, grant, tenantId, { invitationId })).ok).toBe(true);
  for (const token of [first, second, third, "guess", ""]) {
    expect(
      await joinByInvitation(db.app, request, { token, name: "Noor", password }),
    ).toMatchObject(notNow);
  }
  expect(await db.app.$count(users, eq(users.email, email))).toBe(0);
});

test("an invitation is for its address: another account does not take it, and none is made twice", async () => {
  const { tenantId, slug, invite } = await given();
  const [invited, other] = [await givenUser(db.app), await givenUser(db.app)];
  const token = await invite(invited.email);
  const accept = async (userId: typeof other.userId) =>
    acceptInvitation(db.app, await actorOf(db.app, userId), { token });
  expect(await accept(other.userId)).toMatchObject(notNow);
  expect(await joinByInvitation(db.app, request, { token, name: "Noor", password })).toMatchObject(
    notNow,
  );
  expect(await accept(invited.userId)).toMatchObject({ ok: true, value: { tenantSlug: slug } });
  expect((await actorOf(db.app, invited.userId)).memberships).toMatchObject([{ tenantId }]);
});

test("the session of whoever accepts goes on under another id, and proves no more than before", async () => {
  const { tenantId, invite } = await given();
  const { userId, email } = await givenUser(db.app);
  const actor = await actorOf(db.app, userId);
  const { sessionId } = actor;
  if (!sessionId) throw new Error("they are in a browser");
  const read = (id: Id<"session">) =>
    db.app
      .select()
      .from(sessions)
      .where(eq(sessions.id, id))
      .then(([row]) => row);
  const before = await read(sessionId);
  const joined = await acceptInvitation(db.app, actor, { token: await invite(email) });
  const next = joined.ok ? joined.value.sessionId : undefined;
  if (!next) throw new Error("the session has no other id");
  expect(await read(sessionId)).toBeUndefined();
  expect(await read(next)).toEqual({ ...before, id: next });
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.actorId, userId)),
  );
  expect(events).toMatchObject([
    { tenantId, action: "member.join", sessionId, detail: { renewedAs: next } },
  ]);
  // What has ended meanwhile joins nothing, and the invitation is still open.
  const third = await given();
  const token = await third.invite(email);
  expect(await acceptInvitation(db.app, actor, { token })).toMatchObject({
    refusal: { reason: "This session has ended." },
  });
  expect(await invitationView(db.app, token)).not.toBeNull();
});

test("a provider accepts an invitation only for the verified address that was invited", async () => {
  const { tenantId, invite } = await given();
  const issuer = `https://${crypto.randomUUID()}.example`;
  const provider = newId("identityProvider");
  await db.app.insert(identityProviders).values({
    ...{ id: provider, issuer, label: "Example", clientId: "ingot" },
    ...{ sealedSecret: "k1", groupsClaim: "groups" },
  });
  const email = newEmail();
  const token = await invite(email);
  const come = (claims: object) =>
    signInWithProvider(
      db.app,
      { ...request, userAgent: null, earlier: null },
      provider,
      {
        ...{
          issuer,
          subject: "s",
          email,
          emailVerified: true,
          name: "Noor",
          groups: [],
          authTime: null,
        },
        ...claims,
      },
      { kind: "invitation", token },
    );
  expect(await come({ emailVerified: false })).toMatchObject({ refusal: "not_verified" });
  expect(await come({ email: newEmail() })).toMatchObject({ refusal: "invitation_for_other" });
  const joined = await come({});
  if (!joined.ok) throw new Error(String(joined.refusal));
  expect((await actorOf(db.app, joined.value.userId)).memberships).toMatchObject([{ tenantId }]);
  expect(await come({ subject: "t" })).toMatchObject({ refusal: "invitation_closed" });
});

test("an admin invites no owner, and nobody invites into another tenant's project", async () => {
  const { grant, tenantId } = await given("admin");
  const other = await given();
  const input = { email: newEmail(), role: "member" as const, days: null, projects: [] };
  expect(await inviteMember(db.app, grant, tenantId, { ...input, role: "owner" })).toMatchObject(
    notNow,
  );
  const projectId = other.projects.vision ?? newId("project");
  const theirs = { ...input, projects: [{ projectId, role: "admin" as const }] };
  expect(await inviteMember(db.app, grant, tenantId, theirs)).toMatchObject({
    refusal: { kind: "not_found", resource: "project" },
  });
  expect(await inviteMember(db.app, grant, other.tenantId, input)).toMatchObject({
    refusal: { kind: "not_found", resource: "tenant" },
  });
});

test("the link of an owner-to-be is an owner's to make, to make anew and to take back", async () => {
  const { organisation, tenantId, slug, grant: owner } = await given();
  const { userId } = await givenMember(db.app, organisation, "admin");
  const admin = await tenantGrantOf(db.app, userId, slug, "member.edit");
  const input = { email: newEmail(), role: "owner" as const, days: null, projects: [] };
  expect(await inviteMember(db.app, owner, tenantId, input)).toMatchObject({ ok: true });
  const reading = await tenantGrantOf(db.app, userId, slug, "member.read");
  const pending = async () => (await membersView(db.app, reading)).invitations;
  const invitationId = (await pending())[0]?.id ?? newId("invitation");
  expect(await resendInvitation(db.app, admin, tenantId, { invitationId })).toMatchObject(notNow);
  expect(await withdrawInvitation(db.app, admin, tenantId, { invitationId })).toMatchObject(notNow);
  const instead = { ...input, role: "member" as const };
  expect(await inviteMember(db.app, admin, tenantId, instead)).toMatchObject(notNow);
  expect(await pending()).toMatchObject([{ id: invitationId, role: "owner" }]);
  const denied = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.actorId, userId)),
  );
  expect(denied.map((each) => [each.action, each.outcome, each.objectName])).toEqual(
    ["resend", "withdraw", "withdraw"].map((what) => [`invitation.${what}`, "denied", input.email]),
  );
  expect(await resendInvitation(db.app, owner, tenantId, { invitationId })).toMatchObject({
    ok: true,
  });
  expect(await withdrawInvitation(db.app, owner, tenantId, { invitationId })).toMatchObject({
    ok: true,
  });
});

test("access that was given for a time ends by itself, and an owner's does not", async () => {
  const { organisation, owner, grant, tenantId, projects, invite } = await given();
  const { userId, email } = await givenMember(db.app, organisation, "member");
  const projectId = projects.vision ?? newId("project");
  const places = async (now?: Date) => {
    const [membership] = (await actorOf(db.app, userId, now)).memberships;
    return membership ? membership.projects.map((each) => each.slug) : null;
  };
  await setProjectRole(db.app, grant, tenantId, { projectId, userId, role: "member", days: 1 });
  expect([await places(), await places(soon())]).toEqual([["vision"], []]);
  await setMemberTerm(db.app, grant, tenantId, { userId, days: 1 });
  expect([await places(), await places(soon())]).toEqual([["vision"], null]);
  expect(
    await setMemberTerm(db.app, grant, tenantId, { userId: owner.userId, days: 1 }),
  ).toMatchObject(notNow);
  // Over, they can be invited anew, without the roles of then.
  await asOperator(db.app, (tx) =>
    tx
      .update(tenantMembers)
      .set({ until: new Date(Date.now() - 1000) })
      .where(eq(tenantMembers.userId, userId)),
  );
  expect(await places()).toBeNull();
  // And they are told what is over, since its pages know nothing of them any more.
  expect(await endedAccess(db.app, await actorOf(db.app, userId))).toMatchObject([
    { tenantSlug: organisation.slug, endedAt: expect.any(String) },
  ]);
  const token = await invite(email, { days: 7 });
  await acceptInvitation(db.app, await actorOf(db.app, userId), { token });
  expect(await places()).toEqual([]);
  expect(await endedAccess(db.app, await actorOf(db.app, userId))).toEqual([]);
});

test("a member leaves, and the last owner does not", async () => {
  const { organisation, owner, tenantId } = await given();
  const { userId } = await givenMember(db.app, organisation, "member");
  const leave = async (who: typeof userId) =>
    leaveTenant(db.app, await actorOf(db.app, who), { tenantId });
  expect((await leave(userId)).ok).toBe(true);
  expect((await actorOf(db.app, userId)).memberships).toEqual([]);
  expect(await leave(userId)).toMatchObject({ refusal: { kind: "not_found" } });
  expect(await leave(owner.userId)).toMatchObject({ refusal: { kind: "last_owner" } });
  // An owner whose account is closed owns nothing.
  const closed = await givenMember(db.app, organisation, "owner");
  await db.app.update(users).set({ disabledAt: soon() }).where(eq(users.id, closed.userId));
  expect(await leave(owner.userId)).toMatchObject({ refusal: { kind: "last_owner" } });

  // Who is kept out until they have a second factor may leave as well.
  const { userId: shutOut } = await givenMember(db.app, organisation, "member");
  await asOperator(db.app, (tx) =>
    tx.update(tenants).set({ membersNeedFactor: true }).where(eq(tenants.id, tenantId)),
  );
  expect((await actorOf(db.app, shutOut)).memberships).toEqual([]);
  expect((await leave(shutOut)).ok).toBe(true);
  expect(await leave(shutOut)).toMatchObject({ refusal: { kind: "not_found" } });
});
