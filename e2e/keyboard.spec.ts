import type { Page } from "@playwright/test";
import { expectState } from "#e2e/fixtures/environment-page";
import { expect, type OwnTenant, test, unique } from "#e2e/fixtures/portal";
import { registerProvider } from "#e2e/fixtures/provider-page";
import { startProvider } from "#e2e/fixtures/provider-process";

test("a launch needs no mouse", async ({ page, portal }) => {
  const nodeTypeId = await portal.ownNodes("keyboard-1");
  const tenant = await portal.ownTenant({ gpus: 8, nodeTypeId });
  await page.goto("/sign-in");
  // Where companies' providers are offered it does not begin in the form.
  if ((await page.locator(":focus").count()) === 0) await tabTo(page, "Email address");
  await page.keyboard.type(tenant.people.member);
  await page.keyboard.press("Tab");
  await page.keyboard.type(portal.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: tenant.name })).toBeVisible();

  // The first stop of every page leads past the rail.
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveText(/skip/i);
  await tabTo(page, "Research");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Research" })).toBeVisible();
  await tabTo(page, "Launch an environment");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Name" })).toBeVisible();
  await tabTo(page, "Name");
  await page.keyboard.type("by-hand");
  await tabTo(page, "Launch");
  await expect(page.locator(":focus")).not.toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "by-hand" })).toBeVisible();
  await expectState(page, "ready");
});

test("a template is written, published, shared and launched without a mouse", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  const volumes = await startProvider("volume-provider.mjs");
  try {
    const names = { template: unique("by-keys"), provider: unique("volumes") };
    await portal.signInAs(page, "operator");
    await registerProvider(page, names.provider, volumes);
    await test.step("write it", async () => {
      await page.goto("/fleet/templates/new");
      await tabTo(page, "Name");
      await page.keyboard.type(names.template);
      await choose(page, "Profile", tenant.profile);
      await writeInputs(page);
      await writeHooks(page, names.provider);
      await writeAction(page);
      await expect(page.getByText("It cannot be published like this")).toHaveCount(0);
      await tabTo(page, "Create template");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("heading", { level: 1, name: names.template })).toBeVisible();
    });
    const address = page.url();
    await test.step("dry-run it", async () => {
      await tabTo(page, "Dry run");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("list", { name: "Checks" })).toContainText("Enter Cost centre.");
      await tabTo(page, "Cost centre");
      await page.keyboard.type("4711");
      await tabTo(page, "Call the providers");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("table", { name: "Answers of the providers" })).toContainText(
        "The hook would be done.",
      );
    });
    const preview = (sees: "shown" | "not shown") =>
      previewAsProject(page, tenant, { template: names.template, sees });
    await test.step("preview it as the project, share it, publish it", async () => {
      await preview("not shown");
      await page.goto(address);
      await tabTo(page, `Share ${names.template}`);
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await expect(dialog).toBeVisible();
      await tabTo(page, tenant.project.name, tenant.name);
      await page.keyboard.press("Space");
      await tabTo(page, "Save");
      await page.keyboard.press("Enter");
      await expect(dialog).toBeHidden();
      // What is shared and not published yet is nobody's to see.
      await preview("not shown");
      await page.goto(address);
      await tabTo(page, "Publish");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("region", { name: "Version 1", exact: true })).toContainText(
        "what tenants launch now",
      );
      await preview("shown");
    });
    await test.step("launch it", async () => {
      const theirs = await newBrowser();
      await portal.signIn(theirs, tenant.people.member);
      await theirs.goto(`${tenant.project.home}/environments/new`);
      await expect(theirs.getByRole("radio", { name: names.template })).toBeVisible();
      await pickTemplate(theirs, names.template);
      await tabTo(theirs, "Cost centre");
      await theirs.keyboard.type("47");
      await expect(theirs.getByRole("list", { name: "Checks" })).toContainText(
        "does not have the form that is asked for",
      );
      await typeOver(theirs, "4711");
      await expect(theirs.getByLabel("Mount path")).toHaveCount(0);
      await choose(theirs, "Storage", "nfs, fast");
      await expect(theirs.getByLabel("Mount path")).toBeVisible();
      await tabTo(theirs, "Name");
      await theirs.keyboard.type("by-keys");
      await tabTo(theirs, "Launch");
      await expect(theirs.locator(":focus")).not.toHaveAttribute("aria-disabled", "true");
      await theirs.keyboard.press("Enter");
      await expect(theirs.getByRole("heading", { level: 1, name: "by-keys" })).toBeVisible();
      await expectState(theirs, "ready");
      await tabTo(theirs, "Note a change");
      await theirs.keyboard.press("Enter");
      const actions = theirs.getByRole("region", { name: "Actions", exact: true });
      await expect(actions.getByRole("row").filter({ hasText: "Succeeded" })).toHaveCount(1);
    });
  } finally {
    await volumes.stop();
  }
});

