import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";
import { deliveredNodes } from "#e2e/fixtures/portal.setup";

// A rack is delivered: sixteen nodes from one list, and of each the operator can say where it is.

test("a rack of sixteen nodes is enrolled from a list, and each says why it is where it is", async ({
  page,
  portal,
}, info) => {
  test.setTimeout(600_000);
  // None that others launch on, who would take what is available.
  const { name: type } = await portal.ownNodeType();
  const nodes = deliveredNodes.map((name) => portal.node(name));
  const [short, silent, refusing] = deliveredNodes as [string, string, string];
  await portal.setFaults(short, ["wrong-gpu-count"]);
  await portal.setFaults(silent, ["bmc-hangs"]);

  await portal.signInAs(page, "operator");
  await page.goto("/fleet/racks");
  await page
    .getByRole("button", { name: /^Add a rack/ })
    .first()
    .click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("delivery");
  await page.getByRole("dialog").getByRole("button", { name: "Add rack" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.goto("/fleet/onboarding");
  await page.getByRole("link", { name: "Enrol many" }).click();
  const row = (node: (typeof nodes)[number], more: string[] = []) =>
    [node.name, node.controllerAddress, type, "delivery", ...more].join(",");
  const sheet = (passwordOf: (name: string) => string) =>
    [
      "name,controller,node_type,rack,unit,username,password,fingerprint",
      ...nodes.map((node, at) =>
        row(node, [
          String(1 + at * 2),
          node.username,
          passwordOf(node.name),
          // The last four come without papers.
          at < 12 ? node.certificate.fingerprint : "",
        ]),
      ),
    ].join("\n");
  const known = (name: string) => nodes.find((node) => node.name === name)?.password ?? "";
  const list = sheet((name) => (name === refusing ? "not it" : known(name)));

  // A list with something wrong: what is wrong stands beside its line, and nothing is written.
  await page.getByRole("textbox", { name: "List" }).fill(list.replace(`,${type},`, ",dgx-h1000,"));
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByText("15 can be enrolled, 1 with something wrong")).toBeVisible();
  await expect(page.getByText("There is no node type dgx-h1000.")).toBeVisible();
  await page.screenshot({ path: info.outputPath("checked.png"), fullPage: true });
  await expectAccessible(page);

  await page.getByRole("textbox", { name: "List" }).fill(list);
  await expect(page.getByRole("button", { name: "Enrol", exact: true })).toBeDisabled();
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("button", { name: "Enrol 16 nodes" }).click();
  await expect(page.getByText("16 enrolled").first()).toBeVisible();
  // Sent once more it changes nothing.
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByText("0 can be enrolled, 16 there already")).toBeVisible();

  await page.goto("/fleet/onboarding");
  await page.getByRole("combobox", { name: "Rack" }).selectOption({ label: "delivery" });
  const certificates = page.getByRole("region", { name: "Certificates to confirm, table" });
  await expect(certificates.getByRole("checkbox")).toHaveCount(4);
  for (const node of nodes.slice(12)) {
    await expect(certificates.getByText(node.certificate.fingerprint)).toBeVisible();
  }
  await page.getByRole("checkbox", { name: "All 4" }).check();
  await page.screenshot({ path: info.outputPath("certificates.png"), fullPage: true });
  await expectAccessible(page);
  await page.getByRole("button", { name: "Confirm 4 certificates" }).click();

  const stages = page.getByRole("list", { name: "Stages" });
  await expect(stages.getByText("Available 13")).toBeVisible();
  await expect(stages.getByText("Failed 2")).toBeVisible();
  const card = (name: string) =>
    page
      .getByRole("listitem")
      .filter({ has: page.getByRole("link", { name, exact: true }) })
      .last();
  await expect(card(short)).toContainText("8 × H100");
  await expect(card(refusing)).toContainText(/sign-in|password|refuse/i);
  await expect(card(silent)).toContainText(/Sign in to the controller.*Waiting.*next look/);
  // Before the worker gives it up.
  await portal.setFaults(silent, []);
  await page.screenshot({ path: info.outputPath("board.png"), fullPage: true });
  await expectAccessible(page);

  // What differs is accepted with a reason, and the node goes on.
  await card(short).getByRole("button", { name: "Accept as a variant" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Accept" }).click();
  await expect(dialog.getByRole("textbox", { name: "Reason" })).toHaveAccessibleDescription(
    /Say why/,
  );
  await dialog.getByRole("textbox", { name: "Reason" }).fill("One GPU is at the workshop");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Accept" }).click();
  await expect(stages.getByText("Available 15")).toBeVisible();
  await page.getByRole("link", { name: short, exact: true }).click();
  await expect(page.getByText("One GPU is at the workshop")).toBeVisible();
  await page.goto(`/fleet/audit?object=${short}&action=variant`);
  await expect(page.getByText("One GPU is at the workshop").first()).toBeVisible();
});

test("an address range writes the lines of a list", async ({ page, portal }) => {
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/nodes/import");
  await page.getByRole("button", { name: "From an address range" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "First controller address" }).fill("10.0.8");
  await dialog.getByRole("button", { name: "Add to the list" }).click();
  await expect(dialog.getByText("The first address is no IP address.")).toBeVisible();
  await dialog.getByRole("textbox", { name: "First controller address" }).fill("10.0.8.254");
  await dialog.getByRole("spinbutton", { name: "Number of nodes" }).fill("3");
  await dialog.getByRole("spinbutton", { name: "First unit" }).fill("1");
  await dialog.getByRole("spinbutton", { name: "Units each" }).fill("8");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add to the list" }).click();
  const list = page.getByRole("textbox", { name: "List" });
  await expect(list).toHaveValue(
    /gpu-r07-n01,10\.0\.8\.254,.*,1\n.*\n.*gpu-r07-n03,10\.0\.9\.0,.*,17/,
  );
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByText("Enter a user name, in the line or for all.").first()).toBeVisible();
});

test("a file that is no list is refused in words, and what was entered stays", async ({
  page,
  portal,
}) => {
  await portal.signInAs(page, "operator");
  await page.goto("/fleet/nodes/import");
  const list = page.getByRole("textbox", { name: "List" });
  await list.fill("name,controller");
  const choose = (name: string, buffer: Buffer) =>
    page
      .getByLabel("File with a list of nodes")
      .setInputFiles({ name, mimeType: "text/csv", buffer });
  await choose("latin.csv", Buffer.from("name,controller\nLule\xe5,10.0.0.1", "latin1"));
  await expect(list).toHaveAccessibleDescription(/latin\.csv is not UTF-8 text/);
  await choose("huge.csv", Buffer.alloc(4_100_000, "a"));
  await expect(list).toHaveAccessibleDescription(/no list of a few thousand nodes/);
  await expect(list).toHaveValue("name,controller");
  await choose("sheet.csv", Buffer.from("\ufeffname;controller\r\nä;b", "utf16le"));
  await expect(list).toHaveValue(/name;controller/);
  await page.getByRole("button", { name: "Check" }).click();
  await expect(list).toHaveAccessibleDescription(/It lacks node_type, rack/);
  await choose("long.csv", Buffer.from(`name,controller\n${"a,b,c,d\n".repeat(100_000)}`));
  await expect(list).toHaveAccessibleDescription(/100,002 lines; at most 5,000 are taken at once/);
  await expect(list).toHaveValue(/name;controller/);
});
