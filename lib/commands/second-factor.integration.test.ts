import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseSeconds, findTotp } from "#db/queries/second-factors";
import { auditEvents } from "#db/schema/audit-events";
import { identityProviders, signInRules, userIdentities } from "#db/schema/identity";
import { pendingSignIns, totpFactors } from "#db/schema/second-factors";
import { tenantMembers } from "#db/schema/tenants";
import { sessions } from "#db/schema/users";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import { givenLinkedProvider } from "#e2e/fixtures/linked-provider";
import { givenFleetGrant, givenOrganisation, givenUser, tenantGrantOf } from "#e2e/fixtures/people";
import { openSecret } from "#lib/access/kept-secret";
import { loadPerson, loadSession } from "#lib/access/load-actor";
import { hashPassword } from "#lib/access/password";
import { totpPlace } from "#lib/access/second-factor";
import { totpCode, totpStep } from "#lib/access/totp";
import { withUser } from "#lib/access/with-grant";
import { finishSignIn } from "#lib/commands/finish-sign-in";
import { proveAgain } from "#lib/commands/prove-again";
import { removeOperatorFactor, removeOwnApp } from "#lib/commands/remove-second-factor";
import { rescueAccount } from "#lib/commands/rescue-account";
import { resetPassword } from "#lib/commands/reset-password";
import { setFactorRule, setMemberFactorRule } from "#lib/commands/set-factor-rule";
import { beginTotpSetUp, confirmTotp } from "#lib/commands/set-up-totp";
import { signIn } from "#lib/commands/sign-in";
import { signInWithProvider } from "#lib/commands/sign-in-with-provider";
import { proofMinutes } from "#lib/domain/access/second-factor";
import type { Id } from "#lib/domain/id";
import { accountView } from "#lib/views/account";

const password = "mint lorry fathom eight";
const key = "the portal's own key";
let passwordHash: string;
let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
  passwordHash = await hashPassword(password);
});
afterAll(() => db?.close());

type Person = { userId: Id<"user">; email: string };
const request = { requestId: "r", ipAddress: null, userAgent: "Firefox", earlier: null };
const load = (token: { userId: Id<"user">; sessionId: Id<"session"> }) =>
  loadSession(db.app, token, { ...request, counts: false });

async function signedIn(operatorRole?: "fleet_admin") {
  const user = await givenUser(db.app, { passwordHash, operatorRole });
  const opened = await signIn(db.app, request, { email: user.email, password });
  if (!opened.ok) throw new Error(opened.refusal.kind);
  return { ...user, ...(await sessionOf(opened.value)) };
}

async function sessionOf(token: { userId: Id<"user">; sessionId: Id<"session"> }) {
  const session = await load(token);
  if (!session) throw new Error("there is no such session");
  return session;
}

/** The code that the person's app shows now. None was used: tests do not wait for the next one. */
function codeOf({ userId }: Person): Promise<string> {
  return withUser(db.app, userId, async (tx) => {
    await tx.update(totpFactors).set({ lastStep: 0 }).where(eq(totpFactors.userId, userId));
    const factor = await findTotp(tx, userId);
    const secret = openSecret(key, totpPlace(userId), factor?.sealedSecret ?? "");
    return totpCode(Buffer.from(secret, "base64"), totpStep(await databaseSeconds(tx)));
  });
}

async function withFactor(operatorRole?: "fleet_admin") {
  const person = await signedIn(operatorRole);
  const begun = await beginTotpSetUp(db.app, person, "ingot.example", key);
  if (!begun.ok) throw new Error("not begun");
  const confirmed = await confirmTotp(db.app, person, { code: await codeOf(person) }, key);
  if (!confirmed.ok) throw new Error("not confirmed");
  const { sessionId, recoveryCodes } = confirmed.value;
  return { ...person, sessionId, recoveryCodes: recoveryCodes ?? [], earlier: person.sessionId };
}

