import { and, eq, inArray, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertSession } from "#db/queries/sessions";
import { auditEvents } from "#db/schema/audit-events";
import { groupRoles, identityProviders, signInRules } from "#db/schema/identity";
import { operatorInvitations } from "#db/schema/operator-invitations";
import { sessions, users } from "#db/schema/users";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import {
  actorOf,
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  givenUser,
} from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import { authorizeFleet, type Grant } from "#lib/access/authorize";
import { loadSession } from "#lib/access/load-actor";
import { withProvider, withUser } from "#lib/access/with-grant";
import { acceptOperatorInvitation, joinAsOperator } from "#lib/commands/accept-operator-invitation";
import { applyGroupRoles } from "#lib/commands/apply-group-roles";
import { changeOperatorRole } from "#lib/commands/change-operator-role";
import { closeAccount } from "#lib/commands/close-account";
import {
  inviteOperator,
  resendOperatorInvitation,
  withdrawOperatorInvitation,
} from "#lib/commands/invite-operator";
import type { OperatorRole } from "#lib/domain/access/role";
import { type Id, newId } from "#lib/domain/id";
import { operatorInvitationView } from "#lib/views/operator-invitation";
import { operatorsView } from "#lib/views/operators";

let db: GivenConnections;
let grant: Grant<"operator.edit">;
beforeAll(async () => {
  db = await givenConnections();
  grant = await givenFleetGrant(db.app, "operator.edit");
});
afterAll(() => db?.close());

const request = { requestId: "req", ipAddress: null };
const hour = 60 * 60_000;
const chosen = { name: "Noor", password: "four quiet unrelated words" };
const newEmail = () => `${crypto.randomUUID().slice(0, 8)}@example.com`;
const notNow = { ok: false, refusal: { kind: "not_now" } };

async function invite(email: string, role: OperatorRole = "fleet_viewer", by = grant) {
  const made = await inviteOperator(db.app, by, { email, role });
  if (!made.ok) throw new Error(made.refusal.reason);
  return tokenOf(made.value.path);
}

const tokenOf = (path: string) => new URL(path, "http://ingot").searchParams.get("token") ?? "";
const accept = async (userId: Id<"user">, token: string) =>
  acceptOperatorInvitation(db.app, await actorOf(db.app, userId), { token });
const join = (token: string) => joinAsOperator(db.app, request, { token, ...chosen });
const stateOf = async (token: string) => (await operatorInvitationView(db.app, token))?.state;
const roleOf = async (email: string) => {
  const [user] = await db.app.select().from(users).where(eq(users.email, email));
  return user?.operatorRole;
};

async function pending(email: string) {
  const { userId } = await givenUser(db.app, { operatorRole: "fleet_viewer" });
  const reading = authorizeFleet(await actorOf(db.app, userId), "fleet.read");
  if (!reading.ok) throw new Error("a viewer of the fleet reads it");
  const { invitations } = await operatorsView(db.app, reading.value);
  return invitations.filter((each) => each.email === email);
}

/** What the log says of an address: what was done and how it ended, transaction by transaction. */
async function logOf(email: string) {
  const events = await asOperator(db.app, (tx) =>
    tx
      .select()
      .from(auditEvents)
      .where(
        sql`${auditEvents.objectName} = ${email} or ${auditEvents.detail}->>'invited' = ${email}`,
      )
      .orderBy(auditEvents.at, auditEvents.id),
  );
  return {
    said: events.map((each) => `${each.action} ${each.outcome}`),
    places: new Set(events.map((each) => each.tenantId)),
    text: JSON.stringify(events),
  };
}

