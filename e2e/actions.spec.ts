import { eq, type SQL, sql } from "drizzle-orm";
import { inScope } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { tenantMembers } from "#db/schema/tenants";
import { sessions } from "#db/schema/users";
import { type Action, builtActions, call } from "#e2e/fixtures/actions";
import { expect, type OwnTenant, type Portal, test } from "#e2e/fixtures/portal";
import { portalActs } from "#e2e/fixtures/portal-acts";
import { people } from "#e2e/seed";
import { fleetPolicy, type Permission, projectPolicy, tenantPolicy } from "#lib/access/policy";
import type { OperatorRole, ProjectRole, TenantRole } from "#lib/domain/access/role";

// A server action is a public address. Every one that the build made is called here as no page of
// ours would call it.

/** Asks for nothing but a place: an empty object is what it takes. */
const takesNothing = /^(signOut|verify\w+Audit|beginTotp|beginLink|beginPasskey)/;
/** Asked by whoever holds the link that it takes, or the name of a sign-in that waits. */
const isOpen =
  /^(createFirstOperator|joinByInvitation|joinAsOperator|finishSignIn|signInByPasskey)/;
/** Asks anyone's browser for a passkey: it takes nothing, and opens nothing. */
const asksBrowser = /^beginPasskey(SignIn|Factor)/;

/** Pages with what is one's own; an action is called on the first page that has it. */
const isOfAccount = /^\/(account|new-password|set-up-factor)/;

/** What an action takes before its input: the tenant and the project that it is about. */
function placeOf({ page }: Action, { slug, project }: OwnTenant): string[] {
  if (!page.startsWith("/nowhere")) return [];
  return page.includes("/projects/") ? [slug, project.slug] : [slug];
}

test("whoever is nobody is led to the sign-in page by every action but the first run's", async ({
  page,
  portal,
}) => {
  for (const action of builtActions()) {
    if (asksBrowser.test(action.name)) continue;
    const answer = await call(page.request, portal, action, ["aurora", "foundation", {}]);
    if (isOpen.test(action.name)) expect(answer.refusal?.kind).toBe("invalid_input");
    else expect(answer.leadsTo, action.name).toMatch(/^\/sign-in/);
  }
});

type Who = { tenant?: TenantRole; project?: ProjectRole; fleet?: OperatorRole };
/** Callers of every kind, by what they are in the tenant that is asked of, or in the fleet. */
const roles = {
  stranger: {},
  expired: {},
  viewer: { tenant: "viewer", project: "viewer" },
  member: { tenant: "member", project: "member" },
  admin: { tenant: "admin", project: "admin" },
  owner: { tenant: "owner", project: "admin" },
  watcher: { fleet: "fleet_viewer" },
  operator: { fleet: "fleet_admin" },
} as const satisfies Record<string, Who>;

/** What a caller is told by the permission: that it is not there, not theirs, or what is wrong with the input. */
function due({ tenant, project, fleet }: Who, permission: Permission) {
  const told = (policy: Record<string, readonly string[]>, role: string | undefined) => {
    const allowed = policy[permission];
    if (!allowed) return undefined;
    if (!role) return "not_found";
    return allowed.includes(role) ? "in" : "forbidden";
  };
  return told(fleetPolicy, fleet) ?? told(tenantPolicy, tenant) ?? told(projectPolicy, project);
}

test("every act is refused to whom its permission says, and nothing is said of the input before", async ({
  newBrowser,
  portal,
}) => {
  const [mine, others] = [await portal.ownTenant(), await portal.ownTenant()];
  await changeMember(portal, mine.people.colleague, { role: "admin" });
  const permissions = new Map(
    portalActs().map((act) => [`${act.file.startsWith("app/[tenant]")} ${act.name}`, act]),
  );
  const grid: string[] = [];
  const wanted: string[] = [];
  const ask = async (who: keyof typeof roles, address: string) => {
    const page = await newBrowser();
    await portal.signIn(page, address);
    if (who === "expired") await changeMember(portal, address, { until: sql`now()` });
    for (const action of builtActions()) {
      const isTenants = action.page.startsWith("/nowhere");
      const permission = permissions.get(`${isTenants} ${action.name}`)?.permission;
      if (!permission) continue;
      const place = placeOf(action, mine);
      const { refusal } = await call(page.request, portal, action, [...place, {}]);
      const told = ["not_found", "forbidden"].find((kind) => kind === refusal?.kind) ?? "in";
      grid.push(`${who} ${action.name} ${told}`);
      wanted.push(`${who} ${action.name} ${due(roles[who], permission)}`);
    }
  };
  await ask("stranger", others.people.owner);
  await ask("viewer", mine.people.viewer);
  await ask("member", mine.people.member);
  await ask("admin", mine.people.colleague);
  await ask("owner", mine.people.owner);
  await ask("expired", mine.people.member);
  await ask("watcher", people.watcher.email);
  await ask("operator", people.operator.email);
  expect(grid).toEqual(wanted);
  expect(grid.length).toBeGreaterThan(800);
});