/**
 * Three inputs, each with a rule of its own, one of them moved and a fourth taken out again; the focus goes
 * with what is done.
 */
async function writeInputs(page: Page): Promise<void> {
  const focused = page.locator(":focus");
  const openRules = async (name: string) => {
    await tabTo(page, `Rules of ${name}`);
    await page.keyboard.press("Enter");
  };
  const add = async (label: string, name: string) => {
    await tabTo(page, "Add an input");
    await page.keyboard.press("Enter");
    await expect(focused).toHaveAccessibleName("Label");
    await page.keyboard.type(label);
    await tabTo(page, "Name");
    await typeOver(page, name);
  };
  await add("Cost centre", "cost_centre");
  await tabTo(page, "Required");
  await page.keyboard.press("Space");
  await openRules("cost_centre");
  await tabTo(page, "Pattern");
  await page.keyboard.type("[0-9]{4}");
  await add("Storage", "storage");
  await choose(page, "Type", "One of several");
  await tabTo(page, "Choices");
  await page.keyboard.type("none");
  await page.keyboard.press("Enter");
  await page.keyboard.type("nfs, fast");
  await page.keyboard.press("Enter");
  await page.keyboard.type("tape");
  await openRules("storage");
  await choose(page, "Who may change it", "To one of some values");
  await tabTo(page, "Values to choose from");
  await page.keyboard.type("none");
  await page.keyboard.press("Enter");
  await page.keyboard.type("nfs, fast");
  await add("Mount path", "mount_path");
  await tabTo(page, "Move input mount_path up");
  await page.keyboard.press("Enter");
  await expect(focused).toHaveAccessibleName("Move input mount_path up");
  const inputs = page.getByRole("region", { name: "Inputs", exact: true }).getByRole("listitem");
  await expect(inputs.nth(1).getByLabel("Label")).toHaveValue("Mount path");
  await openRules("mount_path");
  await choose(page, "Shown when", "storage");
  await tabTo(page, "Value");
  await page.keyboard.type("nfs, fast");
  await add("Mistake", "mistake");
  await tabTo(page, "Remove input mistake");
  await page.keyboard.press("Enter");
  await expect(inputs).toHaveCount(3);
  await expect(focused).toHaveValue("Storage");
  // The tenant's form beside it does what each rule says. A choice keeps its comma.
  const preview = page.getByRole("region", { name: "As a tenant sees it" });
  await tabTo(page, "Cost centre");
  await page.keyboard.type("47");
  await expect(preview.getByText("Cost centre does not have the form")).toBeVisible();
  await expect(preview.getByRole("option", { name: "tape" })).toHaveCount(0);
  await expect(preview.getByLabel("Mount path")).toHaveCount(0);
  await choose(page, "Storage", "nfs, fast");
  await expect(preview.getByLabel("Mount path")).toBeVisible();
}

