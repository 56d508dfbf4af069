import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";

// An operator finds an account, closes it and opens it again; its person meets that at their next click.

test("an operator closes an account, whose person is out at the next click, and opens it again", async ({
  page,
  portal,
  newBrowser,
}) => {
  const tenant = await portal.ownTenant();
  const theirs = await newBrowser();
  await portal.signIn(theirs, tenant.people.owner);
  await theirs.goto(`/${tenant.slug}`);
  await expect(theirs.getByRole("heading", { level: 1 })).toBeVisible();

  await portal.signInAs(page, "operator");
  await page.goto("/fleet/people");
  await page.getByRole("searchbox", { name: "Search people" }).fill(tenant.people.owner);
  const row = page.getByRole("row").filter({ hasText: tenant.people.owner });
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(row).toContainText(tenant.name);
  await expectAccessible(page);
  await row.getByRole("link").click();
  await expect(page.getByText("This account has no token that is good.")).toBeVisible();
  await page.getByRole("button", { name: "Close account" }).click();
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Close account" }).click();
  await expect(page.getByText("This account is closed")).toBeVisible();
  await expect(page.getByText("Nobody is signed in to this account.")).toBeVisible();

  await theirs.reload();
  await expect(theirs).toHaveURL(/\/sign-in/);
  await theirs.getByLabel("Email address").fill(tenant.people.owner);
  await theirs.getByLabel("Password", { exact: true }).fill("no matter which one it is");
  await theirs.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(theirs.getByRole("alert")).toBeVisible();

  await page.getByRole("button", { name: "Open the account again" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Open account" }).click();
  await expect(page.getByRole("button", { name: "Close account" })).toBeVisible();
  await portal.signIn(theirs, tenant.people.owner);
  await theirs.goto(`/${tenant.slug}`);
  await expect(theirs.getByRole("heading", { level: 1 })).toBeVisible();
  await page.goto(`/fleet/audit?object=${encodeURIComponent(tenant.people.owner)}`);
  await expect(page.getByRole("rowheader", { name: "account.reopen" })).toBeVisible();
});
