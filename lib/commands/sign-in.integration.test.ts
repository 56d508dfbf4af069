import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { sessions, users } from "#db/schema/users";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import { actorOf, givenUser } from "#e2e/fixtures/people";
import { untilWaiting } from "#e2e/fixtures/waiting";
import { loadSession } from "#lib/access/load-actor";
import { hashPassword } from "#lib/access/password";
import { changePassword } from "#lib/commands/change-password";
import { endAllSessions, endSession } from "#lib/commands/end-session";
import { signIn } from "#lib/commands/sign-in";
import { sessionLife } from "#lib/domain/access/session-life";
import { failuresForgottenAfterMs } from "#lib/domain/access/sign-in-wait";
import type { Id } from "#lib/domain/id";

const password = "mint lorry fathom eight";
let passwordHash: string;
let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
  passwordHash = await hashPassword(password);
});
afterAll(() => db?.close());

const start = new Date("2026-05-01T08:00:00Z");
const later = (ms: number) => new Date(start.getTime() + ms);
let addresses = 0;
const from = (address = `192.0.2.${++addresses}`) => ({
  requestId: "req",
  ipAddress: address,
  userAgent: "Firefox",
  earlier: null,
});

async function signedIn(operatorRole?: "fleet_admin") {
  const user = await givenUser(db.app, { passwordHash, operatorRole });
  const result = await signIn(db.app, from(), { email: user.email, password }, start);
  if (!result.ok) throw new Error(result.refusal.kind);
  return { ...user, sessionId: result.value.sessionId };
}

const load = (token: { userId: Id<"user">; sessionId: Id<"session"> }, now: Date) =>
  loadSession(db.app, token, { requestId: "r", ipAddress: null, counts: true }, now);

test("the right password opens a session that is the person's own", async () => {
  const person = await signedIn();
  const session = await load(person, later(1_000));
  expect(session?.actor).toMatchObject({ userId: person.userId, email: person.email });
  const other = await givenUser(db.app);
  expect(await load({ ...person, userId: other.userId }, later(1_000))).toBeNull();
});

test("a wrong password, an unknown address and a disabled account are the same answer", async () => {
  const { email, userId } = await givenUser(db.app, { passwordHash });
  const failed = { ok: false, refusal: { kind: "sign_in_failed" } };
  expect(await signIn(db.app, from(), { email, password: "another one" }, start)).toEqual(failed);
  expect(await signIn(db.app, from(), { email: "no@example.com", password }, start)).toEqual(
    failed,
  );
  await db.app.update(users).set({ disabledAt: start }).where(eq(users.id, userId));
  expect(await signIn(db.app, from(), { email, password }, start)).toEqual(failed);
});

test("a refused sign-in is in the audit log", async () => {
  const { email } = await givenUser(db.app, { passwordHash });
  await signIn(db.app, from(), { email, password: "another one" }, start);
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.action, "session.sign_in")),
  );
  expect(events.filter((event) => event.detail.email === email)).toMatchObject([
    { outcome: "denied", actorName: "Ada" },
  ]);
});

test("the audit log says which session a sign-in has opened", async () => {
  const { email } = await givenUser(db.app, { passwordHash });
  const opened = await signIn(db.app, from(), { email, password }, start);
  if (!opened.ok) throw new Error(opened.refusal.kind);
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.sessionId, opened.value.sessionId)),
  );
  expect(events).toMatchObject([{ action: "session.sign_in", outcome: "done" }]);
});

