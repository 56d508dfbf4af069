import { expectAccessible } from "#e2e/fixtures/accessible";
import { type OwnPortal, startOwnPortal } from "#e2e/fixtures/own-portal";
import { expect, test } from "#e2e/fixtures/portal";
import { firstRunLink } from "#lib/commands/first-run-link";

// A portal with an empty database, beside the one that the other tests share.

let own: OwnPortal;
let ingot: OwnPortal["ingot"];

test.beforeAll(async () => {
  own = await startOwnPortal();
  ingot = own.ingot;
});

test.afterAll(async () => {
  await own?.close();
});

test("the setup link makes the first operator, once", async ({ page }) => {
  await page.goto(ingot.origin);
  await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeVisible();

  const link = await firstRunLink(ingot.databaseUrl, ingot.origin);
  if (!link) throw new Error("an empty portal has a setup link");
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "Create the first operator" })).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Your name").fill("Ines Duarte");
  await page.getByLabel("Email address").fill("ines@ingot.example");
  await page.getByLabel("Password").fill("passwordpassword1234");
  await page.getByRole("button", { name: "Create the first operator" }).click();
  await expect(page.getByText(/first passwords an attacker tries/)).toBeVisible();

  await page.getByLabel("Password").fill("four quiet unrelated words");
  await page.getByRole("button", { name: "Create the first operator" }).click();
  await expect(page).toHaveURL(`${ingot.origin}/fleet`);

  await page.goto(link);
  await expect(page.getByRole("heading", { name: "Ingot is set up" })).toBeVisible();
  expect(await firstRunLink(ingot.databaseUrl, ingot.origin)).toBeNull();
});
