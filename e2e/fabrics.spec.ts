import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";

// What an operator sees and says of a fabric: the leaves that nodes are on, ports placed from a list
// that is checked first, and what nodes that boot by PXE are answered.

test("an operator sees how nodes lie, places ports, and takes a DHCP configuration", async ({
  page,
  portal,
}) => {
  const tag = Math.random().toString(16).slice(2, 8).padEnd(6, "0");
  const known = portal.node("gpu-r01-n01").infinibandGuids[0] ?? "";
  await portal.signInAs(page, "operator");

  await test.step("the fabric of the rack: leaves, rails, and what is of no place", async () => {
    await page.goto("/fleet/fabrics");
    await page.getByRole("link", { name: "compute", exact: true }).first().click();
    const groups = page.getByRole("table", { name: "How nodes lie" });
    await expect(groups.getByRole("row").filter({ hasText: "leaf-1-1, leaf-1-2" })).toContainText(
      "8",
    );
    await page.getByRole("searchbox", { name: "Search ports" }).fill(known);
    const port = page.getByRole("table", { name: "Ports" }).getByRole("row").nth(1);
    await expect(port).toContainText("gpu-r01-n01");
    await expect(port).toContainText("leaf-1-1, port 1");
    await expect(port).toContainText("400 Gb/s");
  });

  await test.step("another fabric, from a list with something wrong", async () => {
    await page.goto("/fleet/fabrics");
    await page.getByRole("button", { name: "Add a fabric" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill(`storage-${tag}`);
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Add fabric" }).click();
    await page.getByRole("link", { name: `storage-${tag}` }).click();
    await page.getByRole("link", { name: "Place ports" }).click();
    const text = page.getByRole("textbox", { name: /^List, or output/ });
    await text.fill("hello");
    await page.getByRole("button", { name: "Check" }).click();
    await expect(text).toHaveAccessibleDescription(/as a list it lacks guid and leaf/);
    await text.fill(
      `guid,leaf,port,rail\nfeed000000${tag},spine-7,1,2\n${known},spine-7,2,2\nnone,spine-7,3,2`,
    );
    await page.getByRole("button", { name: "Check" }).click();
    await expect(page.getByText("This port is of the fabric compute already.")).toBeVisible();
    await expect(page.getByText("1 new, 2 with something wrong, 1 of no node")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Place 1 port" }).click();
    await page.getByRole("link", { name: "See the fabric" }).click();
    const row = page.getByRole("table", { name: "Ports" }).getByRole("row");
    await expect(row.filter({ hasText: `feed000000${tag}` })).toContainText("spine-7, port 1");
  });

  await test.step("nodes that tell the rack of their NVLink are made a domain", async () => {
    await page.goto("/fleet/fabrics");
    const told = page.getByText(/2\snodes say they share one NVLink domain \(rack 1821220000000\)/);
    await expect(told).toBeVisible();
    await page.getByRole("button", { name: "Make it a domain" }).click();
    const dialog = page.getByRole("dialog");
    const name = dialog.getByRole("textbox", { name: "Name" });
    await name.fill("compute");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Make it a domain" }).click();
    await expect(dialog).toContainText('A fabric named "compute" exists already.');
    await name.fill(`nvl-${tag}`);
    await dialog.getByRole("button", { name: "Make it a domain" }).click();
    await expect(told).toBeHidden();
    await page
      .getByRole("link", { name: `nvl-${tag}` })
      .first()
      .click();
    const trays = page.getByRole("table", { name: "NVLink" }).getByRole("row");
    await expect(trays.filter({ hasText: /rack 1821220000000, slot \d+, tray \d+/ })).toHaveCount(
      2,
    );
    await expect(page.getByText("its nodes,")).toBeVisible();
    // The title comes after the page, as everywhere.
    await expect(page).toHaveTitle(/Fabric/);
    await expectAccessible(page);
    // Without the domain the nodes go on telling it, and whoever runs this again finds it proposed.
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("button", { name: "Remove fabric" }).click();
    await expect(page.getByRole("heading", { name: `nvl-${tag}` })).toBeHidden();
    await page.goto("/fleet/fabrics");
    await expect(told).toBeVisible();
  });

  await test.step("the provisioning network of the site, and what dnsmasq is told", async () => {
    await page.goto("/fleet/racks");
    await page.getByRole("main").getByRole("link", { name: "Luleå" }).click();
    await page.getByRole("button", { name: /^(Enter the network|Change)$/ }).click();
    const dialog = page.getByRole("dialog");
    const network = dialog.getByRole("textbox", { name: "Network" });
    await network.fill("fd00::/64");
    await dialog.getByRole("textbox", { name: "First address" }).fill("10.77.0.50");
    await dialog.getByRole("textbox", { name: "Last address" }).fill("10.77.0.200");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(network).toHaveAccessibleDescription(/Enter an IPv4 network/);
    await expectAccessible(page);
    await network.fill("10.77.0.0/24");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    const config = page.getByRole("region", { name: "dnsmasq configuration" });
    await expect(config).toContainText("dhcp-range=10.77.0.50,10.77.0.200,255.255.255.0,60m");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    expect((await saved).suggestedFilename()).toBe("ingot-dnsmasq.conf");
    await expectAccessible(page);
  });

  await test.step("what dnsmasq hands out is told by a script, which is shown once", async () => {
    const leases = page.getByRole("region", { name: "DHCP leases", exact: true });
    await expect(leases).toContainText(/dnsmasq does not tell yet|Nothing was ever heard/);
    await leases.getByRole("button", { name: /^Make (the|another) script$/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Make the script" }).click();
    await expect(dialog).toContainText("it is not shown again");
    await expect(dialog).toContainText("install -o dnsmasq -m 500");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Done" }).click();
    await expect(leases).toContainText("Nothing was ever heard from dnsmasq");
    const config = page.getByRole("region", { name: "dnsmasq configuration" });
    await expect(config).toContainText("dhcp-script=/usr/local/sbin/ingot-leases");
  });

  await test.step("a machine that nobody awaits asks the boot server, and is seen to", async () => {
    const mac = `52:54:${tag.replaceAll(/(..)/g, "$1:")}01`;
    const config = await page.getByRole("region", { name: "dnsmasq configuration" }).textContent();
    const bootServer = /http:\/\/\S+?(?=\/pxe\/)/.exec(config ?? "")?.[0];
    const asked = `${bootServer}/pxe/${mac.replaceAll(":", "-")}/boot.ipxe`;
    const requests = page.getByRole("table", { name: "Asked and given nothing" });
    const row = requests.getByRole("row").filter({ hasText: mac });
    // Of which site it is is known while that is the only one with a network for this.
    await expect(async () => {
      for (let n = 0; n < 2; n++) expect((await fetch(asked)).status).toBe(404);
      await page.reload();
      await expect(row).toContainText(/127\.0\.0\.1.*\d\stimes/, { timeout: 5_000 });
    }).toPass({ timeout: 120_000, intervals: [1_000, 5_000, 10_000] });
    await expect(row).toContainText("Enrol the machine by its controller");
    await expectAccessible(page);
  });
});
