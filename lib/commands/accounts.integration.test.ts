import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { lockUser } from "#db/queries/users";
import { apiTokens } from "#db/schema/api-tokens";
import { auditEvents } from "#db/schema/audit-events";
import { userIdentities } from "#db/schema/identity";
import { notifications } from "#db/schema/notifications";
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
import { untilWaiting } from "#e2e/fixtures/waiting";
import type { Grant } from "#lib/access/authorize";
import { loadSession } from "#lib/access/load-actor";
import { hashPassword } from "#lib/access/password";
import { closeAccount, reopenAccount } from "#lib/commands/close-account";
import { createOwnToken } from "#lib/commands/create-api-token";
import { endAccess } from "#lib/commands/end-access";
import { signIn } from "#lib/commands/sign-in";
import { unlinkIdentityOf } from "#lib/commands/unlink-identity";
import { type Id, newId } from "#lib/domain/id";
import { peopleView } from "#lib/views/people";
import { personView } from "#lib/views/person";

let db: GivenConnections;
let grant: Grant<"operator.edit">;
let reading: Grant<"fleet.read">;
let passwordHash: string;
beforeAll(async () => {
  db = await givenConnections();
  passwordHash = await hashPassword(password);
});
beforeEach(async () => {
  grant = await givenFleetGrant(db.app, "operator.edit");
  reading = await givenFleetGrant(db.app, "fleet.read");
});
afterAll(() => db?.close());

const password = "four quiet unrelated words";
const request = { requestId: "req", ipAddress: null };
const token = { name: "build", scopes: ["tenant.read" as const], days: 7, projectId: null };
const notNow = { ok: false, refusal: { kind: "not_now" } };

/** A member who is signed in and has a token. */
async function given() {
  const person = await givenMember(db.app, await givenOrganisation(db.app), "member");
  await db.app.update(users).set({ passwordHash }).where(eq(users.id, person.userId));
  const enter = () =>
    signIn(
      db.app,
      { ...request, userAgent: null, earlier: null },
      { email: person.email, password },
    );
  const entered = await enter();
  if (!entered.ok || !("sessionId" in entered.value)) throw new Error("not signed in");
  const open = entered.value;
  const isIn = async () =>
    (await loadSession(db.app, open, { ...request, counts: false })) !== null;
  expect((await createOwnToken(db.app, await actorOf(db.app, person.userId), token)).ok).toBe(true);
  const live = async () => (await seen(person.userId)).tokens.length;
  return { ...person, enter, isIn, live };
}

async function seen(userId: Id<"user">) {
  const view = await personView(db.app, reading, userId);
  if (!view) throw new Error("there is no such account");
  return view;
}

const actsOn = async (userId: Id<"user">) =>
  (
    await asOperator(db.app, (tx) =>
      tx.select().from(auditEvents).where(eq(auditEvents.objectId, userId)),
    )
  ).map((each) => each.action);

test("a closed account is shut at the next request, lets nobody in, and comes back without what was open", async () => {
  const person = await given();
  const { userId } = person;
  expect([await person.isIn(), await person.live()]).toEqual([true, 1]);
  expect(await closeAccount(db.app, grant, { userId })).toEqual({
    ok: true,
    value: { sessions: expect.any(Number), tokens: 1 },
  });
  expect([await person.isIn(), await person.live()]).toEqual([false, 0]);
  expect((await person.enter()).ok).toBe(false);
  expect(await closeAccount(db.app, grant, { userId })).toMatchObject(notNow);
  const closed = await peopleView(db.app, reading, { state: "closed", search: person.email });
  expect(closed.lines.map((line) => line.userId)).toEqual([userId]);
  expect((await seen(userId)).memberships).toHaveLength(1);

  expect((await reopenAccount(db.app, grant, { userId })).ok).toBe(true);
  expect([await person.isIn(), await person.live()]).toEqual([false, 0]);
  expect((await person.enter()).ok).toBe(true);
  expect(await reopenAccount(db.app, grant, { userId })).toMatchObject(notNow);
  expect(await actsOn(userId)).toEqual(["account.close", "account.reopen"]);
});

