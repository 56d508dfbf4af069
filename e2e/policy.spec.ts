import type { Page } from "@playwright/test";
import { expect, test } from "#e2e/fixtures/portal";

// What the content security policy forbids, and what has to go on in spite of it.

test("a style element that is not ours styles nothing, and the test hears of it in every browser", async ({
  page,
  newBrowser,
  complaints,
}) => {
  const inject = (page: Page) =>
    page.evaluate(() => {
      const style = document.createElement("style");
      style.textContent = "body { outline: 7px solid red }";
      document.head.append(style);
    });
  for (const each of [page, await newBrowser()]) {
    await each.goto("/sign-in");
    await inject(each);
    await expect(each.locator("body")).not.toHaveCSS("outline-width", "7px");
    await expect.poll(() => complaints.join()).toContain("style-src-elem");
    // That was meant.
    complaints.splice(0);
  }
});

test("what a dialog and a menu style while they are open is ours", async ({ page, portal }) => {
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/racks");
  await page.getByRole("button", { name: "Add a site" }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
  // By a style element, which the dialog takes away again.
  await expect(page.locator("body")).toHaveCSS("overflow", "hidden");
  await page.keyboard.press("Escape");
  await expect(page.locator("body")).not.toHaveCSS("overflow", "hidden");
});