test("whoever's session was revoked is led to the sign-in page by every act", async ({
  page,
  portal,
}) => {
  const mine = await portal.ownTenant();
  await portal.signIn(page, mine.people.owner);
  const user = await findUserByEmail(portal.db, mine.people.owner);
  if (!user) throw new Error("the tenant has no owner");
  await portal.db
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(eq(sessions.userId, user.id));
  for (const action of builtActions()) {
    if (asksBrowser.test(action.name) || isOpen.test(action.name)) continue;
    const answer = await call(page.request, portal, action, [mine.slug, mine.project.slug, {}]);
    expect(answer.leadsTo, action.name).toMatch(/^\/sign-in/);
  }
});

test("whatever an action is given in place of its input, it refuses in words", async ({
  page,
  portal,
}) => {
  // A few thousand calls.
  const mine = await portal.ownTenant();
  const wrong = [undefined, null, 7, "text", [[]], {}, { __proto__: null, x: [{}] }];
  for (const who of ["owner", "operator"] as const) {
    if (who === "operator") await portal.signInAs(page, "operator");
    else await portal.signIn(page, mine.people.owner);
    for (const action of builtActions()) {
      if (takesNothing.test(action.name)) continue;
      // Whoever has no business in a place is told so before the input is looked at: see above.
      if (action.page.startsWith("/nowhere") === (who === "operator")) continue;
      const place = placeOf(action, mine);
      for (const input of wrong) {
        const args = input === undefined ? place : [...place, input];
        const answer = await call(page.request, portal, action, args);
        expect(answer.ok, `${action.name} given ${JSON.stringify(input)}`).toBe(false);
        const kinds = ["invalid_input", "not_found", "forbidden"];
        expect(kinds).toContain(answer.refusal?.kind);
      }
    }
  }
});

test("an owner whose proof is old is asked for a new one before whatever gives access", async ({
  page,
  portal,
}) => {
  const mine = await portal.ownTenant();
  await portal.signIn(page, mine.people.owner);
  const user = await findUserByEmail(portal.db, mine.people.owner);
  if (!user) throw new Error("the tenant has no owner");
  await portal.db
    .update(sessions)
    .set({ provedAt: sql`now() - interval '6 minutes'` })
    .where(eq(sessions.userId, user.id));
  const asked = new Set<string>();
  for (const action of builtActions().filter(({ name }) => !/^(signOut|endSession)/.test(name))) {
    if (!action.page.startsWith("/nowhere") && !isOfAccount.test(action.page)) continue;
    const place = placeOf(action, mine);
    const { refusal } = await call(page.request, portal, action, [...place, {}]);
    if (refusal?.kind === "proof_due") asked.add(action.name.replace(/Action$/, ""));
  }
  expect([...asked].sort()).toEqual([
    ...["addMember", "addPasskey", "addProjectKey", "beginLink", "beginPasskey", "beginTotp"],
    ...["changeEnvironmentKeys", "changeMemberRole", "confirmTotp", "createOwnToken"],
    ...[
      "createServiceAccount",
      "createServiceToken",
      "createWebhook",
      "inviteMember",
      "removeApp",
      "removeMember",
    ],
    ...["removePasskey", "removeProjectKey", "removeServiceAccount", "renewRecoveryCodes"],
    ...["renewWebhookSecret", "resendInvitation"],
    ...["revokeServiceToken", "setMemberFactorRule", "setMemberTerm", "setProjectRole"],
    ...["unlinkIdentity", "withdrawInvitation"],
  ]);
});

test("what is in the place of a tenant's name names no tenant", async ({ page, portal }) => {
  await portal.signInAs(page, "owner");
  const names = [
    null,
    7,
    {},
    [],
    "",
    "a".repeat(10_000),
    "aurora/../aurora",
    "AURORA",
    "__proto__",
  ];
  for (const action of builtActions().filter(({ page }) => page.startsWith("/nowhere"))) {
    for (const name of names) {
      const answer = await call(page.request, portal, action, [name, name, {}]);
      expect(answer.refusal?.kind, `${action.name} of ${JSON.stringify(name)}`).toBe("not_found");
    }
  }
});

async function changeMember(
  { db }: Portal,
  address: string,
  change: Partial<{ role: TenantRole; until: SQL }>,
): Promise<void> {
  const user = await findUserByEmail(db, address);
  if (!user) throw new Error(`nobody has the address ${address}`);
  await inScope(db, { tenant: "", user: "", fleet: "write" }, (tx) =>
    tx.update(tenantMembers).set(change).where(eq(tenantMembers.userId, user.id)),
  );
}