test("after some failures an account must wait, even with the right password, and then may again", async () => {
  const { email } = await givenUser(db.app, { passwordHash });
  for (let i = 0; i < 8; i++) {
    const at = later(i * 60_000);
    await signIn(db.app, from(), { email, password: "another one" }, at);
  }
  const soon = await signIn(db.app, from(), { email, password }, later(7 * 60_000 + 1_000));
  expect(soon).toMatchObject({ refusal: { kind: "too_many_attempts", retryAfterSeconds: 39 } });
  const waited = await signIn(db.app, from(), { email, password }, later(7 * 60_000 + 40_001));
  expect(waited.ok).toBe(true);
  // And the count begins anew.
  const again = await signIn(db.app, from(), { email, password: "another one" }, later(500_000));
  expect(again).toMatchObject({ refusal: { kind: "sign_in_failed" } });
});

test("a hundred tries at the same moment are counted one by one", async () => {
  const { email } = await givenUser(db.app, { passwordHash });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      signIn(db.app, from(), { email, password: "another one" }, start),
    ),
  );
  const tried = answers.filter((each) => !each.ok && each.refusal.kind === "sign_in_failed");
  expect(tried).toHaveLength(5);
});

test("an address that tries many accounts must wait too, and one's own account does not help it", async () => {
  const mine = await givenUser(db.app, { passwordHash });
  const address = "198.51.100.7";
  for (let i = 0; i < 21; i++) {
    await signIn(db.app, from(address), { email: `x${i}@example.com`, password }, start);
  }
  const own = await signIn(db.app, from(address), { email: mine.email, password }, start);
  expect(own).toMatchObject({ refusal: { kind: "too_many_attempts" } });
  const elsewhere = await signIn(db.app, from(), { email: mine.email, password }, start);
  expect(elsewhere.ok).toBe(true);
  const forgotten = later(failuresForgottenAfterMs + 1);
  expect((await signIn(db.app, from(address), { email: mine.email, password }, forgotten)).ok).toBe(
    true,
  );
});

test("signing in again ends the session the browser came with", async () => {
  const person = await signedIn();
  const again = await signIn(
    db.app,
    { ...from(), earlier: person },
    { email: person.email, password },
    later(1_000),
  );
  expect(again.ok && again.value.sessionId).not.toBe(person.sessionId);
  expect(await load(person, later(2_000))).toBeNull();
});

test("an ended session is refused at its next request", async () => {
  const person = await signedIn();
  const session = await load(person, later(1_000));
  if (!session) throw new Error("not signed in");
  await endSession(db.app, session.actor, person);
  expect(await load(person, later(2_000))).toBeNull();
});

test("nobody ends the session of another", async () => {
  const person = await signedIn();
  const other = await actorOf(db.app, (await givenUser(db.app)).userId);
  expect(await endSession(db.app, other, person)).toMatchObject({
    refusal: { kind: "not_found" },
  });
  expect(await load(person, later(1_000))).not.toBeNull();
});

test("signing out everywhere ends every session", async () => {
  const one = await signedIn();
  const two = await signIn(db.app, from(), { email: one.email, password }, start);
  const session = await load(one, later(1_000));
  if (!session || !two.ok) throw new Error("not signed in");
  expect(await endAllSessions(db.app, session.actor)).toEqual({ ok: true, value: { ended: 2 } });
  expect(await load(one, later(2_000))).toBeNull();
  expect(await load(two.value, later(2_000))).toBeNull();
});

test("a disabled person is out at the next request", async () => {
  const person = await signedIn();
  await db.app.update(users).set({ disabledAt: start }).where(eq(users.id, person.userId));
  expect(await load(person, later(1_000))).toBeNull();
});

test.for(["member", "operator"] as const)(
  "the session of a %s ends when left alone",
  async (who) => {
    const person = await signedIn(who === "operator" ? "fleet_admin" : undefined);
    const { idleMs } = sessionLife[who];
    expect(await load(person, later(idleMs - 1))).not.toBeNull();
    // That was a request: the time begins anew.
    expect(await load(person, later(2 * idleMs - 2))).not.toBeNull();
    expect(await load(person, later(3 * idleMs))).toBeNull();
  },
);

