import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test, unique } from "#e2e/fixtures/portal";

test("a template is offered where it is shared, and nowhere once it is not", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  const theirs = await newBrowser();
  await portal.signIn(theirs, tenant.people.member);
  const catalogue = `${tenant.project.home}/catalogue`;
  await theirs.goto(catalogue);
  await expect(theirs.getByText(tenant.template).first()).toBeVisible();
  await expectAccessible(theirs);

  await portal.signInAs(page, "operator");
  await page.goto("/fleet/templates");
  await page.getByRole("link", { name: tenant.template }).click();
  await page.getByRole("button", { name: /^Share/ }).click();
  const dialog = page.getByRole("dialog");
  const box = dialog
    .getByRole("group", { name: tenant.name })
    .getByRole("checkbox", { name: "Research" });
  await expect(box).toBeChecked();
  await expectAccessible(page);
  await box.uncheck();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Shared with nobody: no tenant sees it.")).toBeVisible();

  await theirs.goto(catalogue);
  await expect(theirs.getByText(tenant.template)).toHaveCount(0);

  await test.step("share it with the whole tenant", async () => {
    await page.getByRole("button", { name: /^Share/ }).click();
    const group = dialog.getByRole("group", { name: tenant.name });
    await group.getByRole("checkbox", { name: "The whole tenant" }).check();
    const comes = group.getByRole("checkbox", { name: "Research, with the tenant" });
    await expect(comes).toBeChecked();
    await expect(comes).toBeDisabled();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await expect(
      page.getByText(/^Shared with 1\swhole tenant, 1\sproject so far\.$/),
    ).toBeVisible();
    await theirs.goto(catalogue);
    await expect(theirs.getByText(tenant.template).first()).toBeVisible();
  });
  const share = `Share ${tenant.template} with`;
  const whole = page.getByRole("checkbox", { name: `${share} the whole of ${tenant.name}` });
  await test.step("see it among all tenants, and share a profile there by the keyboard", async () => {
    await page.goto("/fleet/sharing");
    const matrix = page.getByRole("grid", { name: "Sharing" });
    expect(await matrix.getByRole("columnheader").count()).toBeGreaterThan(2);
    await page.getByRole("searchbox", { name: "Search tenants" }).fill(tenant.slug);
    await page.getByRole("searchbox", { name: "Search parts" }).fill(tenant.slug);
    await expect(matrix.getByRole("columnheader")).toHaveText([
      ...["Part of the catalogue", tenant.name],
    ]);
    await expect(matrix.getByRole("rowheader")).toHaveCount(2);
    await expect(whole).toBeChecked();
    await expect(whole).toHaveAccessibleDescription("all");
    const profile = page.getByRole("checkbox", {
      name: `Share ${tenant.profile} with the whole of ${tenant.name}`,
    });
    await expect(profile).not.toBeChecked();
    await expect(profile).toHaveAccessibleDescription("1 of 1");
    await expectAccessible(page);
    // One stop for all of its boxes: arrow keys go from one to the next, and stay at the edge.
    await whole.focus();
    await page.keyboard.press("ArrowDown");
    await expect(profile).toBeFocused();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await expect(profile).toBeFocused();
    await page.keyboard.press("Space");
    await expect(profile).toHaveAccessibleDescription("all");
    await page.keyboard.press("Tab");
    await expect(matrix.locator(":focus")).toHaveCount(0);
    await page.keyboard.press("Shift+Tab");
    await expect(profile).toBeFocused();
    // To the heading, which leads to the tenant's projects.
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("region", { name: `Shared with ${tenant.name}` })).toBeVisible();
    await expect(page.getByRole("searchbox", { name: "Search parts" })).toHaveValue(tenant.slug);
    const research = page.getByRole("checkbox", { name: `Share ${tenant.profile} with Research` });
    await expect(research).toHaveAccessibleDescription("with the tenant");
  });
  await test.step("take it from the tenant, by the keyboard", async () => {
    const project = page.getByRole("checkbox", { name: `${share} Research` });
    await expect(whole).toHaveAccessibleDescription("all, later ones too");
    await expect(project).toHaveAccessibleDescription("with the tenant");
    await expect(project).toBeDisabled();
    await expectAccessible(page);
    await whole.focus();
    await page.keyboard.press("Space");
    await expect(whole).toHaveAccessibleDescription("none");
    await expect(project).toHaveAccessibleDescription("not shared");
    await expect(project).toBeEnabled();
    // The box is ticked before the portal has answered.
    await expect(async () => {
      await theirs.goto(catalogue);
      await expect(theirs.getByText(tenant.template)).toHaveCount(0, { timeout: 1_000 });
    }).toPass();
  });
  await test.step("begin one from a starter, and preview it as the project", async () => {
    const name = unique("notebook");
    await page.goto("/fleet/templates/new");
    const start = page.getByRole("region", { name: "Begin from", exact: true });
    await start.getByRole("link", { name: "Notebook" }).click();
    const read = page.getByRole("region", { name: "What tenants read", exact: true });
    await expect(read.getByLabel("Name", { exact: true })).toHaveValue("notebook");
    await read.getByLabel("Name", { exact: true }).fill(name);
    const groups = page.getByRole("region", { name: "Groups of nodes", exact: true });
    await groups.getByLabel("Profile", { exact: true }).selectOption(tenant.profile);
    const form = page.getByRole("region", { name: "As a tenant sees it", exact: true });
    await expect(form.getByLabel("Python packages")).toHaveValue("numpy matplotlib");
    await page.getByRole("button", { name: "Create template" }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    const version = page.getByRole("region", { name: "Version 1", exact: true });
    await version.getByRole("button", { name: "Publish" }).click();
    await expect(version).toContainText("what tenants launch now");
    await page.getByRole("button", { name: /^Share/ }).click();
    await dialog
      .getByRole("group", { name: tenant.name })
      .getByRole("checkbox", { name: "Research" })
      .check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();

    await page.goto(`/fleet/sharing?tenant=${tenant.slug}`);
    await page.getByText("As the members see it").getByRole("link", { name: "Research" }).click();
    await expect(
      page.getByRole("heading", { level: 1, name: "As Research sees it" }),
    ).toBeVisible();
    const card = page.getByRole("region", { name, exact: true });
    await card.getByText("Read me", { exact: true }).click();
    await expect(card.getByRole("region", { name: "cloud-init status --wait" })).toBeVisible();
    // Its steps go on counting after each command.
    await expect(card.locator("ol").last()).toHaveAttribute("start", "4");
    await expectAccessible(page);
    await theirs.goto(catalogue);
    await expect(theirs.getByRole("region", { name, exact: true })).toContainText("free now");
  });
});

