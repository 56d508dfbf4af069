import { eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { invitations } from "#db/schema/invitations";
import { signInAttempts } from "#db/schema/sign-in-attempts";
import { projectMembers, tenantMembers } from "#db/schema/tenants";
import { sessions } from "#db/schema/users";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import { givenMember, givenOrganisation, givenUser, tenantGrantOf } from "#e2e/fixtures/people";
import { loadPerson, loadSession } from "#lib/access/load-actor";
import { hashPassword } from "#lib/access/password";
import { inviteMember } from "#lib/commands/invite-member";
import { setMemberTerm } from "#lib/commands/set-member-term";
import { setProjectRole } from "#lib/commands/set-project-role";
import { signIn } from "#lib/commands/sign-in";
import { newId } from "#lib/domain/id";
import { invitationView } from "#lib/views/invitation";

// A web process whose clock is wrong lets nobody in for longer, and nobody out sooner.

const password = "mint lorry fathom eight";
let passwordHash: string;
let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
  passwordHash = await hashPassword(password);
});
afterAll(() => db?.close());
afterEach(() => {
  vi.useRealTimers();
});

const hour = 60 * 60_000;
const request = { requestId: "req", ipAddress: null, userAgent: null, earlier: null };

/** From here on this process thinks that it is so much later; timers go on as they do. */
function setClock(byMs: number): void {
  vi.useRealTimers();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + byMs });
}

const skews = [
  ["ahead", hour],
  ["behind", -hour],
] as const;

test.for(skews)("a session is as long as ever with the clock an hour %s", async ([, skew]) => {
  const { email, userId } = await givenUser(db.app, { passwordHash, operatorRole: "fleet_admin" });
  const opened = async () => {
    const signedIn = await signIn(db.app, request, { email, password });
    if (!signedIn.ok) throw new Error(signedIn.refusal.kind);
    return { userId, sessionId: signedIn.value.sessionId };
  };
  const isLive = async (token: Awaited<ReturnType<typeof opened>>) =>
    (await loadSession(db.app, token, { ...request, counts: true })) !== null;

  const before = await opened();
  setClock(skew);
  expect(await isLive(before)).toBe(true);
  const meanwhile = await opened();
  expect(await isLive(meanwhile)).toBe(true);
  vi.useRealTimers();
  expect(await isLive(meanwhile)).toBe(true);

  // One that is over by the database's clock is over.
  await db.app
    .update(sessions)
    .set({ lastSeenAt: sql`now() - interval '40 minutes'` })
    .where(eq(sessions.id, meanwhile.sessionId));
  await db.app
    .update(sessions)
    .set({ expiresAt: sql`now() - interval '1 second'` })
    .where(eq(sessions.id, before.sessionId));
  setClock(skew);
  expect([await isLive(before), await isLive(meanwhile)]).toEqual([false, false]);
});

test.for(skews)(
  "a membership and a role end as ever with the clock an hour %s",
  async ([, skew]) => {
    const organisation = await givenOrganisation(db.app);
    const projectsOf = async (tenantEnds: string, projectEnds: string) => {
      const { userId } = await givenMember(db.app, organisation, "member", { vision: "member" });
      const at = (words: string) => sql`now() + ${words}::interval`;
      await asOperator(db.app, async (tx) => {
        await tx
          .update(tenantMembers)
          .set({ until: at(tenantEnds) })
          .where(eq(tenantMembers.userId, userId));
        await tx
          .update(projectMembers)
          .set({ until: at(projectEnds) })
          .where(eq(projectMembers.userId, userId));
      });
      const [membership] = (await loadPerson(db.app, userId, request))?.memberships ?? [];
      return membership ? membership.projects.map((each) => each.slug) : null;
    };
    setClock(skew);
    expect(await projectsOf("30 minutes", "30 minutes")).toEqual(["vision"]);
    expect(await projectsOf("30 minutes", "-1 second")).toEqual([]);
    expect(await projectsOf("-1 second", "30 minutes")).toBeNull();
  },
);

test.for(skews)("guesses wait as ever with the clock an hour %s", async ([, skew]) => {
  const { email } = await givenUser(db.app, { passwordHash });
  const waits = async () => {
    const answer = await signIn(db.app, request, { email, password: "another one" });
    return "refusal" in answer && "retryAfterSeconds" in answer.refusal
      ? Math.ceil(answer.refusal.retryAfterSeconds / 60)
      : 0;
  };
  const key = `account:${email}`;
  const now = sql`now()`;
  await db.app.insert(signInAttempts).values({ key, failures: 20, lastAt: now, blockedUntil: now });
  setClock(skew);
  // Counted now, and the next must wait for a quarter of an hour.
  expect(await waits()).toBe(0);
  expect(await waits()).toBe(15);
  vi.useRealTimers();
  expect(await waits()).toBe(15);
});

test.for(skews)(
  "what is given for a time lasts as long with the clock an hour %s",
  async ([, skew]) => {
    const organisation = await givenOrganisation(db.app);
    const { tenantId, slug, projects } = organisation;
    const owner = await givenMember(db.app, organisation, "owner");
    const { userId } = await givenMember(db.app, organisation, "member");
    const grant = await tenantGrantOf(db.app, owner.userId, slug, "member.edit");
    const projectId = projects.vision ?? newId("project");
    setClock(skew);
    await setMemberTerm(db.app, grant, tenantId, { userId, days: 1 });
    await setProjectRole(db.app, grant, tenantId, { projectId, userId, role: "viewer", days: 1 });
    const input = { email: "noor@example.com", role: "member" as const, days: null, projects: [] };
    const made = await inviteMember(db.app, grant, tenantId, input);
    const token = (made.ok && made.value.path.split("=")[1]) || "";
    const hours = (column: unknown) =>
      sql<number>`round(extract(epoch from ${column} - now()) / 3600)::int`;
    const lasts = await asOperator(db.app, async (tx) => [
      ...(await tx
        .select({ in: hours(tenantMembers.until) })
        .from(tenantMembers)
        .where(eq(tenantMembers.userId, userId))),
      ...(await tx
        .select({ in: hours(projectMembers.until) })
        .from(projectMembers)
        .where(eq(projectMembers.userId, userId))),
      ...(await tx
        .select({ in: hours(invitations.expiresAt) })
        .from(invitations)
        .where(eq(invitations.tenantId, tenantId))),
    ]);
    expect(lasts.map((each) => each.in)).toEqual([24, 24, 7 * 24]);
    const expires = (inWords: string) =>
      asOperator(db.app, (tx) =>
        tx
          .update(invitations)
          .set({ expiresAt: sql`now() + ${inWords}::interval` })
          .where(eq(invitations.tenantId, tenantId)),
      );
    await expires("30 minutes");
    expect(await invitationView(db.app, token)).not.toBeNull();
    await expires("-1 second");
    expect(await invitationView(db.app, token)).toBeNull();
  },
);
