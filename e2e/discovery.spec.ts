import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";

test("a node's page tells what its controller offers, what it measures and what changed", async ({
  page,
  portal,
}) => {
  const node = portal.node("found-1");
  const type = await portal.ownNodeType();
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/nodes/new");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(node.name);
  await page.getByRole("combobox", { name: "Node type" }).selectOption({ label: type.name });
  await page.getByRole("combobox", { name: "Rack" }).selectOption({ index: 0 });
  await page.getByRole("textbox", { name: "Controller address" }).fill(node.controllerAddress);
  await page.getByRole("textbox", { name: "User name" }).fill(node.username);
  await page.getByLabel("Password").fill(node.password);
  await page
    .getByRole("textbox", { name: "Certificate fingerprint" })
    .fill(node.certificate.fingerprint);
  await page.getByRole("button", { name: "Enrol" }).click();
  await expect(page.getByText("Available", { exact: true }).first()).toBeVisible();

  // The simulated controller has no virtual drives, and says so.
  const offers = page.getByRole("region", { name: "What the controller offers" });
  await expect(offers.getByRole("row").filter({ hasText: "Virtual media" })).toContainText(
    "Missing",
  );
  await expect(offers).toContainText("Everything that is needed is there.");
  await offers
    .getByText(/^Offered/)
    .first()
    .click();
  await expect(
    offers.getByRole("row").filter({ hasText: "Power state of the host" }),
  ).toContainText("PowerState:");

  const sensors = page.getByRole("region", { name: "Sensors", exact: true });
  await sensors.getByText("Temperatures").first().click();
  await expect(sensors.getByRole("row").filter({ hasText: "Inlet" })).toContainText("23 °C");

  const inventory = page.getByRole("region", { name: "Inventory" });
  const gpu = inventory.getByRole("row").filter({ hasText: "SXM1" });
  await expect(gpu).toContainText("18 NVLink");
  await expect(gpu).toContainText("/redfish/v1/Systems/");
  await expect(inventory.getByRole("heading", { name: "GPUs" })).toContainText("8, read ");
  await inventory.getByText("Where it was read").click();
  await expect(inventory.getByRole("row").filter({ hasText: "Memory modules" })).toContainText(
    "/redfish/v1/Systems/",
  );
  await expectAccessible(page);

  await portal.setFaults(node.name, ["wrong-gpu-count"]);
  await page.getByRole("button", { name: "Verify" }).click();
  const changes = page.getByRole("region", { name: "Changes since earlier discoveries" });
  await expect(changes).toContainText("The GPU in SXM1 is gone");
  await portal.setFaults(node.name, []);
  await expect(page.getByRole("button", { name: "Verify" })).toBeEnabled();
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(changes).toContainText("A GPU was added in SXM1");
});