test("a profile's new price is a version of its own, and read by tenants once it is published", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  const theirs = await newBrowser();
  await portal.signIn(theirs, tenant.people.member);
  const price = theirs
    .getByRole("region", { name: tenant.template, exact: true })
    .getByText(/\d an hour for 1\snode/);
  const look = async () => {
    await theirs.goto(`${tenant.project.home}/catalogue`);
    await expect(theirs.getByText(tenant.template).first()).toBeVisible();
  };

  await portal.signInAs(page, "operator");
  await page.goto("/fleet/profiles");
  const row = page.getByRole("row").filter({ hasText: tenant.profile });
  await row.getByRole("link").first().click();
  await expect(page.getByRole("region", { name: "Offered: version 1" })).toContainText("not told");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Price of a node, an hour").fill("24.5");
  await dialog.getByLabel("Description").fill("For runs of a week");
  await dialog.getByRole("button", { name: "Save draft" }).click();
  await expect(dialog).toBeHidden();
  const versions = page.getByRole("region", { name: "Versions", exact: true });
  await expect(versions).toContainText(/from not told to USD\s24\.50 an hour/);
  await look();
  await expect(price).toHaveCount(0);

  await versions.getByRole("button", { name: "Publish" }).click();
  await expect(page.getByRole("region", { name: "Offered: version 2" })).toContainText("24.50");
  const compare = page.getByRole("region", { name: "Compare two versions" });
  await compare.getByLabel("Compare from").selectOption("1");
  await compare.getByLabel("Compare to").selectOption("2");
  await expect(compare).toContainText(/2\sthings differ from version 1 to version 2\./);
  await expect(compare).toContainText(/from not told to USD\s24\.50 an hour/);
  await expectAccessible(page);
  await look();
  await expect(price).toContainText("24.50");
  const theirRow = theirs.getByRole("row").filter({ hasText: tenant.profile });
  await expect(theirRow).toContainText("24.50");
  await expect(theirRow).toContainText("For runs of a week");
  await expect(theirRow).toContainText(/Runs Ubuntu \S+ by default/);
});

test("a template whose profile is not shared is not launched, and its card says why", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/profiles");
  const row = page.getByRole("row").filter({ hasText: tenant.profile });
  await row.getByRole("button", { name: /^Share/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog
    .getByRole("group", { name: tenant.name })
    .getByRole("checkbox", { name: "Research" })
    .uncheck();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();

  const theirs = await newBrowser();
  await portal.signIn(theirs, tenant.people.member);
  await theirs.goto(`${tenant.project.home}/catalogue`);
  await expect(theirs.getByText(/is not offered to this project/).first()).toBeVisible();
  await theirs.goto(`${tenant.project.home}/environments/new`);
  await expect(theirs.getByRole("region", { name: "Nothing to launch yet" })).toBeVisible();
});

test("a quota is split in words that add up, and what does not is refused as it is typed", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 32 });
  await portal.signIn(page, tenant.people.owner);
  await page.goto(`${tenant.home}/quota`);
  await page.getByRole("button", { name: /^Change .*Research/ }).click();
  const dialog = page.getByRole("dialog");
  const limit = dialog.getByRole("spinbutton", { name: "Limit" });
  const box = dialog.getByRole("checkbox");
  if (await box.isChecked()) await box.uncheck();
  await limit.fill("40");
  await expect(limit).toHaveAccessibleDescription(/32/);
  await expect(limit).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page);
  await limit.fill("24");
  await expect(limit).not.toHaveAttribute("aria-invalid", "true");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("row").filter({ hasText: "Research" })).toContainText("24");
});