/** Signs in as far as the password goes; gives the name of the sign-in that waits. */
async function begun({ email }: Person, shown = password): Promise<string> {
  const result = await signIn(db.app, request, { email, password: shown });
  if (result.ok || result.refusal.kind !== "second_factor_due") throw new Error("not asked");
  return result.refusal.token;
}

const finish = (token: string, code: string, now?: Date) =>
  finishSignIn(db.app, request, token, { code }, key, now);

const wrong = { refusal: { kind: "invalid_input" } };
const gone = { refusal: { kind: "not_now" } };

test("an app counts once its code has confirmed it; then every other session ends, and this one has another id", async () => {
  const person = await signedIn();
  const elsewhere = await signIn(db.app, request, { email: person.email, password });
  const begun = await beginTotpSetUp(db.app, person, "ingot.example", key);
  expect(begun).toMatchObject({ value: { secret: expect.stringMatching(/^[A-Z2-7]{32}$/) } });
  expect(await confirmTotp(db.app, person, { code: "000000" }, key)).toMatchObject(wrong);
  // Not confirmed: nobody is asked for it.
  const still = await signIn(db.app, request, { email: person.email, password });
  expect(still.ok).toBe(true);

  const confirmed = await confirmTotp(db.app, person, { code: await codeOf(person) }, key);
  if (!confirmed.ok || !elsewhere.ok) throw new Error("not confirmed");
  const codes = confirmed.value.recoveryCodes ?? [];
  expect(new Set(codes).size).toBe(10);
  expect(await load(elsewhere.value)).toBeNull();
  expect(await load({ userId: person.userId, sessionId: person.sessionId })).toBeNull();
  expect(await load({ userId: person.userId, ...confirmed.value })).not.toBeNull();
  const kept = await withUser(db.app, person.userId, (tx) =>
    tx.execute(
      sql`select sealed_secret from totp_factors union all select code_hash from recovery_codes`,
    ),
  );
  expect(kept.rows).toHaveLength(11);
  const readable = JSON.stringify(kept.rows);
  for (const code of codes) expect(readable).not.toContain(code);
});

test("the password alone opens nothing, and of two sign-ins with one code at the same moment one wins", async () => {
  const person = await withFactor();
  const tokens = await Promise.all([begun(person), begun(person)]);
  const open = await withUser(db.app, person.userId, (tx) =>
    tx.$count(sessions, eq(sessions.userId, person.userId)),
  );
  const code = await codeOf(person);
  const results = await Promise.all(tokens.map((token) => finish(token, code)));
  expect(results.filter((result) => result.ok)).toHaveLength(1);
  expect(results.find((result) => !result.ok)).toMatchObject(wrong);
  const after = await withUser(db.app, person.userId, (tx) =>
    tx.$count(sessions, eq(sessions.userId, person.userId)),
  );
  expect(after).toBe(open + 1);
});

test("a sign-in that waits is used once, by its own person, and not after five minutes", async () => {
  const person = await withFactor();
  const token = await begun(person);
  const code = await codeOf(person);
  const other = await givenUser(db.app);
  expect(await finish(token.replace(person.userId, other.userId), code)).toMatchObject(gone);
  expect(await finish("nonsense", code)).toMatchObject(gone);
  // A wrong code leaves it waiting; of several right ones at the same moment one is enough.
  expect(await finish(token, "000000")).toMatchObject(wrong);
  const right = person.recoveryCodes.slice(0, 4);
  const results = await Promise.all(right.map((each) => finish(token, each)));
  expect(results.filter((result) => result.ok)).toHaveLength(1);
  expect(await finish(token, await codeOf(person))).toMatchObject(gone);

  const late = await begun(person);
  await withUser(db.app, person.userId, (tx) =>
    tx.update(pendingSignIns).set({ expiresAt: sql`now()` }),
  );
  expect(await finish(late, await codeOf(person))).toMatchObject(gone);
});

