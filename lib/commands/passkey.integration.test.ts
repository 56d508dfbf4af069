import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listPasskeys } from "#db/queries/passkeys";
import { databaseSeconds, findTotp } from "#db/queries/second-factors";
import { lockUser } from "#db/queries/users";
import { signInRules } from "#db/schema/identity";
import { notifications } from "#db/schema/notifications";
import { passkeyChallenges, totpFactors } from "#db/schema/second-factors";
import { tenantMembers, tenants } from "#db/schema/tenants";
import { sessions } from "#db/schema/users";
import { newAuthenticator } from "#e2e/fixtures/authenticator";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import { givenLinkedProvider } from "#e2e/fixtures/linked-provider";
import { givenFleetGrant, givenOrganisation, givenUser } from "#e2e/fixtures/people";
import { openSecret } from "#lib/access/kept-secret";
import { loadSession } from "#lib/access/load-actor";
import { hashPassword } from "#lib/access/password";
import { totpPlace } from "#lib/access/second-factor";
import { totpCode, totpStep } from "#lib/access/totp";
import { withUser } from "#lib/access/with-grant";
import { addPasskey, beginPasskey } from "#lib/commands/add-passkey";
import { beginPasskeyFactor, finishSignInByPasskey } from "#lib/commands/finish-sign-in";
import { beginPasskeyProof, proveByPasskey } from "#lib/commands/prove-again";
import { proveAtProvider } from "#lib/commands/prove-at-provider";
import { removePasskey } from "#lib/commands/remove-second-factor";
import { rescueAccount } from "#lib/commands/rescue-account";
import { resetPassword } from "#lib/commands/reset-password";
import { beginTotpSetUp, confirmTotp } from "#lib/commands/set-up-totp";
import { signIn } from "#lib/commands/sign-in";
import { beginPasskeySignIn, signInByPasskey } from "#lib/commands/sign-in-by-passkey";
import { signInWithProvider } from "#lib/commands/sign-in-with-provider";
import type { Id } from "#lib/domain/id";
import { accountView } from "#lib/views/account";

const password = "mint lorry fathom eight";
const party = { id: "ingot.example", origin: "https://ingot.example" };
const place = { origin: party.origin, rpId: party.id };
const key = "the portal's own key";
const request = { requestId: "r", ipAddress: null, userAgent: "Firefox", earlier: null };
let passwordHash: string;
let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
  passwordHash = await hashPassword(password);
});
afterAll(() => db?.close());

type Token = { userId: Id<"user">; sessionId: Id<"session"> };
const load = (token: Token) => loadSession(db.app, token, { ...request, counts: false });
async function sessionOf(token: Token) {
  const session = await load(token);
  if (!session) throw new Error("there is no such session");
  return session;
}
const gone = { ok: false, refusal: { kind: "not_now" } };
function given<T>(result: { ok: true; value: T } | { ok: false; refusal: unknown }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}

async function signedIn() {
  const user = await givenUser(db.app, { passwordHash });
  const opened = given(await signIn(db.app, request, { email: user.email, password }));
  return { ...user, ...(await sessionOf(opened)) };
}
type Signed = Awaited<ReturnType<typeof signedIn>>;

async function added(person: Signed, name = "laptop", counter = 0) {
  const authenticator = newAuthenticator(place);
  const { challenge } = given(await beginPasskey(db.app, person, party));
  const response = authenticator.make({ challenge, counter });
  const made = given(await addPasskey(db.app, person, { name, response }, party));
  return { authenticator, ...made };
}

async function withPasskey(counter = 0) {
  const person = await signedIn();
  const { authenticator, recoveryCodes, sessionId } = await added(person, "laptop", counter);
  return { ...person, sessionId, recoveryCodes: recoveryCodes ?? [], authenticator };
}

/** Signs in as far as the password goes; gives the name of the sign-in that waits. */
async function begun({ email }: { email: string }, shown = password): Promise<string> {
  const result = await signIn(db.app, request, { email, password: shown });
  if (result.ok || result.refusal.kind !== "second_factor_due") throw new Error("not asked");
  return result.refusal.token;
}
const challengeOf = async (token: string) =>
  given(await beginPasskeyFactor(db.app, token, party)).challenge;
