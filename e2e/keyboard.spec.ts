import type { Page } from "@playwright/test";
import { expectState } from "#e2e/fixtures/environment-page";
import { expect, test } from "#e2e/fixtures/portal";

test("a launch needs no mouse", async ({ page, portal }) => {
  const nodeTypeId = await portal.ownNodes("keyboard-1");
  const tenant = await portal.ownTenant({ gpus: 8, nodeTypeId });
  await page.goto("/sign-in");
  await page.keyboard.type(tenant.people.member);
  await page.keyboard.press("Tab");
  await page.keyboard.type(portal.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: tenant.name })).toBeVisible();

  // The first stop of every page leads past the rail.
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveText(/skip/i);
  await tabTo(page, "Research");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Research" })).toBeVisible();
  await tabTo(page, "Launch an environment");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Name" })).toBeVisible();
  await tabTo(page, "Name");
  await page.keyboard.type("by-hand");
  await tabTo(page, "Launch");
  await expect(page.locator(":focus")).not.toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "by-hand" })).toBeVisible();
  await expectState(page, "ready");
});

/** Presses Tab until what has the focus is called that. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stops = 0; stops < 60; stops++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label =
        element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
      return (label ?? element?.getAttribute("aria-label") ?? element?.textContent ?? "").trim();
    });
    if (focused === name || focused === `${name} (required)` || focused === `${name}*`) return;
  }
  throw new Error(`Tab never came to ${name}`);
}
