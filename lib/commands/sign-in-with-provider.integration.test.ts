import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockUser } from "#db/queries/users";
import { auditEvents } from "#db/schema/audit-events";
import { groupRoles, identityProviders, userIdentities } from "#db/schema/identity";
import { projectMembers, tenantMembers } from "#db/schema/tenants";
import { sessions, users } from "#db/schema/users";
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
import { untilWaiting } from "#e2e/fixtures/waiting";
import { loadSession } from "#lib/access/load-actor";
import { hashPassword } from "#lib/access/password";
import { changeMemberRole } from "#lib/commands/change-member-role";
import { changeOperatorRole } from "#lib/commands/change-operator-role";
import { removeIdentityProvider } from "#lib/commands/remove-identity-provider";
import { removeMember } from "#lib/commands/remove-member";
import { setPasswordRule } from "#lib/commands/set-password-rule";
import { setProjectRole } from "#lib/commands/set-project-role";
import { signIn } from "#lib/commands/sign-in";
import { signInWithProvider } from "#lib/commands/sign-in-with-provider";
import { unlinkIdentity } from "#lib/commands/unlink-identity";
import type { ProviderClaims } from "#lib/domain/access/claims";
import { type Id, newId } from "#lib/domain/id";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

const unique = () => crypto.randomUUID().slice(0, 8);

async function givenProvider(emailDomains: string[] = []) {
  const id = newId("identityProvider");
  const issuer = `https://${unique()}.example`;
  await db.app.insert(identityProviders).values({
    ...{ id, issuer, emailDomains, label: "Example", clientId: "ingot" },
    ...{ sealedSecret: "k1", groupsClaim: "groups" },
  });
  return { id, issuer };
}
type Given = Awaited<ReturnType<typeof givenProvider>>;

const worth = (provider: Given, group: string, role: Partial<typeof groupRoles.$inferInsert>) =>
  asOperator(db.app, (tx) =>
    tx
      .insert(groupRoles)
      .values({ id: newId("groupRole"), providerId: provider.id, group, ...role }),
  );

const claimsOf = (provider: Given, more: Partial<ProviderClaims> = {}): ProviderClaims => ({
  issuer: provider.issuer,
  subject: unique(),
  email: `${unique()}@example.com`,
  emailVerified: true,
  name: "Lena",
  groups: [],
  authTime: null,
  ...more,
});

type Token = { userId: Id<"user">; sessionId: Id<"session"> };

function come(
  provider: Given,
  claims: ProviderClaims,
  intent: Parameters<typeof signInWithProvider>[4] = { kind: "sign_in" },
  earlier: Token | null = null,
) {
  const request = { requestId: "req", ipAddress: null, userAgent: "Firefox", earlier };
  return signInWithProvider(db.app, request, provider.id, claims, intent);
}

/** Comes in, as someone who is let in. */
async function enter(...args: Parameters<typeof come>) {
  const result = await come(...args);
  if (!result.ok) throw new Error(String(result.refusal));
  return result.value;
}

const sessionOf = (token: Token) =>
  loadSession(db.app, token, { requestId: "r", ipAddress: null, counts: false });

test("an account is made for a group that has a role, found again by its subject alone, never by address", async () => {
  const provider = await givenProvider();
  const other = await givenProvider();
  const organisation = await givenOrganisation(db.app);
  await worth(provider, "staff", { tenantId: organisation.tenantId, tenantRole: "viewer" });
  const claims = claimsOf(provider, { groups: ["staff"] });
  // Twice at the same moment is one account.
  const [first, second] = await Promise.all([enter(provider, claims), enter(provider, claims)]);
  expect(first.userId).toBe(second.userId);
  const moved = { ...claims, email: `${unique()}@example.com` };
  expect((await enter(provider, moved)).userId).toBe(first.userId);
  expect((await sessionOf(first))?.actor.memberships).toMatchObject([
    { tenantId: organisation.tenantId, role: "viewer" },
  ]);

  const subject = unique();
  expect(await come(provider, { ...claims, subject })).toEqual({
    ok: false,
    refusal: "address_taken",
  });
  // The same subject at another issuer is someone else, who gets nothing of this account and gives it nothing.
  const elsewhere = await givenOrganisation(db.app);
  await worth(other, "staff", { tenantId: elsewhere.tenantId, tenantRole: "owner" });
  expect(await come(other, { ...claims, issuer: other.issuer })).toMatchObject({
    refusal: "address_taken",
  });
  expect((await sessionOf(first))?.actor.memberships).toMatchObject([
    { tenantId: organisation.tenantId },
  ]);
  // A token of another issuer is no token.
  expect(await come(other, claims)).toMatchObject({ refusal: "wrong_issuer" });
});

