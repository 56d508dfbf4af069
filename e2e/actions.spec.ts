import { eq, sql } from "drizzle-orm";
import { findUserByEmail } from "#db/queries/users";
import { sessions } from "#db/schema/users";
import { builtActions, call } from "#e2e/fixtures/actions";
import { expect, test } from "#e2e/fixtures/portal";

// A server action is a public address. Every one that the build made is called here as no page of
// ours would call it.

const isNothing = /^signOut/;
/** Asks for nothing but a place: an empty object is what it takes. */
const takesNothing = /^(signOut|verify\w+Audit|beginTotp|beginLink|beginPasskey)/;
/** Asked by whoever holds the link that it takes, or the name of a sign-in that waits. */
const isOpen = /^(createFirstOperator|joinByInvitation|finishSignIn|signInByPasskey)/;
/** Asks anyone's browser for a passkey: it takes nothing, and opens nothing. */
const asksBrowser = /^beginPasskey(SignIn|Factor)/;
/** One's own, wherever one belongs: whose it is, is told by what it takes. */
const isOwn =
  /^(acceptInvitation|proveAgain|proveByPasskey|begin(Totp|Passkey)|confirmTotp|addPasskey)/;

/** Pages with what is one's own; an action is called on the first page that has it. */
const isOfAccount = /^\/(account|new-password|set-up-factor)/;

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

test("a member of one tenant is a stranger to the fleet and to every other tenant", async ({
  page,
  portal,
}) => {
  const mine = await portal.ownTenant();
  await portal.signIn(page, mine.people.member);
  const theirs = ["aurora", "foundation"] as const;
  for (const action of builtActions()) {
    // One's own account is one's own wherever one belongs.
    if (isOfAccount.test(action.page)) continue;
    if ([isNothing, isOpen, isOwn].some((exempt) => exempt.test(action.name))) continue;
    for (const args of [[...theirs, {}], [theirs[0], {}], [{}]]) {
      const { ok, refusal } = await call(page.request, portal, action, args);
      expect(ok, `${action.name} of ${action.page}`).toBe(false);
      // Nothing is said of the input before it is known who asks.
      expect(refusal?.kind, `${action.name} of ${action.page}`).toBe("not_found");
    }
  }
});

test("who may only look is refused every act, in the tenant and in the fleet", async ({
  page,
  portal,
}) => {
  const mine = await portal.ownTenant();
  const letIn: string[] = [];
  for (const who of ["viewer", "watcher"] as const) {
    if (who === "watcher") await portal.signInAs(page, "watcher");
    else await portal.signIn(page, mine.people.viewer);
    for (const action of builtActions()) {
      if (isOfAccount.test(action.page)) continue;
      if ([isNothing, isOpen, isOwn].some((exempt) => exempt.test(action.name))) continue;
      const isTenants = action.page.startsWith("/nowhere");
      if (isTenants !== (who === "viewer")) continue;
      const place = !isTenants
        ? []
        : action.page.includes("/projects/")
          ? [mine.slug, mine.project.slug]
          : [mine.slug];
      const { refusal } = await call(page.request, portal, action, [...place, {}]);
      if (refusal?.kind !== "forbidden") letIn.push(`${who}: ${action.name}: ${refusal?.kind}`);
    }
  }
  // To verify the log is to read it, and takes no input.
  expect(letIn).toEqual(["watcher: verifyFleetAuditAction: undefined"]);
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
      const place =
        who === "operator" || !action.page.startsWith("/nowhere")
          ? []
          : action.page.includes("/projects/")
            ? [mine.slug, mine.project.slug]
            : [mine.slug];
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
    const place = !action.page.startsWith("/nowhere")
      ? []
      : action.page.includes("/projects/")
        ? [mine.slug, mine.project.slug]
        : [mine.slug];
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
