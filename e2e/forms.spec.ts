import type { Locator, Page, Route } from "@playwright/test";
import { eq, sql } from "drizzle-orm";
import { inScope } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { totpFactors } from "#db/schema/second-factors";
import { sessions, users } from "#db/schema/users";
import { expectFirm, type Form } from "#e2e/fixtures/firm-form";
import { expect, type Role, test, unique } from "#e2e/fixtures/portal";

// Every form that one comes to in the seeded world, with nothing in it, with far too much, and with what was
// made to do harm. What only a journey leads to is held to the same there: forms.test.ts knows of all.

test.describe.configure({ mode: "parallel" });

/** Leads to the form; gives the part of the page that it is in. */
type Open = (page: Page) => Promise<Locator>;

const inDialog =
  (path: string, button: string | RegExp): Open =>
  async (page) => {
    await page.goto(path);
    return opened(page, button);
  };
const onPage =
  (path: string): Open =>
  async (page) => {
    await page.goto(path);
    return page.getByRole("main");
  };
/** A dialog of a page that a link of a list leads to. */
const behind =
  (path: string, link: string | RegExp, button: string | RegExp): Open =>
  async (page) => {
    await page.goto(path);
    await page.getByRole("main").getByRole("link", { name: link }).first().click();
    return opened(page, button);
  };
const ofNode = (button: string) =>
  behind("/fleet/nodes?lifecycle=available", /^cpu-/, new RegExp(`^${button}$`));

async function opened(page: Page, button: string | RegExp): Promise<Locator> {
  await page.getByRole("main").getByRole("button", { name: button }).first().click();
  return page.getByRole("dialog");
}

