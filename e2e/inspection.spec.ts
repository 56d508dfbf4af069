import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";

test("an operator has a free node inspected, and reads where its host differs from its controller", async ({
  page,
  portal,
}) => {
  const node = portal.node("inspect-1");
  const type = await portal.ownNodeType();
  await portal.setFaults(node.name, ["drive-differs"]);
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/nodes/new");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(node.name);
  await page.getByRole("combobox", { name: "Node type" }).selectOption({ label: type.name });
  await page.getByRole("combobox", { name: "Rack" }).selectOption({ index: 0 });
  await page.getByRole("textbox", { name: "Controller address" }).fill(node.controllerAddress);
  await page.getByRole("textbox", { name: "User name" }).fill(node.username);
  await page.getByLabel("Password").fill(node.password);
  const { fingerprint } = node.certificate;
  await page.getByRole("textbox", { name: "Certificate fingerprint" }).fill(fingerprint);
  await page.getByRole("button", { name: "Enrol" }).click();
  await expect(page.getByText("Available", { exact: true }).first()).toBeVisible();
  await expect(page.getByText("Not inspected from within yet")).toBeVisible();

  await page.getByRole("button", { name: "Inspect" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Inspect and burn in").click();
  await dialog.getByRole("spinbutton", { name: "Each test, seconds" }).fill("2");
  await dialog.getByRole("button", { name: "Inspect" }).click();
  await expect(dialog.getByText("At least 3.")).toBeVisible();
  await dialog.getByRole("spinbutton", { name: "Each test, seconds" }).fill("3");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Inspect" }).click();
  await expect(dialog).toBeHidden();

  await expect(page.getByText("Accepted, with findings")).toBeVisible();
  await expect(page.getByRole("list", { name: "Conflicts" })).toContainText(
    /Drives not seen by the host: .*; not listed by the controller: nvme0n1 \(S-ANOTHER\)/,
  );
  const tests = page.getByRole("table", { name: /^Burn-in/ });
  await expect(tests.getByRole("row", { name: /Memory.*Passed/ })).toBeVisible();
  await expect(tests.getByRole("row", { name: /GPU.*Passed/ })).toBeVisible();
  const facts = page.getByRole("table", { name: /^Controller and host/ });
  await expect(facts.getByRole("row", { name: /^Drives/ })).toContainText("Conflict");
  await expect(facts.getByRole("row", { name: /^Serial number/ })).toContainText("no conflict");
  await expect(page.getByText("Log of the node itself")).toBeVisible();
});
