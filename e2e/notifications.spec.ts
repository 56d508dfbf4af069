import { expectAccessible } from "#e2e/fixtures/accessible";
import { fillLaunch, pressLaunch } from "#e2e/fixtures/environment-page";
import { lookAt } from "#e2e/fixtures/look";
import { expect, test } from "#e2e/fixtures/portal";
import { startWebhookServer } from "#lib/drivers/http-provider/webhook-server.test-support";

test("a webhook is made and tried, and what becomes of an environment arrives there and rings", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  const receiver = await startWebhookServer();
  const arrived = (title: RegExp) =>
    expect
      .poll(
        () =>
          receiver
            .received("/ingot")
            .filter(({ isSigned }) => isSigned)
            .map(({ body }) => (body as { data: { title: string } }).data.title)
            .filter((each) => title.test(each)),
        { timeout: 60_000 },
      )
      .toHaveLength(1);

  await test.step("make a webhook", async () => {
    await portal.signIn(page, tenant.people.owner);
    await page.goto(tenant.home);
    await page.getByRole("link", { name: "Webhooks" }).click();
    await page.getByRole("button", { name: "Create a webhook" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("On call");
    await dialog.getByRole("textbox", { name: "Address" }).fill("http://127.0.0.1/ingot");
    await dialog.getByRole("textbox", { name: "Certificate" }).fill(receiver.certificatePem);
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    await expect(dialog).toContainText("Enter an address such as https://");
    await dialog.getByRole("textbox", { name: "Address" }).fill(receiver.url("/ingot"));
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    const secret = await dialog.getByRole("region", { name: "Secret" }).textContent();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    receiver.secrets.set("/ingot", secret ?? "");
    await dialog.getByRole("button", { name: "Done" }).click();
  });

  await test.step("a test message arrives, signed", async () => {
    await page.getByRole("link", { name: "On call" }).click();
    await page.getByRole("button", { name: "Send a test" }).click();
    await arrived(/^A test message$/);
    const messages = page.getByRole("table", { name: "Messages" });
    await expect(messages).toContainText("delivered", { timeout: 60_000 });
    await expect(messages).toContainText("It answered 204.");
    await lookAt(page, "webhook", { door: "/[tenant]/webhooks/[webhookId]" });
  });

  await test.step("an environment that is ready rings at its people and arrives", async () => {
    await portal.signIn(page, tenant.people.member);
    await page.goto(tenant.home);
    // They were made a member of the tenant and of its project, and chose a password of their own.
    await page.getByRole("button", { name: "Notifications: 3 unread" }).click();
    const bell = page.getByRole("dialog", { name: "Notifications" });
    await expect(bell.getByText(/You are member of/)).toHaveCount(2);
    await expect(bell).toContainText("The password of your account was changed");
    await bell.getByRole("button", { name: "Mark all read" }).click();
    await expect(bell.getByText("Unread: ")).toHaveCount(0);
    await fillLaunch(page, tenant, { name: "train", nodes: 1 });
    await pressLaunch(page, "train");
    await arrived(/^train is ready$/);
    await page.goto(tenant.home);
    await page.getByRole("button", { name: "Notifications: 1 unread" }).click({ timeout: 60_000 });
    await expectAccessible(page);
    await bell.getByRole("link", { name: /train is ready/ }).click();
    await expect(page.getByRole("heading", { level: 1, name: "train" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();
    expect((await page.goto(`${tenant.home}/webhooks`))?.status()).toBe(403);
  });
  receiver.close();
});