test("nobody closes their own account or that of the last admin, also when two admins close each other's", async () => {
  expect(await closeAccount(db.app, grant, { userId: newId("user") })).toMatchObject({
    refusal: { kind: "not_found" },
  });
  await db.app.update(users).set({ operatorRole: null });
  const [one, two] = [await admin(), await admin()];
  expect(await closeAccount(db.app, one, { userId: one.actorId })).toMatchObject(notNow);
  const answers = await Promise.all([
    closeAccount(db.app, one, { userId: two.actorId }),
    closeAccount(db.app, two, { userId: one.actorId }),
  ]);
  expect(answers.map((answer) => answer.ok).sort()).toEqual([false, true]);
});

async function admin(): Promise<Grant<"operator.edit"> & { actorId: Id<"user"> }> {
  const { userId } = await givenUser(db.app, { operatorRole: "fleet_admin" });
  return { ...grant, actorId: userId };
}

test("all that is open of an account ends at once, and a token that is being made is not made", async () => {
  const person = await given();
  const { userId } = person;
  const session = { ...(await actorOf(db.app, userId)), sessionId: newId("session") };
  await db.app.insert(sessions).values({
    ...{ id: session.sessionId, userId },
    expiresAt: new Date(Date.now() + 60_000),
  });
  const made = await db.app.transaction(async (tx) => {
    await lockUser(tx, userId);
    const ending = endAccess(db.app, grant, { userId });
    await untilWaiting(db.superuserUrl, 1);
    const making = createOwnToken(db.app, session, { ...token, name: "late" });
    await untilWaiting(db.superuserUrl, 2);
    return { ending, making };
  });
  expect(await made.ending).toEqual({
    ok: true,
    value: { sessions: expect.any(Number), tokens: 1 },
  });
  expect(await made.making).toMatchObject(notNow);
  expect([await person.isIn(), await person.live()]).toEqual([false, 0]);
  expect((await person.enter()).ok).toBe(true);
  const told = await asOperator(db.app, (tx) =>
    tx.select().from(notifications).where(eq(notifications.userId, userId)),
  );
  expect(told.map(({ data }) => data)).toContainEqual(
    expect.objectContaining({ what: "access_ended", by: grant.actorName }),
  );
});

test("an identity that is somebody's no more is taken from their account, and they are told", async () => {
  const person = await given();
  const { userId } = person;
  const issuer = "https://sign-in.example.com";
  await db.app.insert(userIdentities).values({ issuer, subject: "s", userId, name: "ada" });
  expect((await seen(userId)).linked).toMatchObject([{ issuer, without: "another way" }]);
  expect((await unlinkIdentityOf(db.app, grant, { userId, issuer })).ok).toBe(true);
  expect((await seen(userId)).linked).toEqual([]);
  expect([await person.isIn(), await person.live()]).toEqual([false, 1]);
  expect(await unlinkIdentityOf(db.app, grant, { userId, issuer })).toMatchObject({
    refusal: { kind: "not_found" },
  });
  expect(await actsOn(userId)).toEqual(["identity.unlink"]);
  const own = { userId: grant.actorId as Id<"user">, issuer };
  await db.app.insert(userIdentities).values({ ...own, subject: "o", name: "op" });
  expect(await unlinkIdentityOf(db.app, grant, own)).toMatchObject(notNow);
});

test("pages of accounts hold everyone once, and a search finds a part of name and address", async () => {
  const marks = Array.from({ length: 60 }, (_, at) => `page-${String(at).padStart(2, "0")}`);
  for (const mark of marks) {
    await db.app
      .insert(users)
      .values({ id: newId("user"), email: `${mark}@people.example`, name: mark });
  }
  const first = await peopleView(db.app, reading, { search: "@people.example" });
  const second = await peopleView(db.app, reading, {
    search: "@people.example",
    after: first.after ?? "",
  });
  expect([...first.lines, ...second.lines].map((line) => line.name)).toEqual(marks);
  expect(second.after).toBeNull();
  const [one] = (await peopleView(db.app, reading, { search: "AGE-17" })).lines;
  expect(one).toMatchObject({ name: "page-17", tenants: [], operatorRole: null });
  expect(await db.app.$count(apiTokens)).toBe(0);
});
