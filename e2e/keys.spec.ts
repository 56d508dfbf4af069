import { expectAccessible } from "#e2e/fixtures/accessible";
import { expectState, fillLaunch, pressLaunch } from "#e2e/fixtures/environment-page";
import { expect, test } from "#e2e/fixtures/portal";
import { newPublicKey } from "#e2e/world/tenants";

test("a project's key is put on at launch, taken off on the page, and off the node after a restart", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });

  await test.step("an admin adds a key to the project", async () => {
    await portal.signIn(page, tenant.people.owner);
    await page.goto(tenant.project.home);
    await page.getByRole("link", { name: "SSH keys" }).click();
    await page.getByRole("button", { name: "Add a key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("backup server");
    await dialog.getByRole("textbox", { name: "Public key" }).fill("ssh-dss AAAA");
    await dialog.getByRole("button", { name: "Add key" }).click();
    await expect(dialog).toContainText("This is not an SSH public key.");
    await dialog.getByRole("textbox", { name: "Public key" }).fill(newPublicKey("backup"));
    await dialog.getByRole("button", { name: "Add key" }).click();
    await expect(page.getByRole("rowheader", { name: "backup server" })).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("a member sees it, may not change it, and launches with it", async () => {
    await portal.signIn(page, tenant.people.member);
    await page.goto(`${tenant.project.home}/keys`);
    await expect(page.getByRole("button", { name: "Add a key", disabled: true })).toBeVisible();
    await expect(
      page.getByText("Only admins of this project change its keys.").first(),
    ).toBeVisible();
    await fillLaunch(page, tenant, { name: "train", nodes: 1 });
    const keys = page.getByRole("group", { name: "The project's keys" });
    await expect(keys.getByRole("checkbox", { name: "backup server" })).toBeChecked();
    await pressLaunch(page, "train");
    await expectState(page, "ready");
  });

  const access = page.getByRole("region", { name: "Access" });
  const line = (name: string) => access.getByRole("listitem").filter({ hasText: name });

  await test.step("the project's keys say which environments have them", async () => {
    const environmentPage = page.url();
    await page.goto(`${tenant.project.home}/keys`);
    const row = page.getByRole("row", { name: "backup server" });
    await expect(row.getByRole("link", { name: "train" })).toBeVisible();
    await expectAccessible(page);
    await page.goto(environmentPage);
  });

  await test.step("its keys are changed, and the page says that the node has the earlier ones", async () => {
    await expect(line("backup server")).toContainText("on train-1");
    await access.getByRole("button", { name: "Change keys" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("checkbox", { name: "backup server" }).uncheck();
    await dialog
      .getByRole("textbox", { name: "One more public key" })
      .fill(newPublicKey("bob@desk"));
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Change keys" }).click();
    await expect(dialog).toBeHidden();
    await expect(line("backup server")).toContainText("taken off, still on train-1");
    await expect(line("bob@desk")).toContainText("on no node yet");
    await expectAccessible(page);
  });

  await test.step("a restart puts them on", async () => {
    await access.getByRole("button", { name: "Restart to put them on" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("The SSH keys as they are now, on 1 node.");
    await dialog.getByRole("button", { name: "Restart", exact: true }).click();
    await expect(line("bob@desk")).toContainText("on train-1", { timeout: 60_000 });
    await expect(line("backup server")).toHaveCount(0);
    await expect(access.getByText("Not every node has these keys yet")).toHaveCount(0);
  });

  await test.step("quiet hours are said in words", async () => {
    await page.goto("/account/notifications");
    const times = page.getByRole("region", { name: "When mail comes" });
    await times.getByRole("checkbox", { name: "Let mail wait in quiet hours" }).check();
    await times.getByRole("combobox", { name: "Time zone" }).selectOption("Europe/Berlin");
    await expect(times).toContainText("Not saved yet. After saving:");
    await expect(times).toContainText("Mail waits from 22:00 to 07:00, Europe/Berlin.");
    await expectAccessible(page);
  });
});
