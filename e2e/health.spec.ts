import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { expectFirm } from "#e2e/fixtures/firm-form";
import { lookAt } from "#e2e/fixtures/look";
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
    await expectFirm(page, page.getByRole("dialog"), {
      name: "acknowledge an alert",
      file: "components/health/alert-actions.tsx",
      submit: "Acknowledge",
    });
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
    await lookAt(page, "health-rules", { door: "/fleet/health/rules" });
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

  await test.step("charts point at the moment of a pointer together, and are zoomed and moved by it", async () => {
    const power = member.getByRole("application", { name: /^Power, by keys/ });
    const heat = member.getByRole("application", { name: /^GPU temperature, by keys/ });
    const momentOf = (chart: Locator) =>
      chart.locator("[data-crosshair]").getAttribute("data-crosshair");
    await pointAt(power, 0.5);
    await expect(power.getByText("GPU 7", { exact: true })).toBeVisible();
    const earlier = await momentOf(power);
    expect(earlier).toMatch(/^\d+$/);
    await expect.poll(() => momentOf(heat)).toBe(earlier);
    await pointAt(heat, 0.9);
    await expect.poll(() => momentOf(heat)).not.toBe(earlier);
    expect(await momentOf(power)).toBe(await momentOf(heat));
    await member.mouse.move(0, 0);
    for (const chart of [power, heat]) {
      await expect(chart.locator("[data-crosshair]")).toHaveCount(0);
    }

    await drag(power, 0.77, 0.97);
    await expect(member).toHaveURL(/from=\d+&to=\d+/);
    await expect(member.getByText(/^Zoomed to/)).toBeVisible();
    const zoomed = stretchOf(member);
    // A fifth of 15 minutes, and of the room for the axis.
    expect(zoomed.to - zoomed.from).toBeGreaterThan(180_000);
    expect(zoomed.to - zoomed.from).toBeLessThan(240_000);

    await member.keyboard.down("Shift");
    await drag(power, 0.6, 0.8);
    await member.keyboard.up("Shift");
    await expect(member).not.toHaveURL(new RegExp(`from=${zoomed.from}&`));
    const moved = stretchOf(member);
    expect(moved.to - moved.from).toBe(zoomed.to - zoomed.from);
    expect(zoomed.from - moved.from).toBeGreaterThan(36_000);
    expect(zoomed.from - moved.from).toBeLessThan(60_000);

    await member.getByRole("button", { name: "Show the whole window" }).click();
    await expect(member).not.toHaveURL(/from=/);
  });
  await test.step("an exporter that is away, drips or talks nonsense is told as unknown, and no other node with it", async () => {
    const figures = member.getByRole("region", { name: "GPU telemetry", exact: true });
    const ofNode = figures.getByRole("combobox", { name: "Node", exact: true });
    const isUnknown = /GPU utilization, mean\s*unknown/;
    const silence = member.getByRole("status").filter({ hasText: /^No data from/ });
    for (const [fault, words] of [
      ["exporter-down", /Nothing listens on port 9400\./],
      ["exporter-garbage", /The answer is not a metrics exposition\./],
      ["exporter-drip", /No whole answer within [\d.]+ s\./],
    ] as const) {
      await portal.setFaults(name, [fault]);
      await expect(silence).toContainText(words);
      await expect(silence).toContainText(/^No data from llama-pretrain-1 since .*: unknown/);
      await expect(figures).toContainText(isUnknown);
      if (fault === "exporter-drip") {
        await expectAccessible(member);
        await ofNode.selectOption("llama-pretrain-2");
        await expect(figures).not.toContainText(isUnknown);
        await expect(silence).toHaveCount(0);
        await ofNode.selectOption("llama-pretrain-1");
        await expect(silence).toBeVisible();
      }
      await portal.setFaults(name, []);
      await expect(silence).toHaveCount(0);
      await expect(figures).not.toContainText(isUnknown);
    }
  });
});

/** Moves the pointer to a share of the width of a chart. */
async function pointAt(chart: Locator, share: number): Promise<void> {
  const canvas = chart.locator("canvas");
  const box = await canvas.boundingBox();
  await canvas.hover({ position: { x: (box?.width ?? 0) * share, y: (box?.height ?? 0) / 2 } });
}

/** Drags across a chart, from one share of its width to another. */
async function drag(chart: Locator, from: number, to: number): Promise<void> {
  const { mouse } = chart.page();
  await pointAt(chart, from);
  await mouse.down();
  await pointAt(chart, to);
  await mouse.up();
}

/** The stretch that an address says is shown. */
function stretchOf(page: Page): { from: number; to: number } {
  const asked = new URL(page.url()).searchParams;
  return { from: Number(asked.get("from")), to: Number(asked.get("to")) };
}