test("a recovery code lets its own person in once", async () => {
  const [person, other] = [await withFactor(), await withFactor()];
  const [code = ""] = person.recoveryCodes;
  expect(await finish(await begun(other), code)).toMatchObject(wrong);
  const tokens = [await begun(person), await begun(person)];
  const typed = [code.toUpperCase(), code.replaceAll("-", " ")];
  const results = await Promise.all(tokens.map((token, at) => finish(token, typed[at] ?? "")));
  expect(results.filter((result) => result.ok)).toHaveLength(1);
  // The list of sessions says what each was signed in by.
  await finish(await begun(person), await codeOf(person));
  const { sessions } = await accountView(db.app, person);
  expect(sessions.map(({ signedInBy }) => signedInBy).sort()).toEqual([
    "password",
    "password, then authenticator app",
    "password, then recovery code",
  ]);
});

test("wrong codes wait, and the right password in between takes nothing back", async () => {
  const person = await withFactor();
  const now = new Date();
  for (let tries = 0; tries < 5; tries++) {
    expect(await finish(await begun(person), "000000", now)).toMatchObject(wrong);
  }
  const token = await begun(person);
  expect(await finish(token, await codeOf(person), now)).toMatchObject({
    refusal: { kind: "too_many_attempts", retryAfterSeconds: 5 },
  });
  const later = new Date(now.getTime() + 5_001);
  expect((await finish(token, await codeOf(person), later)).ok).toBe(true);
  // And the count begins anew.
  for (let tries = 0; tries < 2; tries++) {
    expect(await finish(await begun(person), "000000", later)).toMatchObject(wrong);
  }
  const events = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.actorId, person.userId)),
  );
  const told = events.map(({ action, outcome }) => `${action} ${outcome}`);
  expect(told.filter((text) => text === "session.sign_in denied")).toHaveLength(7);
  expect(told.filter((text) => text === "session.begin done")).toHaveLength(8);
  expect(told).toContain("second_factor.set_up done");
});

test("an old proof is asked for again: the password, or a code where there is a second factor", async () => {
  const plain = await signedIn();
  const secured = await withFactor();
  expect(plain.actor.proofDue).toBeUndefined();
  const grownOld = async (token: { userId: Id<"user">; sessionId: Id<"session"> }) => {
    await db.app
      .update(sessions)
      .set({ provedAt: sql`now() - make_interval(mins => ${proofMinutes}, secs => 1)` })
      .where(eq(sessions.id, token.sessionId));
    return sessionOf(token);
  };
  const oldPlain = await grownOld({ userId: plain.userId, sessionId: plain.sessionId });
  const oldSecured = await grownOld({ userId: secured.userId, sessionId: secured.sessionId });
  expect([oldPlain.actor.proofDue, oldSecured.actor.proofDue]).toEqual([
    [{ kind: "password" }],
    [{ kind: "code" }],
  ]);

  expect(await proveAgain(db.app, oldPlain, { proof: "not it" }, key)).toMatchObject(wrong);
  // The password is no proof where there is more to show.
  expect(await proveAgain(db.app, oldSecured, { proof: password }, key)).toMatchObject(wrong);
  const proofs = [
    [oldPlain, password],
    [oldSecured, await codeOf(secured)],
  ] as const;
  for (const [old, proof] of proofs) {
    const { userId } = old.actor;
    const proved = await proveAgain(db.app, old, { proof }, key);
    if (!proved.ok) throw new Error(proved.refusal.kind);
    expect((await sessionOf({ userId, ...proved.value })).actor.proofDue).toBeUndefined();
    expect(await load({ userId, sessionId: old.sessionId })).toBeNull();
  }
});

