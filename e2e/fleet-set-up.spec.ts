import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { expectState, launchButton, pressLaunch } from "#e2e/fixtures/environment-page";
import { expect, type Portal, test, unique } from "#e2e/fixtures/portal";
import { newPublicKey } from "#e2e/world/tenants";

// All that an operator sets up by hand, from a site to the first launch of a tenant's first member.

test("an operator sets up a site, a catalogue and a tenant by hand, whose first member launches, and is changed and removed", async ({
  newBrowser,
  page,
  portal,
}) => {
  // One word for all that is made here; it sorts behind what others look for.
  const made = unique("zenith");
  const email = `nora@${made}.example`;
  await portal.signInAs(page, "operator");

  await test.step("a site, with a rack", async () => {
    await page.goto("/fleet/racks");
    const dialog = await opened(page, "Add a site");
    await dialog.getByLabel("Name").fill(made);
    await sent(dialog, "Add site");
    const rack = await opened(page, `Add a rack to ${made}`);
    await rack.getByLabel("Name").fill(made);
    await sent(rack, "Add rack");
    const racks = page.getByRole("table", { name: `Racks of ${made}` });
    await expect(racks.getByRole("row", { name: new RegExp(`^${made} 42 0 0`) })).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("a node type", async () => {
    await page.goto("/fleet/node-types");
    await page.getByRole("link", { name: "Add a node type" }).click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill(made);
    const gpu = page.getByRole("region", { name: "GPU", exact: true });
    await gpu.getByRole("textbox", { name: /^Model/ }).fill("H100");
    await page.getByRole("button", { name: "Add node type" }).click();
    await expect(page.getByRole("row").filter({ hasText: made })).toContainText("8 × H100");
    await expectAccessible(page);
  });

  await test.step("an image, whose files are checked", async () => {
    const files = await givenImageFiles(portal, made);
    await page.goto("/fleet/images");
    const dialog = await opened(page, "Register an image");
    await dialog.getByLabel("Name").fill(made);
    await dialog.getByLabel("Version").fill("1.0");
    for (const [part, { name, sha256 }] of Object.entries(files)) {
      await dialog.getByLabel(`${part} file`).fill(name);
      await dialog.getByLabel(`SHA-256 of the ${part}`).fill(sha256);
    }
    await expectAccessible(page);
    await sent(dialog, "Register");
    await expect(page.getByRole("row").filter({ hasText: made })).toContainText("Approved");
  });

  await test.step("a profile, as a draft and then offered", async () => {
    await page.goto("/fleet/profiles");
    const dialog = await opened(page, "Add a profile");
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(made);
    await dialog.getByLabel("Node type").selectOption(made);
    await expect(dialog.getByLabel("GPU model")).toHaveValue("H100");
    await dialog.getByLabel("Display name").fill(`Eight of ${made}`);
    await dialog.getByLabel("Default image").selectOption(`${made} 1.0`);
    await expectAccessible(page);
    await sent(dialog, "Add profile");
    const row = page.getByRole("row").filter({ hasText: made });
    await expect(row).toContainText("Draft");
    await row.getByRole("button", { name: `Change the state of ${made}` }).click();
    await page.getByRole("menuitem", { name: /^Activate/ }).click();
    await expect(row).toContainText("Active");
  });

  await test.step("a template, begun from a starter and published", async () => {
    await page.goto("/fleet/templates/new?from=notebook");
    const read = page.getByRole("region", { name: "What tenants read", exact: true });
    await read.getByLabel("Name", { exact: true }).fill(made);
    const groups = page.getByRole("region", { name: "Groups of nodes", exact: true });
    await groups.getByLabel("Profile", { exact: true }).selectOption(made);
    await page.getByRole("button", { name: "Create template" }).click();
    const version = page.getByRole("region", { name: "Version 1", exact: true });
    await version.getByRole("button", { name: "Publish" }).click();
    await expect(version).toContainText("what tenants launch now");
  });

  const members = page.getByRole("table", { name: "Members" });
  const nora = members.getByRole("row").filter({ hasText: email });
  let oneTime = "";

  await test.step("a tenant with a project, a limit and a member", async () => {
    await page.goto("/fleet/tenants");
    const tenant = await opened(page, "Add a tenant");
    await tenant.getByRole("textbox", { name: "Name", exact: true }).fill(made);
    await tenant.getByRole("button", { name: "Add tenant" }).click();
    await expect(page.getByRole("heading", { level: 1, name: made })).toBeVisible();
    await expectAccessible(page);
    const project = await opened(page, "Add a project");
    await project.getByRole("textbox", { name: "Name", exact: true }).fill("Research");
    await sent(project, "Add project");
    const limit = await opened(page, "Set a limit");
    await limit.getByLabel("Of what").selectOption("H100 GPUs");
    await limit.getByLabel("Limit").fill("8");
    await sent(limit, "Set limit");
    await expect(page.getByRole("region", { name: "Quota", exact: true })).toContainText(
      "H100 GPUs",
    );
    const member = await opened(page, "Add a member");
    await member.getByLabel("Email address").fill(email);
    await member.getByRole("textbox", { name: "Name", exact: true }).fill("Nora Falk");
    await member.getByRole("radio", { name: /^Member/ }).check();
    await member.getByRole("button", { name: "Add member" }).click();
    oneTime = await shownPassword(member);
    await expect(nora).toContainText("one-time password not used");
    const roles = await opened(page, "Roles of Nora Falk in projects");
    await roles.getByLabel("Research", { exact: true }).selectOption("member");
    await expect(roles.getByLabel("How long from now, in Research")).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await expect(nora).toContainText("Research member");
  });

  await test.step("profile and template, shared with the tenant", async () => {
    await page.goto("/fleet/sharing");
    await page.getByRole("searchbox", { name: "Search tenants" }).fill(made);
    await page.getByRole("searchbox", { name: "Search parts" }).fill(made);
    const boxes = page.getByRole("checkbox", {
      name: `Share ${made} with the whole of ${made}`,
    });
    // Of the profile and of the template, which have one name.
    await expect(boxes).toHaveCount(2);
    for (const box of await boxes.all()) {
      await box.check();
      await expect(box).toHaveAccessibleDescription("all");
    }
  });

  const theirs = await newBrowser();
  const checks = theirs.getByRole("list", { name: "Checks" });

  await test.step("the member signs in, sees the template, and reads why it cannot be launched yet", async () => {
    await signInWith(theirs, email, oneTime, "four quiet unrelated words");
    await theirs.goto(`/${made}/projects/research/catalogue`);
    await expect(theirs.getByRole("region", { name: made, exact: true })).toBeVisible();
    await theirs.goto(`/${made}/projects/research/environments/new`);
    await theirs.getByRole("textbox", { name: "Name", exact: true }).fill("first");
    await theirs.getByLabel("One more public key").fill(newPublicKey(email));
    await expect(checks).toContainText("Needs 1 node and 0 are free now.");
    await expect(theirs.getByRole("button", { name: "Launch", disabled: true })).toBeVisible();
    await expectAccessible(theirs);
  });

  await test.step("a node, for which the launch has waited", async () => {
    const node = portal.node("set-up-1");
    await page.goto("/fleet/nodes/new");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill(node.name);
    await page.getByLabel("Node type").selectOption(made);
    await page.getByRole("combobox", { name: "Rack" }).selectOption(`${made} / ${made}`);
    await page.getByLabel("Controller address").fill(node.controllerAddress);
    await page.getByLabel("User name").fill(node.username);
    await page.getByLabel("Password").fill(node.password);
    await page.getByLabel("Certificate fingerprint").fill(node.certificate.fingerprint);
    await page.getByRole("button", { name: "Enrol" }).click();
    await expect(page.getByText("Available", { exact: true }).first()).toBeVisible();
    // Asked anew as something is entered.
    await theirs.getByRole("textbox", { name: "Name", exact: true }).fill("first-run");
    await expect(checks).toContainText("Takes 1 of the 1 free now.");
    await expect(launchButton(theirs)).toBeVisible();
    await pressLaunch(theirs, "first-run");
    await expectState(theirs, "ready");
  });

  await test.step("the member gets another role, another password, and is removed", async () => {
    await page.goto(`/fleet/tenants/${made}`);
    await nora.getByRole("button", { name: "Role of Nora Falk: member" }).click();
    await page.getByRole("menuitemradio", { name: "viewer" }).click();
    await expect(nora).toContainText("Research viewer");
    await theirs.reload();
    await expect(
      theirs.getByRole("button", { name: "Release", disabled: true }),
    ).toHaveAccessibleDescription(/Your role in this project may look, but not act/);

    const reset = await opened(page, "Reset the password of Nora Falk");
    await expectAccessible(page);
    await reset.getByRole("button", { name: "Reset password" }).click();
    const another = await shownPassword(reset);
    await theirs.reload();
    await expect(theirs).toHaveURL(/\/sign-in/);
    await signInWith(theirs, email, another, "three loud related sentences");

    const remove = await opened(page, "Remove Nora Falk");
    await expectAccessible(page);
    await sent(remove, "Remove member");
    await expect(nora).toHaveCount(0);
    expect((await theirs.goto(`/${made}`))?.status()).toBe(404);
  });
});

/** Opens the dialog that a button is for. */
async function opened(page: Page, button: string): Promise<Locator> {
  await page.getByRole("button", { name: button, exact: true }).first().click();
  return page.getByRole("dialog");
}

/** Sends a dialog's form, which closes once all of it is taken. */
async function sent(dialog: Locator, button: string): Promise<void> {
  await dialog.getByRole("button", { name: button, exact: true }).click();
  await expect(dialog).toBeHidden();
}

/** The one-time password that a dialog shows, once and never again. */
async function shownPassword(dialog: Locator): Promise<string> {
  const shown = dialog.getByRole("region", { name: "command: One-time password" });
  const [password] = /[a-z0-9]{4}(-[a-z0-9]{4}){3}/.exec((await shown.textContent()) ?? "") ?? [];
  await sent(dialog, "Done");
  return password ?? "";
}

/** Signs in with a one-time password, and puts one of their own in its place. */
async function signInWith(page: Page, email: string, oneTime: string, own: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(oneTime);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByLabel("One-time password").fill(oneTime);
  await page.getByLabel("New password").fill(own);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Set my password" }).click();
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Set your password");
}

/** A kernel and an initrd in the image directory, as an operator copies them there. */
async function givenImageFiles({ imageDirectory }: Portal, stem: string) {
  const write = async (name: string) => {
    const content = Buffer.alloc(200_000, `${name}, of a simulation. `);
    await writeFile(path.join(imageDirectory, name), content);
    return { name, sha256: createHash("sha256").update(content).digest("hex") };
  };
  return { Kernel: await write(`${stem}-vmlinuz`), Initrd: await write(`${stem}-initrd.img`) };
}
