import type { Page, TestInfo } from "@playwright/test";
import { expectState } from "#e2e/fixtures/environment-page";
import { expect, expectAccessible, type Role, test } from "#e2e/fixtures/portal";

// Every page, once in each theme and width: it is accessible, fits the screen, and leaves its
// picture in the report for someone to look at.

type Look = {
  name: string;
  /** Where it is, or how one gets there from the page before. */
  open: string | ((page: Page) => Promise<unknown>);
};

const link = (name: string | RegExp) => (page: Page) =>
  page.getByRole("main").getByRole("link", { name }).first().click();

const looks: Record<Role | "nobody", Look[]> = {
  nobody: [{ name: "sign-in", open: "/sign-in" }],
  operator: [
    { name: "board", open: "/fleet" },
    { name: "nodes", open: "/fleet/nodes" },
    { name: "node", open: link(/^gpu-r01-n01/) },
    { name: "node-that-differs", open: "/fleet/nodes?lifecycle=failed" },
    { name: "node-that-differs-detail", open: link(/^gpu-r/) },
    { name: "enrol", open: "/fleet/nodes/new" },
    { name: "operations", open: "/fleet/operations" },
    { name: "racks", open: "/fleet/racks" },
    { name: "node-types", open: "/fleet/node-types" },
    { name: "node-type", open: link(/dgx-h100/) },
    { name: "node-type-new", open: "/fleet/node-types/new" },
    { name: "images", open: "/fleet/images" },
    { name: "profiles", open: "/fleet/profiles" },
    { name: "templates", open: "/fleet/templates" },
    { name: "template", open: link(/distributed-training/) },
    { name: "template-version-new", open: link("New version") },
    { name: "template-new", open: "/fleet/templates/new" },
    { name: "tenants", open: "/fleet/tenants" },
    { name: "tenant-of-operator", open: "/fleet/tenants/aurora" },
    { name: "operators", open: "/fleet/operators" },
    { name: "fleet-audit", open: "/fleet/audit" },
    { name: "not-found", open: "/fleet/nowhere" },
  ],
  owner: [
    { name: "tenant", open: "/aurora" },
    { name: "members", open: "/aurora/members" },
    { name: "quota", open: "/aurora/quota" },
    { name: "tenant-audit", open: "/aurora/audit" },
  ],
  member: [
    { name: "project", open: "/aurora/projects/foundation" },
    { name: "catalogue", open: "/aurora/projects/foundation/catalogue" },
    { name: "launch", open: "/aurora/projects/foundation/environments/new" },
    {
      name: "environment-failed",
      async open(page) {
        await page.goto("/aurora/projects/foundation");
        await link("scratch")(page);
        await expectState(page, "failed");
      },
    },
    {
      name: "environment",
      async open(page) {
        await page.goto("/aurora/projects/foundation");
        await link("llama-pretrain")(page);
        await expectState(page, "ready");
        await expect(page.locator("path.recharts-line-curve").first()).toBeVisible();
      },
    },
    {
      name: "release-dialog",
      async open(page) {
        await page.getByRole("button", { name: "Release", exact: true }).click();
        await expect(page.getByRole("dialog")).toBeVisible();
      },
    },
    { name: "account", open: "/account" },
  ],
  viewer: [{ name: "forbidden", open: "/aurora/projects/foundation/environments/new" }],
  watcher: [],
  admin: [],
};

for (const [role, pages] of Object.entries(looks)) {
  if (pages.length === 0) continue;
  test(`every page of ${role === "nobody" ? role : `the ${role}`}`, async ({
    page,
    portal,
  }, info) => {
    test.setTimeout(180_000);
    if (role !== "nobody") await portal.signInAs(page, role as Role);
    for (const look of pages) await test.step(look.name, () => lookAt(page, look, info));
  });
}

test("the command palette and the way around", async ({ page, portal }, info) => {
  await portal.signInAs(page, "operator");
  await page.goto("/fleet");
  if (info.project.name.includes("narrow")) {
    await page.getByRole("button", { name: /navigation|menu/i }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await keep(page, "rail-sheet", info);
    return;
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("gpu-r01");
  await expect(page.getByRole("option", { name: /gpu-r01-n01/ })).toBeVisible();
  await keep(page, "palette", info);
});

async function lookAt(page: Page, { name, open }: Look, info: TestInfo): Promise<void> {
  if (typeof open === "string") await page.goto(open);
  else await open(page);
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await keep(page, name, info);
}

async function keep(page: Page, name: string, info: TestInfo): Promise<void> {
  await expect(page.getByRole("status", { name: /loading|fetched/i })).toHaveCount(0);
  const path = info.outputPath(`${name}.png`);
  await page.screenshot({ path, fullPage: true, animations: "disabled" });
  await info.attach(name, { path, contentType: "image/png" });
  await expectAccessible(page);
  const tooWide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(tooWide, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
}
