import type { Page } from "@playwright/test";
import { eq, sql } from "drizzle-orm";
import { findUserByEmail } from "#db/queries/users";
import { identityProviders } from "#db/schema/identity";
import { sessions } from "#db/schema/users";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { expectFirm } from "#e2e/fixtures/firm-form";
import { type IdentityProvider, startIdentityProvider } from "#e2e/fixtures/identity-provider";
import { expect, test, unique } from "#e2e/fixtures/portal";
import { people } from "#e2e/seed";

let idp: IdentityProvider;
test.beforeAll(async () => {
  idp = await startIdentityProvider();
});
test.afterAll(() => idp?.close());

test("a company's provider lets its people in, gives them roles by group, and fails in clear words", async ({
  newBrowser,
  page,
  portal,
}) => {
  test.slow();
  const tenant = await portal.ownTenant();
  const name = unique("Example");
  const group = unique("ml-leads");

  // An operator adds the provider, gives a group a role, and looks what it would be worth.
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/identity");
  await addProvider(page, name);
  const panel = page.getByRole("region", { name });
  const dialog = page.getByRole("dialog");
  await panel.getByRole("button", { name: /^Give a group/ }).click();
  await expectFirm(page, dialog, {
    name: "give a group a role",
    file: "components/identity/group-role-dialog.tsx",
    submit: "Add role",
  });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await giveRole(page, name, { group, place: tenant.tenantId, role: "admin" });
  await panel.getByRole("button", { name: /^What would/ }).click();
  await expectFirm(page, dialog, {
    name: "what would they get",
    file: "components/identity/preview-dialog.tsx",
    submit: "Show",
    mayBeEmpty: true,
  });
  await dialog.getByRole("textbox", { name: "Groups" }).fill(`staff, ${group}`);
  await dialog.getByRole("button", { name: "Show" }).click();
  await expect(dialog.getByRole("list", { name: "What they would get" })).toHaveText(
    `admin in ${tenant.name} by ${name}: group ${group}`,
  );
  await dialog.getByRole("button", { name: "Done" }).click();
  await expectAccessible(page);

  // Someone new, of that group, is let in and has the role; the members page says by whom.
  const lena = { subject: "lena", email: `lena@${tenant.slug}.example`, name: "Lena Maas" };
  idp.person({ ...lena, groups: [group] });
  const theirs = await newBrowser();
  await theirs.goto(`${portal.origin}${tenant.home}/members`);
  await expectAccessible(theirs);
  await theirs.getByRole("button", { name: `Continue with ${name}` }).click();
  await expect(theirs).toHaveURL(`${portal.origin}${tenant.home}/members`);
  await expect(theirs.getByRole("row", { name: /Lena Maas/ })).toContainText(
    `by ${name}: group ${group}`,
  );

  // Out of the group, the role is gone at the next sign-in; with rotated keys that works as well.
  idp.rotateKeys();
  idp.person({ ...lena, groups: [] });
  await comeAgain(theirs, name);
  await expect(theirs.getByText("You are in no tenant yet")).toBeVisible();

  // A member links their provider account, and signs in with it afterwards.
  await portal.signIn(page, tenant.people.member);
  await page.goto("/account");
  idp.person({ subject: "maya", email: "m.chen@elsewhere.example", name: "Maya", groups: [] });
  await page.getByRole("button", { name: `Link ${name}` }).click();
  await expect(page.getByRole("table", { name: "Identity providers" })).toContainText(name);
  await comeAgain(page, name);
  await expect(page.getByRole("heading", { level: 1, name: tenant.name })).toBeVisible();

  // When the sign-in is old, the provider asks anew in a window of its own, and the act goes on.
  const user = await findUserByEmail(portal.db, tenant.people.member);
  await portal.db
    .update(sessions)
    .set({ provedAt: sql`now() - interval '6 minutes'` })
    .where(eq(sessions.userId, user?.id ?? ("" as never)));
  await page.goto("/account");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  await page.getByRole("button", { name: `Sign in at ${name}` }).click();
  await expect(page.getByRole("img", { name: "QR code of the secret" })).toBeVisible();

  // Nobody is found by email address, and every failure has its sentence.
  idp.person({ subject: "not-the-owner", email: tenant.people.owner, name: "X", groups: [group] });
  await refused(theirs, name, /never linked by address alone/);
  idp.person({ ...lena, subject: "stranger", groups: [] });
  await refused(theirs, name, /Nobody here is linked/);
  idp.person({ ...lena, groups: [] });
  idp.fault("wrong-audience");
  await refused(theirs, name, /meant for another program/);
  idp.fault("wrong-issuer");
  await refused(theirs, name, /issued by someone else/);
  for (const fault of ["wrong-nonce", "wrong-state"] as const) {
    idp.fault(fault);
    await refused(theirs, name, /begun too long ago, or in another window/);
  }
  idp.fault("unknown-key");
  await refused(theirs, name, /signature is not by a key/);
  // Somebody else begins to sign in meanwhile: whose error it is stays clear.
  idp.fault("silent");
  const others = setInterval(() => page.request.get("/api/auth/csrf").catch(() => {}), 500);
  await refused(theirs, name, /takes too long to answer/).finally(() => clearInterval(others));
  idp.fault("broken");
  await refused(theirs, name, /cannot be reached just now/);

  // While it is down, an operator comes in with the password, and takes the provider away.
  await theirs.getByRole("textbox", { name: "Email address" }).fill(people.operator.email);
  await theirs.getByLabel("Password").fill(portal.password);
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await expect(theirs).toHaveURL(/\/fleet$/);
  await theirs.goto(`${portal.origin}/fleet/identity`);
  await theirs.getByRole("button", { name: `Remove ${name}` }).click();
  await theirs.getByRole("dialog").getByRole("textbox").fill(name);
  await theirs.getByRole("button", { name: "Remove provider" }).click();
  await expect(theirs.getByRole("region", { name })).toHaveCount(0);
});