const rounds: { title: string; role: Role | null; forms: (Form & { open: Open })[] }[] = [
  {
    title: "of sites and racks",
    role: "operator",
    forms: [
      {
        name: "add a site",
        file: "components/sites/site-dialogs.tsx",
        open: inDialog("/fleet/racks", "Add a site"),
        submit: "Add site",
      },
      {
        name: "add a rack",
        file: "components/sites/site-dialogs.tsx",
        open: inDialog("/fleet/racks", /^Add a rack/),
        submit: "Add rack",
      },
      {
        name: "enter a network driver",
        file: "components/sites/network-driver-dialog.tsx",
        open: inDialog("/fleet/racks", "Network driver of Luleå"),
        submit: "Save",
      },
      {
        name: "enter a fabric manager",
        file: "components/sites/fabric-manager-dialog.tsx",
        open: behind("/fleet/racks", "Luleå", /^Fabric manager of/),
        submit: "Save",
      },
      {
        name: "enter a provisioning network",
        file: "components/sites/provisioning-dialog.tsx",
        open: behind("/fleet/racks", "Luleå", /^(Enter the network|Change)$/),
        submit: "Save",
      },
      {
        name: "add a fabric",
        file: "components/fabrics/create-fabric-dialog.tsx",
        open: inDialog("/fleet/fabrics", "Add a fabric"),
        submit: "Add fabric",
      },
      {
        name: "place ports",
        file: "components/fabrics/place-ports-form.tsx",
        open: async (page) => {
          await page.goto("/fleet/fabrics");
          await page.getByRole("link", { name: "compute" }).click();
          await page.getByRole("link", { name: "Place ports" }).click();
          return page.getByRole("main");
        },
        submit: "Check",
      },
      {
        name: "add a pool",
        file: "components/pools/create-pool-dialog.tsx",
        open: inDialog("/fleet/pools", "Add a pool"),
        submit: "Add pool",
      },
      {
        name: "reserve of a pool",
        file: "components/pools/pool-dialogs.tsx",
        open: behind("/fleet/pools", "tenant-vlans", /^Reserve$/),
        submit: "Reserve",
      },
      {
        name: "enlarge a pool",
        file: "components/pools/pool-dialogs.tsx",
        open: behind("/fleet/pools", "tenant-vlans", /^Enlarge/),
        submit: "Save",
      },
      {
        name: "retire a pool",
        file: "components/pools/pool-dialogs.tsx",
        open: behind("/fleet/pools", "tenant-vlans", /^Retire$/),
        submit: "Retire pool",
      },
    ],
  },
  {
    title: "of nodes",
    role: "operator",
    forms: [
      {
        name: "enrol a node",
        file: "components/nodes/enrol-node-form.tsx",
        open: onPage("/fleet/nodes/new"),
        submit: "Enrol",
      },
      {
        name: "enrol many nodes",
        file: "components/nodes/enrol-sheet-form.tsx",
        open: onPage("/fleet/nodes/import"),
        submit: "Check",
      },
      {
        name: "an address range",
        file: "components/nodes/address-range-dialog.tsx",
        open: inDialog("/fleet/nodes/import", "From an address range"),
        submit: "Add to the list",
      },
      {
        name: "change a controller's sign-in",
        file: "components/nodes/controller-panel.tsx",
        open: ofNode("Change sign-in"),
        submit: "Change sign-in",
      },
      {
        name: "set maintenance",
        file: "components/nodes/node-actions.tsx",
        open: ofNode("Set maintenance"),
        submit: "Set maintenance",
      },
      {
        name: "cordon a node",
        file: "components/nodes/node-actions.tsx",
        open: ofNode("Cordon"),
        submit: "Cordon",
      },
      {
        name: "sanitize a node",
        file: "components/nodes/node-actions.tsx",
        open: ofNode("Sanitize"),
        submit: "Sanitize",
      },
      {
        name: "quarantine a node",
        file: "components/nodes/node-actions.tsx",
        open: ofNode("Quarantine"),
        submit: "Quarantine",
      },
      {
        name: "retire a node",
        file: "components/nodes/node-actions.tsx",
        open: ofNode("Retire"),
        submit: "Retire",
      },
      {
        name: "accept a node as a variant",
        file: "components/nodes/variant-dialog.tsx",
        open: behind("/fleet/nodes?lifecycle=failed", /^gpu-r/, "Accept as a variant"),
        submit: "Accept",
      },
    ],
  },
  {
    title: "of the catalogue",
    role: "operator",
    forms: [
      {
        name: "add a node type",
        file: "components/node-types/node-type-form.tsx",
        open: onPage("/fleet/node-types/new"),
        submit: "Add node type",
      },
      {
        name: "register an image",
        file: "components/images/register-image-dialog.tsx",
        open: inDialog("/fleet/images", "Register an image"),
        submit: "Register",
      },
      {
        name: "add a profile",
        file: "components/profiles/create-profile-dialog.tsx",
        open: inDialog("/fleet/profiles", "Add a profile"),
        submit: "Add profile",
      },
      {
        name: "change what a profile costs",
        file: "components/profiles/change-terms-dialog.tsx",
        open: behind("/fleet/profiles", "8 × H100", /^Change( draft)?$/),
        submit: "Save draft",
      },
      {
        name: "add a template",
        file: "components/templates/template-form.tsx",
        open: onPage("/fleet/templates/new"),
        submit: "Create template",
      },
      {
        name: "register a provider",
        file: "components/providers/provider-dialogs.tsx",
        open: inDialog("/fleet/providers", "Register a provider"),
        submit: "Register",
      },
      {
        name: "add a context",
        file: "components/contexts/context-form.tsx",
        open: onPage("/fleet/contexts/new"),
        submit: "Create context",
      },
      {
        name: "add a secret to a context",
        file: "components/contexts/secrets-panel.tsx",
        open: async (page) => {
          await page.goto("/fleet/contexts/new");
          await page.getByLabel("Name", { exact: true }).fill(unique("firm"));
          await page.getByRole("button", { name: "Create context" }).click();
          return opened(page, "Add a secret");
        },
        submit: "Add secret",
      },
      {
        name: "remove a context",
        file: "components/contexts/remove-context-button.tsx",
        open: behind("/fleet/contexts", /^firm-/, /^Remove$/),
        submit: "Remove context",
      },
    ],
  },
  {
    title: "of tenants, people and what is told",
    role: "operator",
    forms: [
      {
        name: "add a tenant",
        file: "components/tenants/named-thing-dialog.tsx",
        open: inDialog("/fleet/tenants", "Add a tenant"),
        submit: "Add tenant",
      },
      {
        name: "add a project",
        file: "components/tenants/named-thing-dialog.tsx",
        open: inDialog("/fleet/tenants/aurora", "Add a project"),
        submit: "Add project",
      },
      {
        name: "set a tenant's limit",
        file: "components/tenants/tenant-quota.tsx",
        open: inDialog("/fleet/tenants/aurora", /limit/i),
        submit: "Set limit",
      },
      {
        name: "invite an operator",
        file: "components/operators/operator-invitations.tsx",
        open: inDialog("/fleet/operators", "Invite an operator"),
        submit: "Make the link",
      },
      {
        name: "add an identity provider",
        file: "components/identity/provider-dialog.tsx",
        open: inDialog("/fleet/identity", "Add a provider"),
        submit: "Add provider",
      },
      {
        name: "create a webhook",
        file: "components/webhooks/webhook-dialogs.tsx",
        open: inDialog("/fleet/webhooks", "Create a webhook"),
        submit: "Create webhook",
      },
      {
        name: "change a rule of health",
        file: "components/health/rule-dialog.tsx",
        open: inDialog("/fleet/health/rules?q=hot", /^Change /),
        submit: "Change",
        mayBeEmpty: true,
      },
      {
        name: "silence in advance",
        file: "components/health/silence-dialog.tsx",
        open: inDialog("/fleet/health", "Silence in advance"),
        submit: "Silence",
      },
    ],
  },
  {
    title: "of a tenant",
    role: "owner",
    forms: [
      {
        name: "add a member",
        file: "components/members/add-member-dialog.tsx",
        open: inDialog("/aurora/members", "Add a member"),
        submit: "Add member",
      },
      {
        name: "invite someone",
        file: "components/members/invite-member-dialog.tsx",
        open: inDialog("/aurora/members", "Invite someone"),
        submit: "Make the link",
      },
      {
        name: "split a quota",
        file: "components/quota/limit-dialog.tsx",
        open: inDialog("/aurora/quota", /^Change .*Model Serving/),
        submit: "Save",
      },
      {
        name: "add a key to a project",
        file: "components/keys/add-key.tsx",
        open: inDialog("/aurora/projects/foundation/keys", "Add a key"),
        submit: "Add key",
      },
      {
        name: "create a service account",
        file: "components/automation/service-accounts.tsx",
        open: inDialog("/aurora/projects/foundation/automation", "Create a service account"),
        submit: "Create account",
      },
      {
        name: "make a token",
        file: "components/automation/create-token-dialog.tsx",
        open: inDialog("/account", "Make a token"),
        submit: "Make token",
      },
      {
        name: "add an SSH key",
        file: "components/keys/add-key.tsx",
        open: inDialog("/account", "Add a key"),
        submit: "Add key",
      },
      {
        name: "change the password",
        file: "components/account/password-form.tsx",
        open: onPage("/account"),
        submit: "Change password",
      },
    ],
  },
  {
    title: "of a project",
    role: "member",
    forms: [
      {
        name: "launch an environment",
        file: "components/environments/launch-form.tsx",
        open: onPage("/aurora/projects/foundation/environments/new"),
        submit: "Launch",
      },
      {
        name: "change an environment's keys",
        file: "components/environments/change-keys.tsx",
        open: behind("/aurora/projects/foundation", "llama-pretrain", "Change keys"),
        submit: "Change keys",
        mayBeEmpty: true,
      },
      {
        name: "press an action",
        file: "components/environments/action-button.tsx",
        open: behind("/aurora/projects/foundation", "llama-pretrain", /^Ask for a maintenance/),
        submit: "Ask for a maintenance window",
      },
      {
        name: "release an environment",
        file: "components/environments/environment-actions.tsx",
        open: behind("/aurora/projects/foundation", "llama-pretrain", /^Release$/),
        submit: "Release",
      },
    ],
  },
];