test("an owner of a tenant becomes an operator, stays an owner, and goes on in another session", async () => {
  const organisation = await givenOrganisation(db.app);
  const { userId, email } = await givenMember(db.app, organisation, "owner");
  const token = await invite(email, "fleet_admin");
  expect(await pending(email)).toMatchObject([{ role: "fleet_admin", invitedBy: "Olga" }]);
  expect(await operatorInvitationView(db.app, token)).toMatchObject({
    ...{ state: "open", email, role: "fleet_admin", invitedBy: "Olga", hasAccount: true },
  });
  // Until they press the button they are none.
  expect(await roleOf(email)).toBeNull();

  // As a member's, two hours ago; they proved who they are an hour ago.
  const [opened, proved] = [new Date(Date.now() - 2 * hour), new Date(Date.now() - hour)];
  const [first, other] = [newId("session"), newId("session")];
  await withUser(db.app, userId, async (tx) => {
    for (const id of [first, other]) {
      const until = new Date(opened.getTime() + 12 * hour);
      const times = { createdAt: opened, lastSeenAt: new Date(), expiresAt: until };
      await insertSession(tx, { id, userId, ...times });
    }
    await tx.update(sessions).set({ provedAt: proved }).where(eq(sessions.userId, userId));
  });
  const load = (sessionId: Id<"session">, now?: Date) =>
    loadSession(db.app, { userId, sessionId }, { ...request, counts: false }, now);
  const session = await load(first);
  if (!session) throw new Error("the session just made is not valid");
  const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
  expect(await load(first, later(16))).not.toBeNull();

  const accepted = await acceptOperatorInvitation(db.app, session.actor, { token });
  if (!accepted.ok) throw new Error(accepted.refusal.reason);
  const { sessionId } = accepted.value;
  expect(await load(first)).toBeNull();
  const now = await load(sessionId);
  expect(now?.actor).toMatchObject({
    operatorRole: "fleet_admin",
    memberships: [{ tenantId: organisation.tenantId, role: "owner" }],
    // Accepting proves nothing.
    proofDue: expect.any(Array),
  });
  const rows = await db.app
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), inArray(sessions.id, [sessionId, other])));
  expect(rows.map((row) => [row.createdAt, row.provedAt, row.expiresAt])).toEqual(
    [0, 1].map(() => [opened, proved, new Date(opened.getTime() + 8 * hour)]),
  );
  expect(await load(sessionId, later(14))).not.toBeNull();
  expect(await load(sessionId, later(16))).toBeNull();

  expect(await stateOf(token)).toBe("used");
  expect(await accept(userId, token)).toMatchObject(notNow);
  const { said, places, text } = await logOf(email);
  expect(said).toEqual(["operator.invite done", "operator.join done"]);
  expect([...places]).toEqual([null]);
  expect(text).not.toContain(token);
  expect(await pending(email)).toEqual([]);
});

test("an address without an account gets one with its link, once, of three who try at the same moment", async () => {
  const email = newEmail();
  const token = await invite(email);
  expect(await operatorInvitationView(db.app, token)).toMatchObject({ hasAccount: false });
  expect(
    await joinAsOperator(db.app, request, { token, name: "Noor", password: "short" }),
  ).toMatchObject({ refusal: { kind: "invalid_input" } });
  const answers = await Promise.all([join(token), join(token), join(token)]);
  expect(answers.filter((each) => each.ok)).toHaveLength(1);
  expect(await roleOf(email)).toBe("fleet_viewer");
  expect(await join(token)).toMatchObject(notNow);
  expect((await logOf(email)).said).toEqual(["operator.invite done", "operator.join done"]);
});

test("who has been signed in for longer than an operator may is told so, and the link stays good", async () => {
  const { userId, email } = await givenUser(db.app);
  const token = await invite(email, "fleet_viewer");
  const [id, opened] = [newId("session"), new Date(Date.now() - 9 * hour)];
  const times = { lastSeenAt: new Date(), expiresAt: new Date(Date.now() + hour) };
  await withUser(db.app, userId, (tx) =>
    insertSession(tx, { id, userId, createdAt: opened, ...times }),
  );
  const session = await loadSession(
    db.app,
    { userId, sessionId: id },
    { ...request, counts: false },
  );
  if (!session) throw new Error("a member's session lasts twelve hours");
  expect(await acceptOperatorInvitation(db.app, session.actor, { token })).toMatchObject({
    refusal: { reason: "You have been signed in for longer than operators are." },
  });
  expect(await stateOf(token)).toBe("open");
  expect(await roleOf(email)).toBeNull();
});

test("where operators must have a second factor, who accepts sets one up before anything else", async () => {
  const rule = (operatorsNeedFactor: boolean) =>
    db.app
      .insert(signInRules)
      .values({ id: 1, operatorsNeedFactor })
      .onConflictDoUpdate({ target: signInRules.id, set: { operatorsNeedFactor } });
  await rule(true);
  const { userId, email } = await givenUser(db.app);
  const accepted = await accept(userId, await invite(email));
  if (!accepted.ok) throw new Error(accepted.refusal.reason);
  const token = { userId, sessionId: accepted.value.sessionId };
  expect(await loadSession(db.app, token, { ...request, counts: false })).toMatchObject({
    mustSetUpFactor: true,
  });
  await rule(false);
});

test("of two browsers of a person that accept at the same moment one is refused", async () => {
  const { userId, email } = await givenUser(db.app);
  const token = await invite(email);
  const answers = await Promise.all([1, 2, 3].map(() => accept(userId, token)));
  expect(answers.filter((each) => each.ok)).toHaveLength(1);
  expect((await logOf(email)).said).toEqual(["operator.invite done", "operator.join done"]);
});

