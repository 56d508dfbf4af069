import type { Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { confirm, expectState, fillLaunch, pressLaunch } from "#e2e/fixtures/environment-page";
import { expect, test, unique } from "#e2e/fixtures/portal";

test("an operator adds a pool, a launch draws from it, shrinking names the holder, a release gives back", async ({
  page,
  portal,
  newBrowser,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  const name = unique("edge");
  // A network that no other test has: the documentation prefix with two random groups.
  const group = () => (0x1000 + Math.floor(Math.random() * 0xefff)).toString(16);
  const prefix = `2001:db8:${group()}:${group()}`;
  const operator = await newBrowser();
  await portal.signInAs(operator, "operator");

  await test.step("add a pool: what makes no sense is said at the field", async () => {
    await operator.goto(`${portal.origin}/fleet/pools`);
    await operator.getByRole("button", { name: "Add a pool" }).click();
    const dialog = operator.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await dialog.getByRole("combobox", { name: "Kind" }).selectOption("Public addresses");
    const holds = dialog.getByRole("textbox", { name: "Holds" });
    await holds.fill(`${prefix}::9-${prefix}::1`);
    await dialog.getByRole("button", { name: "Add pool" }).click();
    await expect(holds).toHaveAccessibleDescription(/runs backwards/);
    await holds.fill("203.0.113.1-203.0.113.3");
    await dialog.getByRole("button", { name: "Add pool" }).click();
    await expect(holds).toHaveAccessibleDescription(/The pool public holds some of this already/);
    await expectAccessible(operator);
    await holds.fill(`${prefix}::/64`);
    await dialog.getByRole("button", { name: "Add pool" }).click();
    await expect(dialog).toBeHidden();
    const row = operator.getByRole("row").filter({ hasText: name });
    await expect(row).toContainText("0 of about 2^64");
    await expect(row).toContainText("No pace yet");
    await row.getByRole("link", { name }).click();
    await expect(operator.getByText("All of it is free")).toBeVisible();
    await expectAccessible(operator);
  });
  const pool = operator.url();

  await test.step("keep one out, for a reason", async () => {
    await operator.getByRole("button", { name: "Reserve" }).click();
    const dialog = operator.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "What" }).fill(`${prefix}::1`);
    await dialog.getByRole("textbox", { name: "Why" }).fill("the gateway");
    await dialog.getByRole("button", { name: "Reserve" }).click();
    await expect(items(operator).filter({ hasText: "the gateway" })).toContainText("Reserved");
  });

  await test.step("a template asks for it", async () => {
    await operator.goto(`${portal.origin}/fleet/templates`);
    await operator.getByRole("link", { name: tenant.template }).click();
    await operator.getByRole("link", { name: "New version" }).click();
    await operator.getByRole("checkbox", { name: "A public address for each node" }).check();
    await expectAccessible(operator);
    await operator.getByRole("button", { name: "Create version" }).click();
    await operator.getByRole("button", { name: "Publish" }).click();
    const version = operator.getByRole("region", { name: "Version 2", exact: true });
    await expect(version).toContainText("get a public address for each node");
    await expect(version).toContainText("It is what tenants launch now");
  });

  await test.step("a launch draws the lowest that is free", async () => {
    await portal.signIn(page, tenant.people.member);
    await fillLaunch(page, tenant, { name: "serving", nodes: 1 });
    const checks = page.getByRole("list", { name: "Checks" });
    await expect(checks).toContainText("It gets a public address for each node.");
    await pressLaunch(page, "serving");
    await expectState(page, "ready");
    const network = page.getByRole("table", { name: "Network" });
    await expect(network.getByRole("row").filter({ hasText: "IPv6" })).toContainText(
      `${prefix}::2`,
    );
    await expect(network.getByRole("row").filter({ hasText: "IPv6" })).toContainText("serving-1");
    await expectAccessible(page);
  });

  await test.step("the pool knows who has it, and does not shrink below that", async () => {
    await operator.goto(pool);
    await expect(items(operator).filter({ hasText: `${prefix}::2` })).toContainText("serving");
    await operator.getByRole("button", { name: "Enlarge or shrink" }).click();
    const dialog = operator.getByRole("dialog");
    const holds = dialog.getByRole("textbox", { name: "Holds" });
    await holds.fill(`${prefix}::1, ${prefix}::100-${prefix}::200`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(holds).toHaveAccessibleDescription(
      new RegExp(`${prefix}::2 \\(held by serving of ${tenant.slug}\\)`),
    );
    await expectAccessible(operator);
    await holds.fill(`${prefix}::1-${prefix}::9`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await expect(operator.getByText("of 9", { exact: true })).toBeVisible();
  });

  await test.step("a release gives it back, and it cools down", async () => {
    await page.getByRole("button", { name: "Release", exact: true }).click();
    await confirm(page, "Release", "serving");
    await expectState(page, "released");
    await expect(page.getByRole("table", { name: "Network" })).toHaveCount(0);
    await operator.reload();
    const given = items(operator).filter({ hasText: `${prefix}::2` });
    await expect(given).toContainText("Cooling down");
    await expect(given).toContainText("Free in");
    await operator.getByRole("button", { name: "Retire" }).click();
    const dialog = operator.getByRole("dialog");
    await dialog.getByRole("textbox").fill(name);
    await dialog.getByRole("button", { name: "Retire pool" }).click();
    await expect(dialog).toContainText(`${prefix}::2 (cooling down after serving`);
  });
});

function items(page: Page) {
  return page.getByRole("table", { name: "Items that are not free" }).getByRole("row");
}