for (const { title, role, forms } of rounds) {
  test(`the forms ${title}`, async ({ page, portal }) => {
    test.setTimeout(600_000);
    if (role) await portal.signInAs(page, role);
    for (const { open, ...form } of forms) {
      await test.step(form.name, async () => expectFirm(page, await open(page), form));
    }
  });
}

test("the forms of ways in", async ({ newBrowser, page, portal }) => {
  const { home, people } = await portal.ownTenant();
  const main = page.getByRole("main");
  const dialog = page.getByRole("dialog");
  const ids = await Promise.all(
    [people.owner, people.member].map(
      async (email) => (await findUserByEmail(portal.db, email))?.id,
    ),
  );
  const [owner, secured] = ids;
  if (!owner || !secured) throw new Error("the tenant has no people");

  await page.goto("/sign-in");
  const file = "components/account/sign-in-form.tsx";
  await expectFirm(page, main, { name: "sign in", file, submit: "Sign in" });

  await test.step("join by an invitation", async () => {
    await portal.signIn(page, people.owner);
    await page.goto(`${home}/members`);
    await page.getByRole("button", { name: "Invite someone" }).click();
    await dialog.getByLabel("Email address").fill(`new@${home.slice(1)}.example`);
    await dialog.getByRole("button", { name: "Make the link" }).click();
    const link = await dialog.getByRole("region", { name: "Invitation link" }).textContent();
    const theirs = await newBrowser();
    await theirs.goto(link?.trim() ?? "");
    await expectFirm(theirs, theirs.getByRole("main"), {
      name: "join",
      file: "components/account/join-form.tsx",
      submit: "Join",
    });
  });
  await test.step("set up an authenticator app", async () => {
    await page.goto("/account");
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    await expect(page.getByRole("img", { name: "QR code of the secret" })).toBeVisible();
    const form = page.locator("form").filter({ has: page.getByLabel("Code that the app shows") });
    await expectFirm(page, form, {
      name: "confirm an app",
      file: "components/account/totp-set-up.tsx",
      submit: "Confirm",
    });
  });
  await test.step("leave the tenant", async () => {
    await portal.signIn(page, people.colleague);
    await page.goto("/account");
    await page.getByRole("button", { name: /^Leave / }).click();
    await expectFirm(page, dialog, {
      name: "leave",
      file: "components/account/leave-tenant.tsx",
      submit: "Leave",
    });
  });
  await test.step("prove who is there", async () => {
    await portal.signIn(page, people.owner);
    await portal.db
      .update(sessions)
      .set({ provedAt: sql`now() - interval '6 minutes'` })
      .where(eq(sessions.userId, owner));
    await page.goto("/account");
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    await expectFirm(page, dialog, {
      name: "prove",
      file: "components/shell/proof-dialog.tsx",
      submit: "Confirm",
    });
  });
  await test.step("replace a one-time password", async () => {
    await portal.db
      .update(users)
      .set({ mustChangePassword: true })
      .where(eq(users.email, people.viewer));
    await portal.signIn(page, people.viewer);
    await page.goto("/new-password");
    await expectFirm(page, main, {
      name: "set the password",
      file: "components/account/password-form.tsx",
      submit: "Set my password",
    });
  });
  await test.step("enter a second factor", async () => {
    await inScope(portal.db, { tenant: "", user: secured, fleet: "" }, (tx) =>
      tx
        .insert(totpFactors)
        .values({ userId: secured, sealedSecret: "of no app", confirmedAt: sql`now()` }),
    );
    await page.context().clearCookies();
    await page.goto("/sign-in");
    await page.getByLabel("Email address").fill(people.member);
    await page.getByLabel("Password").fill(portal.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Second factor" })).toBeVisible();
    await expectFirm(page, main, {
      name: "second factor",
      file: "components/account/code-form.tsx",
      submit: "Sign in",
    });
  });
});

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
