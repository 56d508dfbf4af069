import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";
import { freePort } from "#e2e/free-port";
import { firstRunLink } from "#lib/commands/first-run-link";
import { type Ingot, startIngot } from "#lib/launch/start";

// A portal with an empty database, beside the one that the other tests share.

let directory: string;
let ingot: Ingot;

test.beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ingot-first-run-"));
  await chmod(directory, 0o711);
  ingot = await startIngot({
    services: ["web"],
    settings: {
      INGOT_DATA_DIRECTORY: directory,
      INGOT_PORT: String(await freePort()),
      INGOT_BOOT_PORT: String(await freePort()),
      INGOT_LOG_LEVEL: "warn",
    },
    postgres: { fsync: "off", synchronous_commit: "off", full_page_writes: "off" },
  });
});

test.afterAll(async () => {
  await ingot?.stop();
  await rm(directory, { recursive: true, force: true });
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
