import type { Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import {
  choose,
  confirm,
  expectState,
  fillLaunch,
  launchButton,
  pressLaunch,
} from "#e2e/fixtures/environment-page";
import { expect, test } from "#e2e/fixtures/portal";

// What an operator tells a node, what goes wrong with it, and how it comes back: each in words, on its page.

test("a node is kept back, refuses us, shows another certificate, is not wiped and comes back each time, until it is retired", async ({
  newBrowser,
  page,
  portal,
}) => {
  const nodeTypeId = await portal.ownNodes("acts-1", "acts-2");
  const tenant = await portal.ownTenant({ gpus: 16, nodeTypeId });
  const theirs = await newBrowser();
  await portal.signInAs(page, "operator");
  await portal.signIn(theirs, tenant.people.member);
  const node = portal.node("acts-1");
  const dialog = page.getByRole("dialog");
  const act = (name: string) => page.getByRole("button", { name, exact: true });
  const openNode = async (name: string) => {
    await page.goto(`/fleet/nodes?q=${name}`);
    await page.getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  };
  /** Has the node verified, and waits until the page tells the end of it. */
  const verify = async (end: "Available" | "Failed") => {
    await act("Verify").click();
    await expectLifecycle(page, end);
  };

  await test.step("cordoned with a reason, it is passed by", async () => {
    await openNode("acts-1");
    await act("Cordon").click();
    await dialog.getByRole("button", { name: "Cordon" }).click();
    await expect(dialog.getByLabel("Reason")).toHaveAccessibleDescription(/Say why/);
    await expectAccessible(page);
    await dialog.getByLabel("Reason").fill("A fan is loud");
    await dialog.getByRole("button", { name: "Cordon" }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole("main")).toContainText("Because it is cordoned.");
    await expect(page.getByText("A fan is loud")).toBeVisible();

    await fillLaunch(theirs, tenant, { name: "beside", nodes: 2 });
    const checks = theirs.getByRole("list", { name: "Checks" });
    await expect(checks).toContainText("Needs 2 nodes and 1 is free now.");
    await theirs.getByRole("spinbutton", { name: "Nodes" }).fill("1");
    await expect(launchButton(theirs)).toBeVisible();
    await pressLaunch(theirs, "beside");
  });

  await test.step("in maintenance and out of both, while the other is deployed", async () => {
    await act("Set maintenance").click();
    await dialog.getByLabel("Reason").fill("The fan is replaced");
    await dialog.getByRole("button", { name: "Set maintenance" }).click();
    await expect(page.getByText("In maintenance, Cordoned")).toBeVisible();
    await expect(page.getByText("The fan is replaced")).toBeVisible();
    await expectAccessible(page);
    await act("Uncordon").click();
    await expect(page.getByText("In maintenance", { exact: true })).toBeVisible();
    await act("End maintenance").click();
    await expect(page.getByText("The fan is replaced")).toHaveCount(0);
    await expect(act("Set maintenance")).toBeVisible();
    await expect(page.getByRole("main")).not.toContainText("Because it");

    await expectState(theirs, "ready");
    const nodes = theirs.getByRole("region", { name: "Nodes of this environment, table" });
    await expect(nodes).toContainText("acts-2");
  });

  await test.step("a sign-in that was changed by hand is entered anew", async () => {
    await portal.setFaults("acts-1", ["bmc-401"]);
    await verify("Failed");
    const controller = page.getByRole("region", { name: "Controller", exact: true });
    await expect(controller).toContainText("Refused, not tried again");
    await expect(page.getByRole("main")).toContainText("its controller refuses our sign-in");
    await expectAccessible(page);
    await portal.setFaults("acts-1", []);
    await controller.getByRole("button", { name: "Change sign-in" }).click();
    await dialog.getByLabel("User name").fill(node.username);
    await dialog.getByLabel("Password").fill(node.password);
    await dialog.getByRole("button", { name: "Change sign-in" }).click();
    await expect(controller).toContainText("Not tried yet");
    await verify("Available");
    await expect(controller).toContainText("Accepted");
  });

  await test.step("a wipe that fails keeps the node from everyone, and its tenant is told", async () => {
    await portal.setFaults("acts-2", ["wipe-fails"]);
    await choose(theirs, "Release");
    await confirm(theirs, "Release", "beside");
    await expectState(theirs, "released");
    await expect.poll(() => portal.lifecycle("acts-2")).toBe("quarantined");
    await theirs.reload();
    await expect(theirs.getByRole("region", { name: "What happened to your data" })).toContainText(
      "not wiped yet: it is set aside until it is",
    );
    await expectAccessible(theirs);
  });

  await test.step("what needs a person is listed, with what to do", async () => {
    await portal.setFaults("acts-1", ["certificate-changed"]);
    await verify("Failed");
    await page.goto("/fleet/operations");
    const work = (name: string) => page.getByRole("row").filter({ hasText: name });
    await expect(work("Enrol acts-1")).toContainText(
      /Compare the certificate that the controller shows .*, then verify the node again\./,
    );
    await expect(work("Sanitize acts-2")).toContainText(
      /Not wiped: .* sanitize the node: that leads back to available\./,
    );
    await expectAccessible(page);
  });

  await test.step("wiped by order, the one comes back", async () => {
    await page.getByRole("link", { name: "Sanitize acts-2" }).click();
    await expect(page.getByText("Quarantined: why")).toBeVisible();
    await portal.setFaults("acts-2", []);
    await act("Sanitize").click();
    await expect(dialog.getByRole("button", { name: "Sanitize", disabled: true })).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole("textbox").fill("acts-2");
    await dialog.getByRole("button", { name: "Sanitize", disabled: false }).click();
    await expectLifecycle(page, "Available");
    await expect(page.getByRole("region", { name: "Wipes", exact: true })).toContainText(
      "Accepted",
    );
  });

  await test.step("compared and confirmed, the other's certificate is trusted", async () => {
    await openNode("acts-1");
    const controller = page.getByRole("region", { name: "Controller", exact: true });
    await expect(controller).toContainText("The controller shows another certificate");
    const shown = controller.locator("code").filter({ hasText: /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/ });
    await expect(shown).not.toHaveText(node.certificate.fingerprint);
    await expectAccessible(page);
    await controller.getByRole("button", { name: "It is the same" }).click();
    await expect(controller).not.toContainText("another certificate");
    await verify("Available");
  });

  await test.step("retired with a reason of its own, it has left the fleet", async () => {
    await act("Quarantine").click();
    await dialog.getByLabel("Reason").fill("Not meant");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await act("Retire").click();
    await expect(dialog.getByLabel("Reason")).toHaveValue("");
    await dialog.getByLabel(/^Type acts-1/).fill("acts-1");
    await dialog.getByRole("button", { name: "Retire", disabled: false }).click();
    await expect(dialog.getByText("Say why, in a few words.")).toBeVisible();
    await expectAccessible(page);
    await dialog.getByLabel("Reason").fill("Its fan cannot be had any more");
    await dialog.getByRole("button", { name: "Retire" }).click();
    await expect(page.getByText("Retired: why")).toBeVisible();
    await expect(page.getByText("Its fan cannot be had any more").first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Verify", disabled: true })).toBeVisible();
  });
});

/** Waits until the top of a node's page tells that it is so. */
async function expectLifecycle(page: Page, word: "Available" | "Failed"): Promise<void> {
  const top = page.locator("header").filter({ has: page.getByRole("heading", { level: 1 }) });
  await expect(top.getByText(word, { exact: true })).toBeVisible();
}
