import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import {
  choose,
  confirm,
  expectDone,
  expectState,
  fillLaunch,
  pressLaunch,
  timeline,
} from "#e2e/fixtures/environment-page";
import { expect, test } from "#e2e/fixtures/portal";

test("two 8-GPU nodes are launched, watched, used, operated and released, and the audit log knows", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 16 });
  await portal.signIn(page, tenant.people.owner);
  await page.goto("/account");
  await page.getByRole("button", { name: "Add a key" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("workstation");
  await page
    .getByRole("dialog")
    .getByRole("textbox", { name: "Public key" })
    .fill(
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB5lsg6RzNFp7hn2pZxhOBiqSKx4vHdxBAGZC4Hhm2fI me@here",
    );
  await page.getByRole("dialog").getByRole("button", { name: "Add key" }).click();
  await expect(page.getByRole("rowheader", { name: "workstation" })).toBeVisible();

  await test.step("launch", async () => {
    await page.goto(tenant.project.home);
    await page.getByRole("link", { name: "Launch an environment" }).first().click();
    await fillLaunch(page, tenant, { name: "train", nodes: 2 });
    await page.getByRole("combobox", { name: "Keep it for" }).selectOption("4 hours");
    const checks = page.getByRole("list", { name: "Checks" });
    await expect(checks).toContainText("Quota");
    await expect(checks).not.toContainText("Stops the launch");
    await expectAccessible(page);
    await pressLaunch(page, "train");
  });

  await test.step("watch the steps until it is ready", async () => {
    await expectState(page, "ready");
    for (const hostname of ["train-1", "train-2"]) {
      const steps = timeline(page, hostname).getByRole("listitem");
      await expect(steps.filter({ hasText: "Done" })).toHaveCount(13);
      await expect(steps.filter({ hasText: "Phone home" })).toContainText("Done");
    }
    await expect(page.getByRole("region", { name: "command: Sign in to train-1" })).toContainText(
      /ssh ubuntu@127\.\d+\.\d+\.\d+/,
    );
    await expect(page.getByRole("region", { name: "Log of this environment" })).toContainText(
      /phone/i,
    );
  });

  await test.step("go to a part of the page by its contents", async () => {
    const link = page
      .getByRole("navigation", { name: "On this page" })
      .getByRole("link", { name: "Operations" });
    await link.press("Enter");
    await expect(page.getByRole("region", { name: "Operations", exact: true })).toBeInViewport();
    await expect(link).toBeInViewport();
    await expect(link).toHaveAttribute("aria-current", "location");
  });

  await test.step("keep it for longer than it was launched for", async () => {
    await expect(page.getByText("It ends in 4 h")).toBeVisible();
    await page.getByRole("button", { name: "Extend", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Keep it for" }).selectOption("1 week");
    await dialog.getByRole("button", { name: "Extend", exact: true }).click();
    await expect(page.getByText("Ends in 7 d")).toBeVisible();
  });

  await test.step("see all of its GPUs on one map, and open one", async () => {
    const map = page.getByRole("application", { name: "Utilization of 16 GPUs" });
    await map.focus();
    await map.press("ArrowRight");
    await expect(map.getByRole("status")).toContainText(
      /train-1, GPU 1, utilization [\d.]+\s%, \d+ s old, workers/,
      { timeout: 60_000 },
    );
    await page.getByRole("button", { name: "Temperature", exact: true }).click();
    await expect(page).toHaveURL(/map=temperature/);
    const byHeat = page.getByRole("application", { name: "Temperature of 16 GPUs" });
    await byHeat.press("Enter");
    await expect(page).toHaveURL(/node=nod_.*gpu=1/);
    await expect(page.getByRole("region", { name: "Charts of GPUs" })).toBeFocused();
    await page
      .getByRole("combobox", { name: "GPU", exact: true })
      .selectOption({ label: "All 8 GPUs" });
  });

  await test.step("see its GPUs live", async () => {
    for (const name of ["GPU utilization", "Power", "GPU temperature", "NVLink throughput"]) {
      await expect(
        page.getByRole("region", { name: new RegExp(`^${name}`) }).first(),
      ).toBeVisible();
    }
    const power = page.getByRole("region", { name: /^Power/ }).first();
    await expect(power.locator('canvas[data-drawn="8"]')).toBeVisible();
    await readValues(page, power);
    await page.getByRole("button", { name: "A chart per GPU" }).click();
    await expect(page.getByRole("region", { name: /^GPU \d, GPU utilization/ })).toHaveCount(8);
    await page.getByRole("combobox", { name: "Metric of each GPU" }).selectOption("Power");
    await expect(page).toHaveURL(/layout=gpu&metric=power_w/);
    await expect(page.getByRole("region", { name: /^GPU \d, Power/ })).toHaveCount(8);
    await expectAccessible(page);
    await page.getByRole("button", { name: "A chart per metric" }).click();
    await page.getByRole("combobox", { name: "Node" }).selectOption({ label: "train-2" });
    await expect(page).toHaveURL(/node=/);
    // Until it is answered, what was drawn before is still there.
    const answered = page.waitForResponse(
      (answer) => /api\/telemetry\/.*window=1h.*node=/.test(answer.url()) && answer.ok(),
    );
    await page.getByRole("button", { name: "Last hour" }).click();
    await expect(page).toHaveURL(/window=1h/);
    await answered;
    await expectAccessible(page);
    // What is asked for is not answered any more: what moves comes over the stream.
    await expect(power.locator('canvas[data-drawn="8"]')).toBeVisible();
    await page.route("**/api/telemetry/**", (route) => route.abort());
    const newest = page
      .getByRole("region", { name: /^GPU telemetry/ })
      .locator("time")
      .first();
    const before = await newest.getAttribute("datetime");
    await expect(newest).not.toHaveAttribute("datetime", before ?? "", { timeout: 60_000 });
    await page.unroute("**/api/telemetry/**");
    // Around the GPUs there is a machine, folded until it is asked for.
    await page.getByRole("button", { name: "Show hosts" }).click();
    const adapters = page.getByRole("region", { name: /^InfiniBand/ });
    await expect(adapters.locator('canvas[data-drawn="2"]')).toBeVisible({ timeout: 60_000 });
    await page.getByRole("button", { name: "Hide hosts" }).click();
    await goOnByAsking(page);
  });

  await test.step("see what all of the project's GPUs do", async () => {
    const environment = page.url();
    await page.goto(tenant.project.home);
    const now = page.getByRole("region", { name: "GPUs now" });
    await expect(now).toContainText("on 2 nodes");
    await expect(now).toContainText("of all 16", { timeout: 60_000 });
    await expect(now).toContainText(/Busy\s*100\s%/);
    await page.goto(environment);
  });

  await test.step("stop and start it", async () => {
    await choose(page, "Stop");
    await expect(page.getByRole("dialog")).toContainText("Your quota stays held");
    await confirm(page, "Stop");
    await expectState(page, "stopped");
    await choose(page, "Start");
    await expectState(page, "ready");
  });

  await test.step("restart and reinstall it", async () => {
    await choose(page, "Restart");
    await confirm(page, "Restart");
    await expectDone(page, "Restart");
    await choose(page, "Reinstall");
    await confirm(page, "Reinstall", "train");
    await expectDone(page, "Reinstall");
    await expectState(page, "ready");
  });

  await test.step("upgrade it to a version that an operator publishes meanwhile", async () => {
    const operators = await newBrowser();
    await portal.signInAs(operators, "operator");
    await publishNewer(operators, tenant.template, "htop");
    await page.reload();
    await expect(page.getByText(`${tenant.template} version 1 on`)).toBeVisible();
    await page.getByText(/^Version 2 of its template is offered now: 1\sdifference$/).click();
    await expect(page.getByText(/htop/).first()).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Upgrade to version 2" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("2 nodes, their addresses and their quota.");
    await confirm(page, "Upgrade to version 2", "train");
    // It is a reinstall with another version: the second one of this environment.
    await expect(
      page
        .getByRole("table", { name: "Operations on this environment" })
        .getByRole("row")
        .filter({ has: page.getByText("Reinstall", { exact: true }) })
        .filter({ hasText: "Succeeded" }),
    ).toHaveCount(2);
    await expectState(page, "ready");
    await expect(page.getByText(`${tenant.template} version 2 on`)).toBeVisible();
    await expect(page.getByText(/of its template is offered now/)).toHaveCount(0);
  });

  await test.step("release it by typing its name", async () => {
    await choose(page, "Release");
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("16 H100 GPUs");
    await expect(dialog.getByRole("button", { name: "Release", disabled: true })).toBeVisible();
    await confirm(page, "Release", "train");
    await expectState(page, "released");
    // The nodes are wiped after that, on our time.
    const wiped = page.getByRole("region", { name: "What happened to your data" });
    await expect(async () => {
      await page.reload();
      await expect(wiped.getByRole("table")).toHaveCount(4, { timeout: 1_000 });
    }).toPass({ timeout: 120_000 });
    await expect(wiped).toContainText("read back at 128 places");
    await expect(wiped).not.toContainText("Failed");
    // What its GPUs did while it held them can still be looked at.
    await page.getByRole("button", { name: "Show GPU telemetry" }).click();
    await expect(page.getByText(/^train-[12] was given back$/).first()).toBeVisible();
    await expect(page.getByRole("region", { name: /^Power/ }).first()).toBeVisible();
    await page.goto(tenant.project.home);
    await expect(page.getByText("0 of 16").first()).toBeVisible();
    // What it used while it was held stays told.
    const use = page.getByRole("region", { name: "Use" });
    await expect(use).toContainText("GPU-hours");
    await expect(use.getByRole("listitem").filter({ hasText: "train" })).toContainText("released");
  });

  await test.step("read all of it in the audit log", async () => {
    await page.goto(`${tenant.home}/audit`);
    const log = page.getByRole("table", { name: "Audit events" });
    for (const act of ["launch", "stop", "start", "restart", "reinstall", "upgrade", "release"]) {
      await expect(
        log
          .getByRole("row")
          .filter({ hasText: `environment.${act}` })
          .filter({ hasText: "Owen Hale" }),
      ).toHaveCount(1);
    }
    await expectAccessible(page);
    // The operators see the same, and the tenant's name with it.
    await portal.signInAs(page, "watcher");
    await page.goto(`/fleet/audit?tenant=${tenant.slug}&action=environment.release`);
    await expect(page.getByRole("table", { name: "Audit events" })).toContainText(tenant.slug);
  });
});

/** Publishes a further version of a template, whose nodes have one package more. */
async function publishNewer(page: Page, template: string, packageName: string): Promise<void> {
  await page.goto("/fleet/templates");
  await page.getByRole("link", { name: template }).click();
  await page.getByRole("link", { name: "New version" }).click();
  await page.getByLabel("Packages").fill(packageName);
  await page.getByRole("button", { name: "Create version" }).click();
  const version = page.getByRole("region", { name: "Version 2", exact: true });
  await version.getByRole("button", { name: "Publish" }).click();
  await expect(version).toContainText("what tenants launch now");
}

/** Without a stream, what moves in the charts is what is asked for. */
async function goOnByAsking(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Last 15 minutes" }).click();
  await expect(page).toHaveURL(/window=15m/);
  let refused = 0;
  await page.route("**/api/live**", (route) => {
    refused += 1;
    return route.abort();
  });
  await page.reload();
  const newest = page
    .getByRole("region", { name: /^GPU telemetry/ })
    .locator("time")
    .first();
  const newestMs = async () => Date.parse((await newest.getAttribute("datetime")) ?? "");
  const before = await newestMs();
  // More than how much the same moment may be off on this browser's clock.
  await expect.poll(newestMs).toBeGreaterThan(before + 3_000);
  expect(refused).toBeGreaterThan(0);
  await page.unroute("**/api/live**");
}

/** What stands behind the chart of power: its values as a table, and as a file. */
async function readValues(page: Page, power: Locator): Promise<void> {
  await power.getByText("Table of values").click();
  const rows = power.getByRole("table").getByRole("row");
  await expect(rows.first()).toContainText("GPU 7");
  await expect(rows.filter({ hasText: /\d\s?W/ }).first()).toBeVisible();
  await power.getByText("Table of values").click();
  const saved = page.waitForEvent("download");
  await power.getByRole("button", { name: "Power as CSV" }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toMatch(/power.*\.csv$/i);
  const [heading = "", ...lines] = (await readFile(await file.path(), "utf8")).trim().split("\n");
  expect(heading.match(/GPU \d/g)).toEqual(expect.arrayContaining(["GPU 0", "GPU 7"]));
  expect(lines.some((line) => /Z(,\d+(\.\d+)?)+/.test(line))).toBe(true);
}
