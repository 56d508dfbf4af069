import type { Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { lookAt } from "#e2e/fixtures/look";
import { expect, test } from "#e2e/fixtures/portal";
import type { NodeIdentity } from "#e2e/simulator/node";

test("a node is enrolled by its controller once its fingerprint is confirmed", async ({
  page,
  portal,
}) => {
  const node = portal.node("enrol-fine");
  const { name: type } = await portal.ownNodeType();
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/nodes");
  await page.getByRole("link", { name: "Enrol a node" }).first().click();
  await enterNode(page, node, type);
  await expect(page.getByText("Confirm the certificate").first()).toBeVisible();
  await expect(page.getByText(node.certificate.fingerprint, { exact: true }).first()).toBeVisible();
  // Before that, nothing was sent to the controller that only its own may know.
  expect((await portal.report(node.name)).requests.openSessions).toBe(0);
  await lookAt(page, "certificate-to-confirm", { door: "/fleet/nodes/[nodeId]" });
  await page.getByRole("button", { name: "It is the same" }).click();
  await expect(page.getByText("Available", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("table", { name: "GPUs" }).getByRole("row")).toHaveCount(9);
});

test("a node that lost a GPU says which field differs", async ({ page, portal }) => {
  const node = portal.node("enrol-short");
  const { name: type } = await portal.ownNodeType();
  await portal.setFaults(node.name, ["wrong-gpu-count"]);
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/nodes/new");
  await enterNode(page, node, type, node.certificate.fingerprint);
  await expect(page.getByText("GPUs: expected 8 × H100, found 7").first()).toBeVisible();
  await portal.setFaults(node.name, []);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("Available", { exact: true }).first()).toBeVisible();
});

test("an address that is no controller's is refused at the field", async ({ page, portal }) => {
  const { name: type } = await portal.ownNodeType();
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/nodes/new");
  const node = {
    ...portal.node("enrol-fine"),
    name: "Not A Name",
    controllerAddress: "10.0.0.1/../x",
  };
  await enterNode(page, node, type);
  await expect(
    page.getByRole("textbox", { name: "Name", exact: true }),
  ).toHaveAccessibleDescription(/Use lower-case letters/);
  await expect(
    page.getByRole("textbox", { name: "Controller address" }),
  ).toHaveAccessibleDescription(/Enter a host name or an IP address/);
  await expect(page.getByRole("textbox", { name: "User name" })).toHaveValue(node.username);
});

test("whoever chooses IPMI is told what that means, and is asked for no fingerprint", async ({
  page,
  portal,
}) => {
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/nodes/new");
  const warning = page.getByText("An IPMI controller is trusted blindly");
  await expect(warning).toBeHidden();
  await page.getByRole("combobox", { name: "Controller speaks" }).selectOption("IPMI");
  await expect(warning).toBeVisible();
  await expect(page.getByText(/does not prove who it is/)).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Certificate fingerprint" })).toHaveCount(0);
  await expectAccessible(page);
});

/** `type` is none that others launch on, who would take the node as soon as it is available. */
async function enterNode(
  page: Page,
  node: NodeIdentity,
  type: string,
  fingerprint = "",
): Promise<void> {
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(node.name);
  await page.getByRole("combobox", { name: "Node type" }).selectOption({ label: type });
  await page.getByRole("combobox", { name: "Rack" }).selectOption({ index: 0 });
  await page.getByRole("textbox", { name: "Controller address" }).fill(node.controllerAddress);
  await page.getByRole("textbox", { name: "User name" }).fill(node.username);
  await page.getByLabel("Password").fill(node.password);
  await page.getByRole("textbox", { name: "Certificate fingerprint" }).fill(fingerprint);
  await page.getByRole("button", { name: "Enrol" }).click();
}