test("where operators or members must have a second factor, who has none does nothing but set one up", async () => {
  const [secured, bare, member] = [
    await withFactor("fleet_admin"),
    await signedIn("fleet_admin"),
    await signedIn(),
  ];
  const grant = await givenFleetGrant(db.app, "identity.edit");
  const must = { operatorsNeedFactor: true };
  expect(await setFactorRule(db.app, grant, must)).toMatchObject(gone);
  expect(await setFactorRule(db.app, { ...grant, actorId: secured.userId }, must)).toEqual({
    ok: true,
    value: undefined,
  });
  const mustSetUp = async ({ userId, sessionId }: typeof bare) =>
    (await sessionOf({ userId, sessionId })).mustSetUpFactor;
  expect(await mustSetUp(bare)).toBe(true);
  expect(await mustSetUp(member)).toBe(false);
  expect((await sessionOf(secured)).mustSetUpFactor).toBe(false);
  // Nor do their programs.
  expect(await loadPerson(db.app, bare.userId, request)).toBeNull();
  expect(await loadPerson(db.app, secured.userId, request)).not.toBeNull();
  await asOperator(db.app, (tx) => tx.update(signInRules).set({ operatorsNeedFactor: false }));
  expect(await mustSetUp(bare)).toBe(false);

  const { tenantId, slug } = await givenOrganisation(db.app);
  await asOperator(db.app, (tx) =>
    tx.insert(tenantMembers).values([
      { tenantId, userId: secured.userId, role: "owner" },
      { tenantId, userId: member.userId, role: "viewer" },
    ]),
  );
  const owner = await tenantGrantOf(db.app, secured.userId, slug, "member.edit");
  expect((await setMemberFactorRule(db.app, owner, { membersNeedFactor: true })).ok).toBe(true);
  expect(await mustSetUp(member)).toBe(true);
  expect(await mustSetUp(bare)).toBe(false);

  // One tenant's rule closes that tenant, and nothing else that somebody has.
  const other = await givenOrganisation(db.app);
  await asOperator(db.app, (tx) =>
    tx.insert(tenantMembers).values([
      { tenantId: other.tenantId, userId: member.userId, role: "viewer" },
      { tenantId, userId: bare.userId, role: "viewer" },
    ]),
  );
  expect([await mustSetUp(member), await mustSetUp(bare)]).toEqual([false, false]);
  const open = async (person: typeof bare) => [
    (await sessionOf(person)).actor,
    await loadPerson(db.app, person.userId, request),
  ];
  for (const actor of await open(member)) {
    expect(actor?.memberships.map((each) => each.tenantSlug)).toEqual([other.slug]);
    expect(actor?.factorDueIn?.map((each) => each.tenantSlug)).toEqual([slug]);
  }
  for (const actor of await open(bare)) {
    expect(actor).toMatchObject({ operatorRole: "fleet_admin", memberships: [] });
  }
});

test("a lost second factor is removed by another operator, one's own by oneself", async () => {
  const [lost, own] = [await withFactor("fleet_admin"), await withFactor()];
  const grant = await givenFleetGrant(db.app, "operator.edit");
  const waiting = await begun(lost);
  expect(await removeOperatorFactor(db.app, grant, own)).toMatchObject({
    refusal: { kind: "not_found" },
  });
  expect(
    await removeOperatorFactor(db.app, { ...grant, actorId: lost.userId }, lost),
  ).toMatchObject(gone);
  expect((await removeOperatorFactor(db.app, grant, lost)).ok).toBe(true);
  expect(await load(lost)).toBeNull();
  expect(await finish(waiting, lost.recoveryCodes[0] ?? "")).toMatchObject(gone);
  expect((await signIn(db.app, request, { email: lost.email, password })).ok).toBe(true);

  expect((await removeOwnApp(db.app, own.actor)).ok).toBe(true);
  expect(await load(own)).not.toBeNull();
  expect(await removeOwnApp(db.app, own.actor)).toMatchObject({
    refusal: { kind: "not_found" },
  });
});

