import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";

test("an operator finds the node that threw an XID and the one that throttles in two clicks, and its tenant reads what it means", async ({
  newBrowser,
  page,
  portal,
}) => {
  await portal.signInAs(page, "operator");
  const member = await newBrowser();
  await portal.signInAs(member, "member");
  await member.goto("/aurora/projects/foundation");
  await member.getByRole("main").getByRole("link", { name: "llama-pretrain" }).first().click();
  const nodes = member.getByRole("region", {
    name: "Nodes of this environment, table",
    exact: true,
  });
  const name =
    (await nodes.getByRole("rowheader").first().locator("span span").textContent()) ?? "";
  await portal.setFaults(name, ["xid:31", "throttles"]);

  await test.step("two clicks: the map of GPUs, and the node", async () => {
    await page.goto("/fleet");
    await page
      .getByRole("navigation", { name: "Main" })
      .getByRole("link", { name: "GPUs" })
      .click();
    const throttling = page.getByRole("list", { name: "Throttling" });
    const ofNode = { name: new RegExp(`^${name}, `) };
    await expect(throttling.getByRole("link", ofNode)).toBeVisible();
    const xids = page.getByRole("list", { name: "XIDs of the last day" });
    await expect(xids).toContainText("XID 31");
    await xids.getByRole("link", ofNode).click();
    await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  });

  await test.step("the map is walked by keys", async () => {
    await page.goBack();
    const map = page.getByRole("application", { name: /Utilization of \d+ GPUs/ });
    await map.focus();
    await map.press("ArrowRight");
    await expect(map.getByRole("status")).toContainText(/GPU 1, utilization/);
    await map.press("Enter");
    await expect(page).toHaveURL(/\/fleet\/nodes\/nod_/);
  });

  await test.step("it is acknowledged, with words", async () => {
    await page.goto(`/fleet/health?q=${name}`);
    const row = page.getByRole("row", { name: /XID 31/ });
    await row.getByRole("button", { name: /^Acknowledge XID 31/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Acknowledge" }).click();
    await expect(page.getByRole("dialog")).toContainText("Say why, in a few words.");
    await page.getByRole("dialog").getByRole("textbox").fill("The tenant was told.");
    await page.getByRole("dialog").getByRole("button", { name: "Acknowledge" }).click();
    await expect(row).toHaveCount(0);
    await page.getByRole("link", { name: /^Acknowledged or silenced/ }).click();
    await expect(row).toContainText("The tenant was told.");
  });

  await test.step("the rule that it is judged by is found", async () => {
    await page.goto("/fleet/health/rules");
    const table = page.getByRole("table", { name: "XIDs of a tenant's program" });
    await expect(table).toBeHidden();
    await page.locator("summary").filter({ hasText: "XIDs of a tenant's program" }).press("Enter");
    await expect(table.getByRole("row", { name: /XID 31/ })).toBeVisible();
    await page.getByRole("searchbox", { name: "Search rules" }).fill("xid_31");
    await expect(page).toHaveURL(/q=xid_31/);
    await expect(page.getByRole("table").getByRole("row", { name: /XID/ })).toHaveCount(1);
    await expectAccessible(page);
  });

  await test.step("its tenant reads what it means, and sees it in the charts", async () => {
    const health = member.getByRole("region", { name: "Health", exact: true });
    await expect(health).toContainText("Look at your program and restart it.");
    await expect(health).not.toContainText("The tenant was told.");
    const marked = member.getByRole("list", { name: "Marked in the charts" });
    await expect(marked).toContainText("XID 31");
    const chart = member.getByRole("application", { name: /^Power, by keys/ });
    await chart.focus();
    await chart.press("ArrowLeft");
    await chart.press("Shift+ArrowLeft");
    await chart.press("Shift+ArrowLeft");
    await chart.press("Enter");
    const whole = member.getByRole("button", { name: "Show the whole window" });
    const later = member.getByRole("button", { name: "Later" });
    await expect(member).toHaveURL(/from=\d+&to=\d+/);
    await expect(whole).not.toHaveAttribute("aria-disabled");
    await chart.press("Escape");
    await expect(whole).toHaveAttribute("aria-disabled", "true");
    await expect(later).toHaveAttribute("aria-disabled", "true");
    await chart.press("PageUp");
    await expect(later).not.toHaveAttribute("aria-disabled");
    await whole.press("Enter");
    await expect(member).not.toHaveURL(/from=/);
    // It has nothing more to do, and keeps the focus.
    await expect(whole).toHaveAttribute("aria-disabled", "true");
    await expect(whole).toBeFocused();
    // Its reason, which stands beside the page while it has the focus, goes with it.
    await chart.focus();
    await expectAccessible(member);
  });
  await portal.setFaults(name, []);
});
