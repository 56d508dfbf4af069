import { desc, eq, sql } from "drizzle-orm";
import { findUserByEmail } from "#db/queries/users";
import { sessions } from "#db/schema/users";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";
import { people } from "#e2e/seed";
import { newId } from "#lib/domain/id";

test("the right password leads to where one was going", async ({ page, portal }) => {
  await page.goto("/aurora/quota");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("textbox", { name: "Email address" }).fill(people.owner.email);
  await page.getByLabel("Password").fill(portal.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/aurora/quota");
  await expect(page.getByRole("heading", { level: 1, name: "Quota" })).toBeVisible();
});

test("a wrong password and an unknown address are the same answer", async ({ page, portal }) => {
  const tenant = await portal.ownTenant();
  await page.goto("/sign-in");
  for (const email of [tenant.people.viewer, "nobody@nowhere.example"]) {
    await page.getByRole("textbox", { name: "Email address" }).fill(email);
    await page.getByLabel("Password").fill("not the password at all");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(
      page.getByText("The email address and the password do not match. Check both and try again."),
    ).toBeVisible();
    await page.reload();
  }
});

test("someone who keeps guessing must wait, and is told how long", async ({ page, portal }) => {
  const tenant = await portal.ownTenant();
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "Email address" }).fill(tenant.people.viewer);
  const told = page.getByText(/Too many tries\. Wait \d+ seconds/);
  await expect(async () => {
    await page.getByLabel("Password").fill("not the password at all");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    await expect(told).toBeVisible({ timeout: 300 });
  }).toPass();
});

test("a session that is ended is refused at its next request", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  const elsewhere = await newBrowser();
  await portal.signIn(page, tenant.people.member);
  await portal.signIn(elsewhere, tenant.people.member);
  await elsewhere.goto(tenant.home);
  await expect(elsewhere.getByRole("heading", { level: 1, name: tenant.name })).toBeVisible();

  await page.goto("/account");
  const sessions = page.getByRole("table", { name: "Sessions" });
  await expect(sessions.getByRole("row")).toHaveCount(3);
  await sessions.getByRole("button", { name: /^End the session/ }).click();
  await expect(sessions.getByRole("row")).toHaveCount(2);

  await elsewhere.goto(tenant.home);
  await expect(elsewhere).toHaveURL(/\/sign-in/);
});

test("signing out everywhere ends every session, this one too", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  const elsewhere = await newBrowser();
  await portal.signIn(page, tenant.people.member);
  await portal.signIn(elsewhere, tenant.people.member);
  await page.goto("/account");
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await elsewhere.goto(tenant.home);
  await expect(elsewhere).toHaveURL(/\/sign-in/);
});

test("a new member replaces the one-time password before anything else", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  await portal.signIn(page, tenant.people.owner);
  await page.goto(`${tenant.home}/members`);
  await page.getByRole("button", { name: "Add a member" }).click();
  const dialog = page.getByRole("dialog");
  const email = `noor@${tenant.slug}.example`;
  await dialog.getByRole("textbox", { name: "Email address" }).fill(email);
  await dialog.getByRole("textbox", { name: "Name" }).fill("Noor Aziz");
  await dialog.getByRole("button", { name: /^Add/ }).click();
  const shown = page.getByRole("region", { name: "command: One-time password" });
  const oneTime = (await shown.textContent())?.match(/[a-z0-9]{4}(-[a-z0-9]{4}){3}/)?.[0] ?? "";

  const theirs = await newBrowser();
  await theirs.goto("/sign-in");
  await theirs.getByRole("textbox", { name: "Email address" }).fill(email);
  await theirs.getByLabel("Password").fill(oneTime);
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await expect(theirs.getByRole("button", { name: "Set my password" })).toBeVisible();
  // Until then every other page leads back here.
  await theirs.goto(tenant.home);
  await expect(theirs.getByRole("button", { name: "Set my password" })).toBeVisible();
  await theirs.getByLabel("One-time password").fill(oneTime);
  await theirs.getByLabel("New password").fill("four quiet unrelated words");
  await theirs.getByRole("button", { name: "Set my password" }).click();
  await expect(theirs.getByRole("heading", { level: 1, name: tenant.name })).toBeVisible();
});

test("a page that keeps itself fresh keeps no session open, and whoever uses it does", async ({
  page,
  portal,
}) => {
  const { owner } = (await portal.ownTenant()).people;
  const user = await findUserByEmail(portal.db, owner);
  const ofOwner = eq(sessions.userId, user?.id ?? newId("user"));
  const leftAlone = () =>
    portal.db
      .update(sessions)
      .set({ lastSeenAt: sql`now() - interval '10 minutes'` })
      .where(ofOwner);
  const minutesAlone = async () => {
    const [row] = await portal.db
      .select({
        minutes: sql<number>`round(extract(epoch from now() - ${sessions.lastSeenAt}) / 60)::int`,
      })
      .from(sessions)
      .where(ofOwner)
      // The browser's own: who made the account for the test has had one before.
      .orderBy(desc(sessions.createdAt));
    return row?.minutes;
  };
  await portal.signIn(page, owner);
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "API tokens" })).toBeVisible();
  await leftAlone();
  // As a page asks for itself anew, and for its bell.
  const statuses = await page.evaluate(async () => {
    const again = await fetch(location.href, { headers: { rsc: "1" } });
    return [again.status, (await fetch("/api/bell")).status];
  });
  expect(statuses).toEqual([200, 200]);
  expect(await minutesAlone()).toBe(10);
  // Again, should the page not listen yet.
  const pressed = async () => {
    await page.keyboard.press("Shift");
    return minutesAlone();
  };
  await expect.poll(pressed).toBe(0);
  await leftAlone();
  await page.goto("/account/access");
  expect(await minutesAlone()).toBe(0);
});