test("two providers know two people by the same name, and each is only who they are there", async ({
  newBrowser,
  page,
  portal,
}) => {
  const [tenant, group] = [await portal.ownTenant(), unique("staff")];
  const providers = [await startIdentityProvider(), await startIdentityProvider()];
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/identity");
  const names = [unique("north"), unique("south")];
  for (const [at, provider] of providers.entries()) {
    const name = names[at] ?? "";
    const person = { subject: "kim", email: `kim@${name}.example`, name: `Kim of ${name}` };
    provider.person({ ...person, groups: [group] });
    // One that names itself in what it sends back is told from others by the client's library, too.
    provider.fault("nameless");
    await addProvider(page, name, provider);
    await giveRole(page, name, { group, place: tenant.tenantId, role: "member" });
  }
  const theirs = await newBrowser();
  await theirs.goto(`${portal.origin}/sign-in`);
  for (const name of names) {
    await theirs.getByRole("button", { name: `Continue with ${name}` }).click();
    await expect(theirs.getByRole("heading", { level: 1, name: tenant.name })).toBeVisible();
    await theirs.goto(`${portal.origin}/account`);
    await expect(theirs.getByText(`kim@${name}.example`).first()).toBeVisible();
    await theirs.context().clearCookies();
    await theirs.goto(`${portal.origin}/sign-in`);
  }
  // What one sends back is not given to the other, whoever leads it there.
  const [north = "", south = ""] = await Promise.all(
    names.map(async (label) => {
      const found = await portal.db
        .select({ id: identityProviders.id })
        .from(identityProviders)
        .where(eq(identityProviders.label, label));
      return found[0]?.id ?? "";
    }),
  );
  const told = providers[1]?.secrets.length;
  const callback = (id: string) => `${portal.origin}/api/auth/callback/${id}`;
  await theirs.route(`${callback(north)}?**`, (route) => {
    const { search } = new URL(route.request().url());
    return route.fulfill({ status: 302, headers: { location: `${callback(south)}${search}` } });
  });
  await theirs.getByRole("button", { name: `Continue with ${names[0]}` }).click();
  await expect(theirs).toHaveURL(/\/sign-in\?refused=stale/);
  expect(providers[1]?.secrets.length).toBe(told);
  // Each has a role by their own provider's group; what one provider says gives the other's nothing.
  await page.goto(`/fleet/tenants/${tenant.slug}`);
  for (const name of names) {
    await expect(page.getByRole("row", { name: `Kim of ${name}` })).toContainText(
      `by ${name}: group ${group}`,
    );
  }
  await page.goto("/fleet/identity");
  for (const name of names) {
    await page.getByRole("button", { name: `Remove ${name}` }).click();
    await page.getByRole("dialog").getByRole("textbox").fill(name);
    await page.getByRole("button", { name: "Remove provider" }).click();
    await expect(page.getByRole("region", { name })).toHaveCount(0);
  }
  for (const provider of providers) await provider.close();
});