type Answer = Parameters<typeof signInByPasskey>[3]["response"];
const finish = (token: string, response: Answer) =>
  finishSignInByPasskey(db.app, request, token, { response }, party);

test("a passkey is added once by its own session's challenge, and with the first one all other sessions end", async () => {
  const person = await signedIn();
  const elsewhere = given(await signIn(db.app, request, { email: person.email, password }));
  const second = { ...person, ...(await sessionOf(elsewhere)) };
  const authenticator = newAuthenticator(place);
  const begin = async () => given(await beginPasskey(db.app, person, party)).challenge;
  const add = (who: Signed, said: Parameters<typeof authenticator.make>[0], name = "laptop") =>
    addPasskey(db.app, who, { name, response: authenticator.make(said) }, party);

  expect(await add(second, { challenge: await begin() })).toMatchObject(gone);
  for (const wrong of [
    { origin: "https://ingot.example.evil.example" },
    { rpId: "evil.example" },
    { verified: false },
  ]) {
    expect(await add(person, { challenge: await begin(), ...wrong })).toMatchObject(gone);
  }
  const late = await begin();
  await withUser(db.app, person.userId, (tx) =>
    tx.update(passkeyChallenges).set({ expiresAt: sql`now()` }),
  );
  expect(await add(person, { challenge: late })).toMatchObject(gone);

  const challenge = await begin();
  const made = given(await add(person, { challenge }));
  expect(new Set(made.recoveryCodes).size).toBe(10);
  expect([await load(elsewhere), await load(person)]).toEqual([null, null]);
  const now = { ...person, ...(await sessionOf({ userId: person.userId, ...made })) };
  expect(await add(now, { challenge }, "again")).toMatchObject(gone);
  // A second one leaves recovery codes and sessions as they are.
  expect((await added(now, "phone")).recoveryCodes).toBeNull();
  const told = await asOperator(db.app, (tx) =>
    tx.select().from(notifications).where(eq(notifications.userId, person.userId)),
  );
  expect(told.map(({ data }) => data)).toMatchObject([{ name: "laptop" }, { name: "phone" }]);
});

test("a sign-in that waits is finished by its own challenge, its own person's passkey, and once", async () => {
  const [person, other] = [await withPasskey(), await withPasskey()];
  const { authenticator } = person;
  const token = await begun(person);
  const challenge = await challengeOf(token);
  // Another's passkey, the answer to another sign-in, another page, and nobody verified.
  expect(await finish(token, other.authenticator.sign({ challenge }))).toMatchObject(gone);
  const another = await begun(person);
  const elsewhere = await challengeOf(another);
  await challengeOf(token);
  expect(await finish(token, authenticator.sign({ challenge: elsewhere }))).toMatchObject(gone);
  for (const wrong of [{ origin: "https://evil.example" }, { verified: false }]) {
    const said = { challenge: await challengeOf(token), ...wrong };
    expect(await finish(token, authenticator.sign(said))).toMatchObject(gone);
  }
  const right = authenticator.sign({ challenge: elsewhere });
  // Of two at the same moment with one answer, one wins; later it opens nothing.
  const both = await Promise.all([finish(another, right), finish(another, right)]);
  expect(both.filter((result) => result.ok)).toHaveLength(1);
  expect(await finish(another, right)).toMatchObject(gone);
  expect(await finish(token, right)).toMatchObject(gone);
  // Nor does the answer to one sign-in count as a proof of a session.
  const session = { ...person, ...(await sessionOf(person)) };
  const proof = (response: Answer) => proveByPasskey(db.app, session, { response }, party);
  expect(await proof(right)).toMatchObject(gone);
  const asked = given(await beginPasskeyProof(db.app, session, party));
  expect((await proof(authenticator.sign({ challenge: asked.challenge }))).ok).toBe(true);
});