test("no account is made without a role, a verified address, or of another domain", async () => {
  const provider = await givenProvider(["example.com"]);
  await worth(provider, "watch", { operatorRole: "fleet_viewer" });
  const person = (more: Partial<ProviderClaims>) =>
    claimsOf(provider, { groups: ["watch"], ...more });
  const before = await db.app.$count(users);
  for (const [more, refusal] of [
    [{ groups: [] }, "not_linked"],
    [{ emailVerified: false }, "not_verified"],
    [{ email: null }, "not_verified"],
    [{ email: "a@elsewhere.example" }, "other_domain"],
  ] as const) {
    expect(
      await come(provider, person({ ...more, groups: [...(more.groups ?? ["watch"])] })),
    ).toEqual({ ok: false, refusal });
  }
  expect(await db.app.$count(users)).toBe(before);
});

test("roles follow the groups at each sign-in; what people gave stays, and so does the last owner", async () => {
  const provider = await givenProvider();
  const { tenantId, slug, projects } = await givenOrganisation(db.app);
  const byHand = await givenOrganisation(db.app);
  await worth(provider, "own", { tenantId, tenantRole: "owner" });
  await worth(provider, "staff", { tenantId, tenantRole: "member" });
  await worth(provider, "vision", { tenantId, projectId: projects.vision, projectRole: "admin" });
  await worth(provider, "ops", { operatorRole: "fleet_admin" });
  await worth(provider, "else", { tenantId: byHand.tenantId, tenantRole: "viewer" });
  const person = await givenMember(db.app, byHand, "admin");
  const claims = (...groups: string[]) => claimsOf(provider, { subject: person.userId, groups });
  const earlier = await opened(person.userId);
  await enter(provider, claims(), { kind: "link", ...earlier }, earlier);

  const roles = async (...groups: string[]) => {
    const { actor } = (await sessionOf(await enter(provider, claims(...groups)))) ?? {};
    const project = actor?.memberships
      .find((each) => each.tenantId === tenantId)
      ?.projects.find((each) => each.slug === "vision");
    const roleIn = (id: Id<"tenant">) =>
      actor?.memberships.find((each) => each.tenantId === id)?.role ?? null;
    return [roleIn(tenantId), project?.role ?? null, actor?.operatorRole, roleIn(byHand.tenantId)];
  };
  expect(await roles("staff", "vision", "ops", "else")).toEqual([
    ...["member", "admin", "fleet_admin"],
    "admin",
  ]);
  // Nobody changes by hand what a group decides.
  const boss = await givenMember(db.app, { tenantId, slug, projects }, "owner");
  const grant = await tenantGrantOf(db.app, boss.userId, slug, "member.edit");
  expect(
    await changeMemberRole(db.app, grant, tenantId, { userId: person.userId, role: "viewer" }),
  ).toMatchObject({ refusal: { kind: "not_now", reason: expect.stringMatching(/group staff/) } });
  // But whoever is shut out at the provider signs in no more: people may take what it gave.
  const { userId } = person;
  expect(await removeMember(db.app, grant, tenantId, { userId })).toMatchObject({ ok: true });
  const admin = await givenFleetGrant(db.app, "operator.edit");
  expect(await changeOperatorRole(db.app, admin, { userId, role: "fleet_viewer" })).toMatchObject({
    refusal: { kind: "not_now", reason: expect.stringMatching(/group ops/) },
  });
  expect(await changeOperatorRole(db.app, admin, { userId, role: null })).toMatchObject({
    ok: true,
  });
  const now = await actorOf(db.app, userId);
  expect([now.operatorRole, now.memberships.map((each) => each.tenantSlug)]).toEqual([
    null,
    [byHand.slug],
  ]);
  expect(await roles("staff", "vision", "ops")).toEqual([
    "member",
    "admin",
    "fleet_admin",
    "admin",
  ]);
  const inProject = { userId, projectId: projects.vision ?? newId("project") };
  expect(
    await setProjectRole(db.app, grant, tenantId, { ...inProject, role: "viewer" }),
  ).toMatchObject({ refusal: { kind: "not_now", reason: expect.stringMatching(/group vision/) } });
  expect(await setProjectRole(db.app, grant, tenantId, { ...inProject, role: null })).toMatchObject(
    { ok: true },
  );

  await givenUser(db.app, { operatorRole: "fleet_admin" });
  expect(await roles("vision")).toEqual(["member", "admin", null, "admin"]);
  expect(await roles()).toEqual([null, null, null, "admin"]);

  expect((await roles("own"))[0]).toBe("owner");
  await asOperator(db.app, (tx) =>
    tx.delete(tenantMembers).where(eq(tenantMembers.userId, boss.userId)),
  );
  expect((await roles())[0]).toBe("owner");
  expect((await roles("staff"))[0]).toBe("owner");
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, person.userId)),
  );
  const kept = events.filter((each) => each.action === "member.keep");
  expect(kept.map((each) => each.actorName)).toEqual(["Example", "Example"]);

  // Taken away, a provider leaves its roles to people.
  await removeIdentityProvider(db.app, await givenFleetGrant(db.app, "identity.edit"), provider);
  const left = await asOperator(db.app, (tx) =>
    tx.select().from(tenantMembers).where(eq(tenantMembers.userId, person.userId)),
  );
  expect(left.map((each) => each.providerId)).toEqual([null, null]);
  expect(await asOperator(db.app, (tx) => tx.$count(projectMembers))).toBe(0);
});