/** A script on the nodes, a provider that is asked, and what stands behind an action. */
async function writeHooks(page: Page, provider: string): Promise<void> {
  const add = async (name: string) => {
    await tabTo(page, "Add a hook");
    await page.keyboard.press("Enter");
    await expect(page.locator(":focus")).toHaveAccessibleName("Hook");
    await typeOver(page, name);
  };
  await add("prepare");
  await choose(page, "Kind", "Script");
  await tabTo(page, "Script");
  await typeOver(page, "#!/bin/sh");
  await page.keyboard.press("Enter");
  await page.keyboard.type("echo prepared");
  await page.keyboard.press("Enter");
  await add("volume");
  await choose(page, "Provider", provider);
  await add("pause");
  await choose(page, "Kind", "Wait");
  await choose(page, "When", "When an action that names it is pressed");
  await tabTo(page, "How long");
  await typeOver(page, "1s");
}

/** A button on the environments of the template, and the hook that it runs. */
async function writeAction(page: Page): Promise<void> {
  await tabTo(page, "Add an action");
  await page.keyboard.press("Enter");
  await expect(page.locator(":focus")).toHaveAccessibleName("On its button");
  await page.keyboard.type("Note a change");
  await tabTo(page, "Action");
  await typeOver(page, "note-change");
  await tabTo(page, "Runs these hooks");
  await page.keyboard.type("pause");
}

/** Opens the catalogue as a project of the tenant sees it, from where it is shared. */
async function previewAsProject(
  page: Page,
  tenant: OwnTenant,
  { template, sees }: { template: string; sees: "shown" | "not shown" },
): Promise<void> {
  await page.goto(`/fleet/sharing?tenant=${tenant.slug}`);
  await tabTo(page, tenant.project.name);
  await page.keyboard.press("Enter");
  await expect(
    page.getByRole("heading", { level: 1, name: `As ${tenant.project.name} sees it` }),
  ).toBeVisible();
  const card = (name: string) => page.getByRole("region", { name, exact: true });
  await expect(card(tenant.template)).toBeVisible();
  await expect(card(template)).toHaveCount(sees === "shown" ? 1 : 0);
}

/** Goes to the templates and with the arrow keys to the one that is called so. */
async function pickTemplate(page: Page, name: string): Promise<void> {
  const isThere = (template: string) =>
    page.evaluate((wanted) => {
      const element = document.activeElement;
      if (!(element instanceof HTMLInputElement) || element.type !== "radio") return "elsewhere";
      return element.labels?.[0]?.textContent?.trim().startsWith(wanted) ? "there" : "another";
    }, template);
  for (let stops = 0; stops < mostStops; stops++) {
    const now = await isThere(name);
    if (now === "there") return;
    await page.keyboard.press(now === "another" ? "ArrowDown" : "Tab");
  }
  throw new Error(`No key came to the template ${name}`);
}

/** Goes to a choice and with the arrow keys to the option that begins so. */
async function choose(page: Page, label: string, option: string): Promise<void> {
  await tabTo(page, label);
  await page.keyboard.press("Home");
  for (let stops = 0; stops < mostStops; stops++) {
    const chosen = await page.evaluate(() => {
      const element = document.activeElement;
      return element instanceof HTMLSelectElement ? element.selectedOptions[0]?.text : undefined;
    });
    if (chosen?.startsWith(option)) return;
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`No arrow key came to ${option}`);
}

async function typeOver(page: Page, text: string): Promise<void> {
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

/** More than any page has: beyond it a name is not there. */
const mostStops = 400;

/** Presses Tab until what has the focus is called that, in the group that is called so if one is named. */
async function tabTo(page: Page, name: string, group?: string): Promise<void> {
  for (let stops = 0; stops < mostStops; stops++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const labels =
        element instanceof HTMLInputElement ||
        element instanceof HTMLSelectElement ||
        element instanceof HTMLTextAreaElement
          ? element.labels
          : undefined;
      const own = element?.getAttribute("aria-label") ?? element?.textContent ?? "";
      return {
        name: (labels?.[0]?.textContent ?? own).trim(),
        group: element?.closest("fieldset")?.querySelector("legend")?.textContent?.trim(),
      };
    });
    if (group !== undefined && focused.group !== group) continue;
    if (focused.name === name || focused.name === `${name} optional`) return;
  }
  throw new Error(`Tab never came to ${name}`);
}
