import type { Locator, Page, Route } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, type Role, test } from "#e2e/fixtures/portal";

// Every form, with nothing in it, with far too much, and with what was made to do harm: each time it
// says what is wrong where it is wrong, keeps what was entered, and stays fit to be read and used.

test.describe.configure({ mode: "parallel" });

type Form = {
  name: string;
  role: Role | null;
  /** Leads to the form; gives the part of the page that it is in. */
  open: (page: Page) => Promise<Locator>;
  submit: string;
};

const inDialog = (path: string, button: string | RegExp) => async (page: Page) => {
  await page.goto(path);
  await page.getByRole("main").getByRole("button", { name: button }).first().click();
  return page.getByRole("dialog");
};
const onPage = (path: string) => async (page: Page) => {
  await page.goto(path);
  return page.getByRole("main");
};
const ofNode = (button: string) => async (page: Page) => {
  await page.goto("/fleet/nodes?lifecycle=available");
  await page.getByRole("main").getByRole("link", { name: /^cpu-/ }).first().click();
  await page.getByRole("button", { name: button, exact: true }).click();
  return page.getByRole("dialog");
};

const forms: Form[] = [
  { name: "sign in", role: null, open: onPage("/sign-in"), submit: "Sign in" },
  {
    name: "add a site",
    role: "operator",
    open: inDialog("/fleet/racks", "Add a site"),
    submit: "Add site",
  },
  {
    name: "add a rack",
    role: "operator",
    open: inDialog("/fleet/racks", /^Add a rack/),
    submit: "Add rack",
  },
  {
    name: "enter a network driver",
    role: "operator",
    open: inDialog("/fleet/racks", /^Network driver of/),
    submit: "Save",
  },
  {
    name: "add a pool",
    role: "operator",
    open: inDialog("/fleet/pools", "Add a pool"),
    submit: "Add pool",
  },
  { name: "enrol a node", role: "operator", open: onPage("/fleet/nodes/new"), submit: "Enrol" },
  {
    name: "enrol many nodes",
    role: "operator",
    open: onPage("/fleet/nodes/import"),
    submit: "Check",
  },
  {
    name: "an address range",
    role: "operator",
    open: inDialog("/fleet/nodes/import", "From an address range"),
    submit: "Add to the list",
  },
  {
    name: "change a controller's sign-in",
    role: "operator",
    open: ofNode("Change sign-in"),
    submit: "Change sign-in",
  },
  {
    name: "add a node type",
    role: "operator",
    open: onPage("/fleet/node-types/new"),
    submit: "Add node type",
  },
  {
    name: "register an image",
    role: "operator",
    open: inDialog("/fleet/images", "Register an image"),
    submit: "Register",
  },
  {
    name: "add a profile",
    role: "operator",
    open: inDialog("/fleet/profiles", "Add a profile"),
    submit: "Add profile",
  },
  {
    name: "add a template",
    role: "operator",
    open: onPage("/fleet/templates/new"),
    submit: "Create template",
  },
  {
    name: "add a tenant",
    role: "operator",
    open: inDialog("/fleet/tenants", "Add a tenant"),
    submit: "Add tenant",
  },
  {
    name: "add a project",
    role: "operator",
    open: inDialog("/fleet/tenants/aurora", "Add a project"),
    submit: "Add project",
  },
  {
    name: "set a tenant's limit",
    role: "operator",
    open: inDialog("/fleet/tenants/aurora", /limit/i),
    submit: "Set limit",
  },
  {
    name: "invite an operator",
    role: "operator",
    open: inDialog("/fleet/operators", "Invite an operator"),
    submit: "Make the link",
  },
  {
    name: "add a member",
    role: "owner",
    open: inDialog("/aurora/members", "Add a member"),
    submit: "Add member",
  },
  {
    name: "split a quota",
    role: "owner",
    open: inDialog("/aurora/quota", /^Change .*Model Serving/),
    submit: "Save",
  },
  {
    name: "add an SSH key",
    role: "owner",
    open: inDialog("/account", "Add a key"),
    submit: "Add key",
  },
  {
    name: "change the password",
    role: "owner",
    open: onPage("/account"),
    submit: "Change password",
  },
  {
    name: "launch an environment",
    role: "member",
    open: onPage("/aurora/projects/foundation/environments/new"),
    submit: "Launch",
  },
];