test("of two providers unlinked at the same moment one stays, where nothing else lets in", async () => {
  const [one, two] = [await givenProvider(), await givenProvider()];
  const { userId } = await givenUser(db.app);
  for (const provider of [one, two]) {
    const identity = { userId, issuer: provider.issuer, subject: "both", name: "Ada" };
    await db.app.insert(userIdentities).values(identity);
  }
  await db.app.update(users).set({ passwordHash: null }).where(eq(users.id, userId));
  const actor = await actorOf(db.app, userId);
  const unlinked = await db.app.transaction(async (tx) => {
    await lockUser(tx, userId);
    const both = Promise.all([one, two].map((each) => unlinkIdentity(db.app, actor, each)));
    await untilWaiting(db.superuserUrl, 2);
    return { both };
  });
  expect((await unlinked.both).map((each) => each.ok).sort()).toEqual([false, true]);
});

test("an account is linked by who is signed in to it, in that very session, and by nobody else", async () => {
  const provider = await givenProvider();
  const [mine, yours] = [await givenUser(db.app), await givenUser(db.app)];
  // Said to be fresh, so that the session it opens may link more.
  const authTime = Math.floor(Date.now() / 1000);
  const claims = claimsOf(provider, { email: yours.email, authTime });
  const token = await opened(mine.userId);
  const foreign = await opened(yours.userId);
  const link = { kind: "link", ...token } as const;
  // The cookie of one, the session of another; or no session at all.
  expect(await come(provider, claims, link, foreign)).toMatchObject({ refusal: "stale" });
  expect(await come(provider, claims, link, null)).toMatchObject({ refusal: "stale" });
  const linked = await enter(provider, claims, link, token);
  expect(linked.userId).toBe(mine.userId);
  // The session that it began in has ended.
  expect(await sessionOf(token)).toBeNull();

  const again = { kind: "link", ...foreign } as const;
  expect(await come(provider, claims, again, foreign)).toMatchObject({
    refusal: "linked_elsewhere",
  });
  const second = claimsOf(provider);
  expect(await come(provider, second, { kind: "link", ...linked }, linked)).toMatchObject({
    refusal: "linked_already",
  });
  const actor = await actorOf(db.app, mine.userId);
  await db.app.update(users).set({ passwordHash: null }).where(eq(users.id, mine.userId));
  expect(await unlinkIdentity(db.app, actor, provider)).toMatchObject({
    refusal: { kind: "not_now" },
  });
  await db.app.update(users).set({ disabledAt: new Date() }).where(eq(users.id, mine.userId));
  expect(await come(provider, claims)).toMatchObject({ refusal: "disabled" });
});

test("with passwords kept to operators, a member's right password opens nothing, an operator's does", async () => {
  const password = "correct horse battery";
  const passwordHash = await hashPassword(password);
  const grant = await givenFleetGrant(db.app, "identity.edit");
  await givenProvider();
  expect((await setPasswordRule(db.app, grant, { passwords: "operators" })).ok).toBe(true);
  const request = { requestId: "r", ipAddress: null, userAgent: null, earlier: null };
  const member = await givenUser(db.app, { passwordHash });
  const operator = await givenUser(db.app, { passwordHash, operatorRole: "fleet_viewer" });
  const tries = async (email: string, secret = password) =>
    signIn(db.app, request, { email, password: secret });
  expect(await tries(member.email)).toEqual({ ok: false, refusal: { kind: "passwords_off" } });
  expect(await tries(member.email, "wrong horse battery")).toEqual({
    ok: false,
    refusal: { kind: "sign_in_failed" },
  });
  expect((await tries(operator.email)).ok).toBe(true);
  await setPasswordRule(db.app, grant, { passwords: "everyone" });
  expect((await tries(member.email)).ok).toBe(true);
});

/** A session of a person, as a browser has it. */
async function opened(userId: Id<"user">): Promise<Token> {
  const sessionId = newId("session");
  await db.app.transaction((tx) =>
    tx
      .insert(sessions)
      .values({ id: sessionId, userId, expiresAt: new Date(Date.now() + 3_600_000) }),
  );
  return { userId, sessionId };
}