test("an operator's invitation is for its address: another account does not take it, and that is written down", async () => {
  const [invited, other] = [await givenUser(db.app), await givenUser(db.app)];
  const token = await invite(invited.email);
  expect(await accept(other.userId, token)).toMatchObject({
    refusal: { reason: `The invitation is for ${invited.email}, and you are ${other.email}.` },
  });
  expect(await roleOf(other.email)).toBeNull();
  // Nor does a second account of the address come about.
  expect(await join(token)).toMatchObject(notNow);
  expect(await stateOf(token)).toBe("open");
  const { said } = await logOf(invited.email);
  expect(said).toEqual(["operator.invite done", "operator.join denied"]);
  expect(await accept(invited.userId, token)).toMatchObject({ ok: true });
});

test("whose account is closed is neither invited nor accepts, and a session that ended accepts nothing", async () => {
  const { userId, email } = await givenUser(db.app);
  const token = await invite(email);
  const actor = await actorOf(db.app, userId);
  const close = (disabledAt: Date | null) =>
    db.app.update(users).set({ disabledAt }).where(eq(users.id, userId));
  await close(new Date());
  expect(await acceptOperatorInvitation(db.app, actor, { token })).toMatchObject({
    refusal: { reason: "This account is closed." },
  });
  expect((await logOf(email)).said).toEqual(["operator.invite done", "operator.join denied"]);
  expect(await inviteOperator(db.app, grant, { email, role: "fleet_admin" })).toMatchObject({
    refusal: { reason: `The account of ${email} is closed.` },
  });
  await close(null);
  await db.app.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.userId, userId));
  expect(await acceptOperatorInvitation(db.app, actor, { token })).toMatchObject(notNow);
  expect(await roleOf(email)).toBeNull();
});

test("a link that is replaced, withdrawn or too old by the database's clock opens nothing, nor does a guess", async () => {
  const { userId, email } = await givenUser(db.app);
  const first = await invite(email);
  const second = await invite(email, "fleet_admin");
  expect(await stateOf(first)).toBe("withdrawn");
  const [open, ...more] = await pending(email);
  if (!open || more.length > 0) throw new Error("one is pending, and one alone");
  const resent = await resendOperatorInvitation(db.app, grant, { invitationId: open.id });
  if (!resent.ok) throw new Error("an invitation that is pending is sent again");
  const third = tokenOf(resent.value.path);
  expect([await stateOf(second), await stateOf(third)]).toEqual([undefined, "open"]);

  const ends = (inWords: string) =>
    asOperator(db.app, (tx) =>
      tx
        .update(operatorInvitations)
        .set({ expiresAt: sql`now() + ${inWords}::interval` })
        .where(eq(operatorInvitations.id, open.id)),
    );
  const [row] = await asOperator(db.app, (tx) =>
    tx
      .select({
        days: sql<number>`round(extract(epoch from ${operatorInvitations.expiresAt} - now()) / 86400)::int`,
      })
      .from(operatorInvitations)
      .where(eq(operatorInvitations.id, open.id)),
  );
  expect(row?.days).toBe(7);
  await ends("-1 second");
  expect(await stateOf(third)).toBe("too_old");
  expect(await accept(userId, third)).toMatchObject(notNow);
  expect(await pending(email)).toMatchObject([{ isTooOld: true }]);
  await ends("1 hour");
  expect(await stateOf(third)).toBe("open");

  const withdraw = () => withdrawOperatorInvitation(db.app, grant, { invitationId: open.id });
  expect(await withdraw()).toMatchObject({ ok: true });
  expect(await stateOf(third)).toBe("withdrawn");
  const gone = { refusal: { kind: "not_found", resource: "invitation" } };
  expect(await withdraw()).toMatchObject(gone);
  expect(await resendOperatorInvitation(db.app, grant, { invitationId: open.id })).toMatchObject(
    gone,
  );
  for (const token of [first, second, third, "guess", ""]) {
    expect(await accept(userId, token)).toMatchObject(notNow);
    expect(await join(token)).toMatchObject(notNow);
  }
  // What was replaced was withdrawn.
  expect((await logOf(email)).said.toSorted()).toEqual([
    ...["invitation.resend done", "invitation.withdraw done", "invitation.withdraw done"],
    ...["operator.invite done", "operator.invite done"],
  ]);
});