// It ends with a character that reverses what follows: no name may hold it.
const harmful = `"><img src=x onerror="window.harmed=1">'; drop table nodes; --\u202e`;
const floods = { text: "x".repeat(3_000), number: "999999999" };

for (const { name, role, open, submit } of forms) {
  test(`to ${name}`, async ({ page, portal }) => {
    // Nothing is judged in the middle of a change.
    await page.emulateMedia({ reducedMotion: "reduce" });
    if (role) await portal.signInAs(page, role);
    const form = await open(page);
    const button = form.getByRole("button", { name: submit, exact: true });

    await test.step("with nothing in it", async () => {
      await fillAll(form, { text: "", number: "" });
      await press(button);
      await expectRefused(form, button);
    });
    await test.step("with far too much in it", async () => {
      await fillAll(form, floods);
      const entered = await valuesOf(form);
      await press(button);
      await expectRefused(form, button);
      expect(await valuesOf(form), "what was entered is still there").toEqual(entered);
      await expectFits(page);
    });
    await test.step("with harm in it", async () => {
      await fillAll(form, { text: harmful, number: "-1" });
      const entered = await valuesOf(form);
      await press(button);
      await expectRefused(form, button);
      expect(await valuesOf(form), "what was entered is still there").toEqual(entered);
      expect(await page.evaluate(() => "harmed" in window)).toBe(false);
      await expectFits(page);
      await expectAccessible(page);
    });
  });
}

test("a form whose answer does not come keeps what was entered, and is sent again", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  await portal.signIn(page, tenant.people.owner);
  await page.goto(`${tenant.home}/members`);
  await page.getByRole("button", { name: "Add a project" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Name", exact: true }).fill("Robotics");
  // Of what is sent nothing arrives; what the page still loads beside it is not meant.
  const isSent = (route: Route) =>
    route.request().method() === "POST" ? route.abort("internetdisconnected") : route.fallback();
  await page.route("**/*", isSent);
  await form.getByRole("button", { name: "Add project" }).click();
  await expect(form.getByRole("alert")).toContainText("Ingot did not answer");
  await page.unroute("**/*", isSent);
  await form.getByRole("button", { name: "Add project" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText("Robotics").first()).toBeVisible();
});

/** A button that says why it cannot be pressed takes a press all the same. */
async function press(button: Locator) {
  await button.click({ force: true });
  await expect(button).not.toHaveAttribute("aria-busy", "true");
}

const typable = (form: Locator) =>
  form.locator(
    "textarea:visible, input:visible:not([type=radio], [type=checkbox], [type=search], [type=file], [readonly])",
  );

/** Fills every field, past the lengths that the browser holds people to. */
async function fillAll(form: Locator, { text, number }: { text: string; number: string }) {
  await typable(form).evaluateAll((fields) => {
    for (const field of fields) field.removeAttribute("maxlength");
  });
  for (const box of await form.getByRole("checkbox", { name: /limit/i, checked: true }).all()) {
    await box.uncheck();
  }
  for (const field of await typable(form).all()) {
    const isNumber = (await field.getAttribute("type")) === "number";
    await field.fill(isNumber ? number : text);
  }
}

function valuesOf(form: Locator): Promise<string[]> {
  return typable(form).evaluateAll((fields) =>
    fields.map((field) => (field as HTMLInputElement).value),
  );
}

/** Something is said: at a field, beside the button, or as the reason why the button cannot be pressed. */
async function expectRefused(form: Locator, button: Locator) {
  const marked = form.locator("[aria-invalid=true]").first();
  const said = form.getByRole("alert").first();
  const stopped = form.locator("button[aria-disabled=true]:not([aria-busy])").and(button);
  await expect(marked.or(said).or(stopped).first()).toBeVisible();
  if (await marked.isVisible()) await expect(marked).toHaveAccessibleDescription(/\S/);
  if (await stopped.isVisible()) await expect(stopped).toHaveAccessibleDescription(/\S/);
}

async function expectFits(page: Page) {
  const tooWide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(tooWide, "the page scrolls sideways").toBeLessThanOrEqual(0);
}