test("whoever is given a new password is still asked for their passkey", async () => {
  const person = await withPasskey();
  const { tenantId } = await givenOrganisation(db.app);
  await asOperator(db.app, (tx) =>
    tx.insert(tenantMembers).values({ tenantId, userId: person.userId, role: "member" }),
  );
  const grant = await givenFleetGrant(db.app, "tenant.edit");
  const reset = await resetPassword(db.app, grant, { tenantId, userId: person.userId });
  const token = await begun(person, given(reset).oneTimePassword);
  const challenge = await challengeOf(token);
  const opened = given(await finish(token, person.authenticator.sign({ challenge })));
  expect((await sessionOf(opened)).mustChangePassword).toBe(true);
});

test("a passkey that counts backwards opens nothing any more, and its person is told", async () => {
  const person = await withPasskey(5);
  const use = async (counter: number) => {
    const token = await begun(person);
    const challenge = await challengeOf(token);
    return finish(token, person.authenticator.sign({ challenge, counter }));
  };
  expect((await use(6)).ok).toBe(true);
  const words = { refusal: { reason: expect.stringContaining("counted backwards") } };
  expect(await use(6)).toMatchObject(words);
  // Not after one more signature either; and the password alone does not open what it guarded.
  expect(await use(9)).toMatchObject(words);
  const told = await asOperator(db.app, (tx) =>
    tx.select().from(notifications).where(eq(notifications.userId, person.userId)),
  );
  expect(told.filter(({ data }) => "what" in data && data.what === "passkey_copied")).toHaveLength(
    1,
  );
});

test("a passkey signs in alone, from the browser that asked, and where a password may", async () => {
  const person = await withPasskey();
  const come = async (said: { userId?: string } = {}, from?: string) => {
    const { token, options } = given(await beginPasskeySignIn(db.app, request, party));
    const { challenge } = options;
    const response = person.authenticator.sign({ challenge, userId: person.userId, ...said });
    const result = await signInByPasskey(db.app, request, from ?? token, { response }, party);
    return { result, token, response };
  };
  const first = await come();
  const shown = await load(given(first.result));
  if (!shown) throw new Error("there is no such session");
  const [listed] = (await accountView(db.app, shown)).sessions.filter(({ isThis }) => isThis);
  expect(listed?.signedInBy).toBe("passkey");
  const again = { response: first.response };
  expect(await signInByPasskey(db.app, request, first.token, again, party)).toMatchObject(gone);
  expect((await come({}, "another browser")).result).toMatchObject(gone);
  const other = await withPasskey();
  expect((await come({ userId: other.userId })).result).toMatchObject(gone);
  await asOperator(db.app, (tx) =>
    tx
      .insert(signInRules)
      .values({ id: 1, passwords: "operators" })
      .onConflictDoUpdate({ target: signInRules.id, set: { passwords: "operators" } }),
  );
  expect((await come()).result).toMatchObject({ refusal: { kind: "passwords_off" } });
  await asOperator(db.app, (tx) => tx.update(signInRules).set({ passwords: "everyone" }));
  // Whoever has the server takes passkeys away as well.
  given(await rescueAccount(db.app, person.email));
  expect((await come()).result).toMatchObject(gone);
});

test("the last second factor stays where a tenant asks for one", async () => {
  const person = await withPasskey();
  const { tenantId, name } = await givenOrganisation(db.app).then(async (made) => {
    const [row] = await asOperator(db.app, (tx) =>
      tx
        .update(tenants)
        .set({ membersNeedFactor: true })
        .where(eq(tenants.id, made.tenantId))
        .returning(),
    );
    return { tenantId: made.tenantId, name: row?.name ?? "" };
  });
  await asOperator(db.app, (tx) =>
    tx.insert(tenantMembers).values({ tenantId, userId: person.userId, role: "viewer" }),
  );
  const now = { ...person, ...(await sessionOf(person)) };
  expect(now.mustSetUpFactor).toBe(false);
  const list = () => withUser(db.app, person.userId, (tx) => listPasskeys(tx, person.userId));
  const [only] = await list();
  if (!only) throw new Error("no passkey");
  const remove = () => removePasskey(db.app, now.actor, { passkeyId: only.id });
  expect(await remove()).toMatchObject({ refusal: { reason: expect.stringContaining(name) } });
  await added(now, "phone");
  expect((await remove()).ok).toBe(true);
  expect((await list()).map((each) => each.name)).toEqual(["phone"]);
});