test("who is an operator is not invited, nor made another by a link from before", async () => {
  const operator = await givenUser(db.app, { operatorRole: "fleet_viewer" });
  expect(
    await inviteOperator(db.app, grant, { email: operator.email, role: "fleet_admin" }),
  ).toMatchObject({ refusal: { reason: `${operator.email} is an operator already.` } });
  const { userId, email } = await givenUser(db.app);
  const token = await invite(email, "fleet_admin");
  // As a provider's group may, meanwhile.
  await db.app.update(users).set({ operatorRole: "fleet_viewer" }).where(eq(users.id, userId));
  expect(await accept(userId, token)).toMatchObject({
    refusal: { reason: "You are an operator already." },
  });
  expect(await roleOf(email)).toBe("fleet_viewer");
});

test("whose role is taken, or account closed, comes back by no link that they made or were sent", async () => {
  const admin = async () => {
    const { userId, email } = await givenUser(db.app, { operatorRole: "fleet_admin" });
    const theirs = authorizeFleet(await actorOf(db.app, userId), "operator.edit");
    if (!theirs.ok) throw new Error("an admin invites");
    return {
      ...{ userId, email, grant: theirs.value },
      invite: (to: string) => invite(to, "fleet_admin", theirs.value),
    };
  };
  const ways = {
    "is removed": (userId: Id<"user">) => changeOperatorRole(db.app, grant, { userId, role: null }),
    "is made a viewer": (userId: Id<"user">) =>
      changeOperatorRole(db.app, grant, { userId, role: "fleet_viewer" }),
    "is closed": (userId: Id<"user">) => closeAccount(db.app, grant, { userId }),
  };
  for (const [way, take] of Object.entries(ways)) {
    const { userId, email, grant: theirGrant, invite: inviteBy } = await admin();
    const [made, kept] = [newEmail(), newEmail()];
    const theirs = await inviteBy(made);
    const others = await invite(kept);
    // A link that they made anew is theirs as well, whoever invited first.
    const anew = newEmail();
    await invite(anew);
    const [found] = await pending(anew);
    if (!found) throw new Error("it is pending");
    const remade = must(
      await resendOperatorInvitation(db.app, theirGrant, { invitationId: found.id }),
    );
    const third = new URL(remade.path, "http://ingot").searchParams.get("token") ?? "";
    // Sent to them before they had the role from elsewhere.
    const sent = newId("invitation");
    await asOperator(db.app, (tx) =>
      tx.insert(operatorInvitations).values({
        ...{ id: sent, email, role: "fleet_admin", tokenHash: sent, invitedBy: grant.actorId },
        ...{ invitedByName: "Olga", expiresAt: new Date(Date.now() + hour) },
      }),
    );
    expect(await take(userId), way).toMatchObject({ ok: true });
    expect([await stateOf(theirs), await stateOf(others)], way).toEqual(["withdrawn", "open"]);
    expect(await stateOf(third), way).toBe("withdrawn");
    // What they asked for before, and what comes to it only now, makes no link.
    const late = await inviteOperator(db.app, theirGrant, {
      ...{ email: newEmail(), role: "fleet_admin" as const },
    });
    expect(late, way).toMatchObject({
      refusal: { reason: "You are no admin of the fleet any more." },
    });
    expect(await pending(email), way).toEqual([]);
    const withdrawn = "invitation.withdraw done";
    expect((await logOf(made)).said, way).toEqual(["operator.invite done", withdrawn]);
    expect((await logOf(email)).said, way).toContain(withdrawn);
  }
});

test("a provider that takes a role takes the invitations back as well", async () => {
  const provider = { id: newId("identityProvider"), label: "Example" };
  await db.app.insert(identityProviders).values({
    ...provider,
    ...{ issuer: `https://${crypto.randomUUID()}.example`, clientId: "ingot" },
    ...{ sealedSecret: "k1", groupsClaim: "groups" },
  });
  await asOperator(db.app, (tx) =>
    tx.insert(groupRoles).values({
      ...{ id: newId("groupRole"), providerId: provider.id, group: "ops" },
      operatorRole: "fleet_admin",
    }),
  );
  const { userId: id, email } = await givenUser(db.app);
  const signedIn = (groups: string[]) =>
    withProvider(db.app, (tx) => applyGroupRoles(tx, provider, { id, email }, groups, "req"));
  await signedIn(["ops"]);
  const theirs = authorizeFleet(await actorOf(db.app, id), "operator.edit");
  if (!theirs.ok) throw new Error("an admin invites");
  const made = newEmail();
  const token = await invite(made, "fleet_viewer", theirs.value);
  await signedIn(["ops"]);
  expect(await stateOf(token)).toBe("open");
  await signedIn([]);
  expect(await roleOf(email)).toBeNull();
  expect(await stateOf(token)).toBe("withdrawn");
  expect((await logOf(made)).said).toEqual(["operator.invite done", "invitation.withdraw done"]);
});