test("whoever is given a new password is still asked for their app, and has their recovery codes", async () => {
  const person = await withFactor();
  const { tenantId } = await givenOrganisation(db.app);
  await asOperator(db.app, (tx) =>
    tx.insert(tenantMembers).values({ tenantId, userId: person.userId, role: "member" }),
  );
  const waiting = await begun(person);
  const grant = await givenFleetGrant(db.app, "tenant.edit");
  const reset = await resetPassword(db.app, grant, { tenantId, userId: person.userId });
  if (!reset.ok) throw new Error(reset.refusal.kind);
  const { oneTimePassword } = reset.value;

  // What the old password has begun is not finished after it.
  expect(await finish(waiting, await codeOf(person))).toMatchObject(gone);
  expect((await signIn(db.app, request, { email: person.email, password })).ok).toBe(false);
  const token = await begun(person, oneTimePassword);
  expect(await finish(token, "000000")).toMatchObject(wrong);
  const opened = await finish(token, await codeOf(person));
  if (!opened.ok) throw new Error(opened.refusal.kind);
  expect((await sessionOf(opened.value)).mustChangePassword).toBe(true);
  const [code = ""] = person.recoveryCodes;
  expect((await finish(await begun(person, oneTimePassword), code)).ok).toBe(true);
});

test("whoever has the server lets the last operator in again", async () => {
  const lost = await withFactor("fleet_admin");
  expect(await rescueAccount(db.app, "nobody@example.com")).toMatchObject({ ok: false });
  const rescued = await rescueAccount(db.app, lost.email);
  if (!rescued.ok) throw new Error(rescued.refusal.kind);
  expect(await load({ userId: lost.userId, sessionId: lost.sessionId })).toBeNull();
  expect((await signIn(db.app, request, { email: lost.email, password })).ok).toBe(false);
  const { oneTimePassword } = rescued.value;
  const opened = await signIn(db.app, request, { email: lost.email, password: oneTimePassword });
  if (!opened.ok) throw new Error(opened.refusal.kind);
  expect((await sessionOf(opened.value)).mustChangePassword).toBe(true);
  const [event] = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.action, "user.rescue")),
  );
  expect(event).toMatchObject({ actorId: null, objectName: lost.email });
});

test("a provider's word opens nothing either, unless the provider asks for a second factor itself", async () => {
  const person = await withFactor();
  const { id, issuer } = await givenLinkedProvider(db.app, person.userId);
  const claims = {
    issuer,
    subject: "ada",
    email: null,
    emailVerified: false,
    name: null,
    authTime: null,
  };
  const come = () =>
    signInWithProvider(db.app, request, id, { ...claims, groups: [] }, { kind: "sign_in" });
  const asked = await come();
  if (asked.ok || typeof asked.refusal === "string") throw new Error("not asked");
  const opened = await finish(asked.refusal.token, await codeOf(person));
  if (!opened.ok) throw new Error(opened.refusal.kind);
  const [row] = await db.app.select().from(sessions).where(eq(sessions.id, opened.value.sessionId));
  expect(row?.providerId).toBe(id);

  await asOperator(db.app, (tx) =>
    tx.update(identityProviders).set({ ownSecondFactor: true }).where(eq(identityProviders.id, id)),
  );
  expect((await come()).ok).toBe(true);

  // Whoever has the password alone of somebody who comes that way sets up no app of their own.
  const other = await signedIn();
  await asOperator(db.app, (tx) =>
    tx.insert(userIdentities).values({ issuer, subject: "eve", userId: other.userId, name: "Eve" }),
  );
  expect(await beginTotpSetUp(db.app, other, "ingot.example", key)).toMatchObject(gone);
  // Nor does a session that was proven long ago link one more way in.
  const { userId, sessionId } = other;
  const linking = { kind: "link", userId, sessionId } as const;
  const from = { ...request, earlier: { userId, sessionId } };
  const link = () =>
    signInWithProvider(db.app, from, id, { ...claims, subject: "mal", groups: [] }, linking);
  await db.app
    .update(sessions)
    .set({ provedAt: sql`now() - interval '6 minutes'` })
    .where(eq(sessions.id, sessionId));
  expect(await link()).toEqual({ ok: false, refusal: "prove_first" });
});