test("a provider's word is a proof when it says that the person has just signed in there", async () => {
  const user = await givenUser(db.app, { passwordHash: null });
  const { id, issuer } = await givenLinkedProvider(db.app, user.userId);
  const nowSeconds = await db.app.transaction(databaseSeconds);
  const claims = (ago: number | null, subject = "ada") => ({
    ...{ issuer, subject, email: null, emailVerified: false, name: null, groups: [] },
    authTime: ago === null ? null : Math.floor(nowSeconds - ago),
  });
  const come = async (ago: number | null) =>
    given(await signInWithProvider(db.app, request, id, claims(ago), { kind: "sign_in" }));
  const due = async (token: Token) => (await sessionOf(token)).actor.proofDue;
  const byProvider = [{ kind: "provider", id, label: "Example" }];
  // What it answers from its own session of this morning is a sign-in, and no proof.
  expect(await due(await come(3_600))).toEqual(byProvider);
  expect(await due(await come(10))).toBeUndefined();
  const silent = await come(null);
  expect(await due(silent)).toEqual(byProvider);
  // It never says: who has nothing else sets a second factor up just after they came.
  expect((await sessionOf(silent)).mayEnrolUnproved).toBe(true);
  expect((await sessionOf(await come(3_600))).mayEnrolUnproved).toBe(false);

  const old = await come(3_600);
  const prove = (ago: number | null, subject?: string, from: Token = old) =>
    proveAtProvider(db.app, { ...request, earlier: from }, id, claims(ago, subject), old);
  expect(await prove(3_600)).toEqual({ ok: false, refusal: "proof_old" });
  expect(await prove(null)).toEqual({ ok: false, refusal: "proof_unsaid" });
  expect(await prove(-3_600)).toEqual({ ok: false, refusal: "proof_unsaid" });
  expect(await prove(1, "eve")).toEqual({ ok: false, refusal: "other_person" });
  expect(await prove(1, "ada", silent)).toEqual({ ok: false, refusal: "stale" });
  const proved = given(await prove(1));
  expect(await due(proved)).toBeUndefined();
  expect(await load(old)).toBeNull();
});

test("a sign-in by password alone does not outlive a second factor that is set up meanwhile", async () => {
  const person = await signedIn();
  given(await beginTotpSetUp(db.app, person, "ingot.example", key));
  const code = await withUser(db.app, person.userId, async (tx) => {
    const factor = await findTotp(tx, person.userId);
    const secret = openSecret(key, totpPlace(person.userId), factor?.sealedSecret ?? "");
    return totpCode(Buffer.from(secret, "base64"), totpStep(await databaseSeconds(tx)));
  });
  const [confirmed, ...opened] = await Promise.all([
    confirmTotp(db.app, person, { code }, key),
    ...Array.from({ length: 3 }, () => signIn(db.app, request, { email: person.email, password })),
  ]);
  const { sessionId } = given(confirmed);
  for (const each of opened) if (each.ok) expect(await load(each.value)).toBeNull();
  const open = await withUser(db.app, person.userId, (tx) =>
    tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(sql`${sessions.userId} = ${person.userId} and ${sessions.revokedAt} is null`),
  );
  expect(open).toEqual([{ id: sessionId }]);
});

test("a sign-in that has checked its password waits for a set-up that is under way, and asks for it", async () => {
  const { userId, email } = await signedIn();
  const signing = await withUser(db.app, userId, async (tx) => {
    await lockUser(tx, userId);
    const started = { answer: signIn(db.app, request, { email, password }) };
    const isWaiting = async () => {
      const { rows } = await tx.execute(sql`select 1 from pg_locks where not granted`);
      return rows.length > 0;
    };
    await expect.poll(isWaiting, { timeout: 60_000 }).toBe(true);
    await tx.insert(totpFactors).values({ userId, sealedSecret: "k1", confirmedAt: sql`now()` });
    return started;
  });
  expect(await signing.answer).toMatchObject({ refusal: { kind: "second_factor_due" } });
});