test("someone who is invited by link joins with a password, and the link works once", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  await portal.signIn(page, tenant.people.owner);
  await page.goto(`${tenant.home}/members`);
  await page.getByRole("button", { name: "Invite someone" }).click();
  const dialog = page.getByRole("dialog");
  const email = `noor@${tenant.slug}.example`;
  await dialog.getByRole("textbox", { name: "Email address" }).fill(email);
  await dialog.getByRole("combobox", { name: tenant.project.name }).selectOption("member");
  await dialog.getByRole("combobox", { name: "Membership" }).selectOption("For 30 days");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = await dialog.getByRole("region", { name: "Invitation link" }).textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("table", { name: "Invitations" })).toContainText(email);
  await expectAccessible(page);

  const theirs = await newBrowser();
  await theirs.goto(link?.trim() ?? "");
  await expectAccessible(theirs);
  await theirs.getByRole("textbox", { name: "Your name" }).fill("Noor Aziz");
  await theirs.getByLabel("Password").fill("four quiet unrelated words");
  await theirs.getByRole("button", { name: "Join", exact: true }).click();
  await expect(
    theirs.getByRole("heading", { level: 1, name: tenant.name, exact: true }),
  ).toBeVisible();
  await theirs.goto(link?.trim() ?? "");
  await expect(theirs.getByText("This link no longer works")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("row", { name: /Noor Aziz/ })).toContainText(/ends in/);

  // And leaves again.
  await theirs.goto(`${portal.origin}/account`);
  await theirs.getByRole("button", { name: `Leave ${tenant.name}` }).click();
  await theirs.getByRole("dialog").getByRole("textbox").fill(tenant.name);
  await theirs.getByRole("button", { name: "Leave", exact: true }).click();
  await expect(theirs.getByRole("table", { name: "Memberships" })).toHaveCount(0);
});

test("someone with an account is not added to another tenant, and joins by an operator's link", async ({
  newBrowser,
  page,
  portal,
}) => {
  const [first, second] = [await portal.ownTenant(), await portal.ownTenant()];
  const email = first.people.member;
  await portal.signInAs(page, "operator");
  await page.goto(`/fleet/tenants/${second.slug}`);
  await page.getByRole("button", { name: "Add a member" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Email address" }).fill(email);
  await dialog.getByRole("textbox", { name: "Name" }).fill("Maya Chen");
  await dialog.getByRole("button", { name: "Add member" }).click();
  await expect(dialog.getByText(`${email} has an account. Invite them`)).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await page.getByRole("button", { name: "Invite someone" }).click();
  await dialog.getByRole("textbox", { name: "Email address" }).fill(email);
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = await dialog.getByRole("region", { name: "Invitation link" }).textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("table", { name: "Invitations" })).toContainText(email);

  const theirs = await newBrowser();
  await theirs.goto(link?.trim() ?? "");
  await expectAccessible(theirs);
  await theirs.getByRole("link", { name: `Sign in as ${email}` }).click();
  await theirs.getByRole("textbox", { name: "Email address" }).fill(email);
  await theirs.getByLabel("Password").fill(portal.password);
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await theirs.getByRole("button", { name: /^Join/ }).click();
  await expect(
    theirs.getByRole("heading", { level: 1, name: second.name, exact: true }),
  ).toBeVisible();
  await theirs.context().close();
});

async function giveRole(
  page: Page,
  name: string,
  { group, place, role }: { group: string; place: string; role: string },
): Promise<void> {
  const panel = page.getByRole("region", { name });
  await panel.getByRole("button", { name: /^Give a group/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Group" }).fill(group);
  await dialog.getByRole("combobox", { name: "Place" }).selectOption(place);
  await dialog.getByRole("combobox", { name: "Role" }).selectOption(role);
  await dialog.getByRole("button", { name: "Add role" }).click();
  await expect(panel.getByRole("row", { name: group })).toContainText(role);
}

async function addProvider(page: Page, name: string, provider = idp): Promise<void> {
  await page.getByRole("button", { name: "Add a provider" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  // What is not to the letter is refused with the right one.
  await dialog.getByRole("textbox", { name: "Issuer" }).fill(`${provider.issuer}/`);
  await dialog.getByRole("textbox", { name: "Client id" }).fill(provider.client.id);
  await dialog.getByLabel("Client secret").fill(provider.client.secret);
  await dialog.getByRole("button", { name: "Add provider" }).click();
  await expect(dialog.getByText(`It calls itself ${provider.issuer}.`)).toBeVisible();
  await dialog.getByRole("textbox", { name: "Issuer" }).fill(provider.issuer);
  await dialog.getByRole("button", { name: "Add provider" }).click();
  await expect(dialog.getByRole("region", { name: "Return address" })).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();
  // The secret is in no page that is sent.
  expect(await page.content()).not.toContain(idp.client.secret);
}

async function comeAgain(page: Page, name: string): Promise<void> {
  await page.context().clearCookies();
  await page.goto(new URL("/sign-in", page.url()).href);
  await page.getByRole("button", { name: `Continue with ${name}` }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}

async function refused(page: Page, name: string, why: RegExp): Promise<void> {
  await page.context().clearCookies();
  await page.goto(new URL("/sign-in", page.url()).href);
  await page.getByRole("button", { name: `Continue with ${name}` }).click();
  await expect(page.getByRole("alert").filter({ hasText: why })).toBeVisible();
}