test.for(["member", "operator"] as const)(
  "the session of a %s ends however busy it is",
  async (who) => {
    const person = await signedIn(who === "operator" ? "fleet_admin" : undefined);
    const { idleMs, absoluteMs } = sessionLife[who];
    for (let ms = 0; ms < absoluteMs; ms += idleMs - 60_001) {
      expect(await load(person, later(ms)), String(ms)).not.toBeNull();
    }
    expect(await load(person, later(absoluteMs))).toBeNull();
  },
);

test("a session lasts as the security page says: members' longer than operators'", () => {
  const minutes = ({
    idleMs,
    absoluteMs,
  }: typeof sessionLife.member | typeof sessionLife.operator) =>
    [idleMs, absoluteMs].map((ms) => ms / 60_000);
  expect(minutes(sessionLife.member)).toEqual([30, 12 * 60]);
  expect(minutes(sessionLife.operator)).toEqual([15, 8 * 60]);
});

test("being seen is noted once a minute, not at every request", async () => {
  const person = await signedIn();
  const seenAt = async () =>
    (await db.app.select().from(sessions).where(eq(sessions.id, person.sessionId)))[0]?.lastSeenAt;
  await load(person, later(59_000));
  expect(await seenAt()).toEqual(start);
  await load(person, later(61_000));
  expect(await seenAt()).toEqual(later(61_000));
});

test("a new password ends every other session and replaces the one-time mark", async () => {
  const person = await signedIn();
  const other = await signIn(db.app, from(), { email: person.email, password }, start);
  await db.app.update(users).set({ mustChangePassword: true }).where(eq(users.id, person.userId));
  const session = await load(person, later(1_000));
  if (!session || !other.ok) throw new Error("not signed in");
  expect(session.mustChangePassword).toBe(true);

  const change = (currentPassword: string, newPassword: string) =>
    changePassword(db.app, session, { currentPassword, newPassword }, later(2_000));
  expect(await change("wrong", "violet anchor thirteen")).toMatchObject({
    refusal: { fields: { currentPassword: expect.any(String) } },
  });
  expect(await change(password, "short")).toMatchObject({
    refusal: { fields: { newPassword: expect.any(String) } },
  });
  expect(await change(password, password)).toMatchObject({
    refusal: { fields: { newPassword: expect.any(String) } },
  });
  expect(await change(password, "violet anchor thirteen")).toEqual({
    ok: true,
    value: { endedSessions: 1 },
  });
  expect(await load(other.value, later(3_000))).toBeNull();
  expect(await load(person, later(3_000))).toMatchObject({ mustChangePassword: false });
});

test("a reset that comes between is not undone by whoever knew the old password", async () => {
  const person = await signedIn();
  const session = await load(person, later(1_000));
  if (!session) throw new Error("not signed in");
  const theirs = { currentPassword: password, newPassword: "violet anchor thirteen" };
  const changed = await db.app.transaction(async (tx) => {
    const reset = { passwordHash: "of a one-time password", mustChangePassword: true };
    await tx.update(users).set(reset).where(eq(users.id, person.userId));
    const answer = changePassword(db.app, session, theirs, later(2_000));
    await untilWaiting(db.superuserUrl, 1);
    return { answer };
  });
  expect(await changed.answer).toMatchObject({ refusal: { kind: "invalid_input" } });
  const [after] = await db.app.select().from(users).where(eq(users.id, person.userId));
  expect(after).toMatchObject({ passwordHash: "of a one-time password", mustChangePassword: true });
});

test("a session that ended a month ago is forgotten, and a younger one kept", async () => {
  const person = await signedIn();
  const day = 24 * 60 * 60_000;
  const again = (days: number) =>
    signIn(db.app, from(), { email: person.email, password }, later(days * day));
  const kept = async () =>
    (await db.app.select().from(sessions).where(eq(sessions.userId, person.userId))).length;
  await again(29);
  expect(await kept()).toBe(2);
  await again(31);
  expect(await kept()).toBe(2);
});
