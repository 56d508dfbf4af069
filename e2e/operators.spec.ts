import type { Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { lookAt } from "#e2e/fixtures/look";
import { expect, test } from "#e2e/fixtures/portal";
import { people } from "#e2e/seed";

// Operators are invited by a link; nobody is one without having said so.

test("an admin invites a tenant's owner, who accepts where they are signed in and goes on in another session", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  const email = tenant.people.owner;
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/operators");
  const link = await invite(page, email, "Admin");
  const invited = page.getByRole("table", { name: "Invitations" }).getByRole("row");
  const row = invited.filter({ hasText: email });
  await expect(row).toContainText(people.operator.name);
  await expect(row).toContainText(/stops working in/);
  await expectAccessible(page);

  const theirs = await newBrowser();
  await portal.signIn(theirs, email);
  const before = await sessionCookies(theirs);
  await theirs.goto(link);
  await expect(theirs.getByRole("heading", { name: "Become an operator" })).toBeVisible();
  await lookAt(theirs, "invitation", { door: "/invitation" });
  // No mouse is needed: the moment when the link ends comes first, then the button.
  await theirs.keyboard.press("Tab");
  await theirs.keyboard.press("Tab");
  await expect(theirs.getByRole("button", { name: "Become an operator" })).toBeFocused();
  await theirs.keyboard.press("Enter");
  await expect(theirs).toHaveURL("/fleet");
  await expect(theirs.getByRole("link", { name: "Operators" })).toBeVisible();

  // Whoever had the cookie from before has nothing.
  const elsewhere = await newBrowser();
  await elsewhere.context().addCookies(before);
  await elsewhere.goto("/fleet");
  await expect(elsewhere).toHaveURL(/\/sign-in/);
  await theirs.goto(tenant.home);
  await expect(theirs.getByRole("heading", { level: 1, name: tenant.name })).toBeVisible();
  await theirs.goto(link);
  await expect(theirs.getByText("This invitation was used")).toBeVisible();

  await page.reload();
  await expect(row).toHaveCount(0);
  await remove(page, email);
  expect((await theirs.goto("/fleet"))?.status()).toBe(404);
});

test("whoever has no account makes one with the newest link, and one that was withdrawn says so", async ({
  newBrowser,
  page,
  portal,
}) => {
  const at = (await portal.ownTenant()).slug;
  const [noor, other] = [`noor@${at}.example`, `other@${at}.example`];
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/operators");
  const first = await invite(page, noor, "Viewer");
  await page.getByRole("button", { name: `New link for ${noor}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const second = await shownLink(page);
  const withdrawn = await invite(page, other, "Viewer");
  await page.getByRole("button", { name: `Withdraw the invitation of ${other}` }).click();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Withdraw" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("rowheader", { name: other })).toHaveCount(0);

  const theirs = await newBrowser();
  await theirs.goto(withdrawn);
  await expect(theirs.getByText("This invitation was withdrawn")).toBeVisible();
  await expectAccessible(theirs);
  await theirs.goto(first);
  await expect(theirs.getByText("This link no longer works")).toBeVisible();
  await theirs.goto(second);
  await expectAccessible(theirs);
  await theirs.getByRole("textbox", { name: "Your name" }).fill("Noor Aziz");
  await theirs.getByLabel("Password").fill("four quiet unrelated words");
  await theirs.getByRole("button", { name: "Become an operator" }).click();
  await expect(theirs).toHaveURL("/fleet");
  // A viewer sees who is invited, and invites nobody.
  await theirs.goto("/fleet/operators");
  await expect(theirs.getByRole("region", { name: "Invitations", exact: true })).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Invite an operator" })).toHaveCount(0);

  await page.reload();
  await page.getByRole("button", { name: "Invite an operator" }).click();
  await dialog.getByRole("textbox", { name: "Email address" }).fill(noor);
  await dialog.getByRole("button", { name: "Make the link" }).click();
  await expect(dialog.getByText(`${noor} is an operator already.`)).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await remove(page, noor);
});

async function invite(page: Page, email: string, role: "Admin" | "Viewer"): Promise<string> {
  await page.getByRole("button", { name: "Invite an operator" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Email address" }).fill(email);
  await dialog.getByRole("radio", { name: role }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Make the link" }).click();
  return shownLink(page);
}

async function shownLink(page: Page): Promise<string> {
  const dialog = page.getByRole("dialog");
  const link = await dialog.getByRole("region", { name: "Invitation link" }).textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  return link?.trim() ?? "";
}

async function remove(page: Page, email: string): Promise<void> {
  const row = page.getByRole("table", { name: "Operators" }).getByRole("row");
  await row
    .filter({ hasText: email })
    .getByRole("button", { name: /^Remove/ })
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Remove operator" }).click();
  // What is behind it is in no role until it is gone.
  await expect(dialog).toHaveCount(0);
  await expect(row.filter({ hasText: email })).toHaveCount(0);
}

async function sessionCookies(page: Page) {
  return (await page.context().cookies()).filter(({ name }) => name.endsWith("session"));
}
