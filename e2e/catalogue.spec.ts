import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";

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
  await test.step("take it from the tenant, by the keyboard", async () => {
    await page.goto(`/fleet/sharing?tenant=${tenant.slug}`);
    const share = `Share ${tenant.template} with`;
    const whole = page.getByRole("checkbox", { name: `${share} the whole of ${tenant.name}` });
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
