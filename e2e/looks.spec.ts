import { globSync, readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { eq, sql } from "drizzle-orm";
import { inScope } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { totpFactors } from "#db/schema/second-factors";
import { sessions, users } from "#db/schema/users";
import { builtPages, pageAt } from "#e2e/fixtures/doors";
import {
  choose,
  confirm,
  expectState,
  fillLaunch,
  pressLaunch,
  timeline,
} from "#e2e/fixtures/environment-page";
import { lookAt, widths } from "#e2e/fixtures/look";
import { expect, type Role, test, unique } from "#e2e/fixtures/portal";

// Every page, wide and narrow, dark and light: it is accessible and it fits the screen. What only a journey
// leads to is looked at there.

test.describe.configure({ mode: "parallel" });

type Look = { name: string } & (
  | { open: string; door?: never }
  /** How one gets there from the look before, and the pattern of the address there. */
  | { open: (page: Page) => Promise<unknown>; door: string }
);

/** Follows a link of the page before, and waits until one is there. */
const link = (name: string | RegExp) => async (page: Page) => {
  const from = page.url();
  await page.getByRole("main").getByRole("link", { name }).first().click();
  await page.waitForURL((url) => url.href !== from);
};

const rounds: { title: string; role: Role | null; looks: Look[] }[] = [
  {
    title: "of the fleet",
    role: "operator",
    looks: [
      { name: "board", open: "/fleet" },
      { name: "nodes", open: "/fleet/nodes" },
      { name: "node", door: "/fleet/nodes/[nodeId]", open: link(/^gpu-r01-n01/) },
      {
        name: "node-failed",
        door: "/fleet/nodes/[nodeId]",
        async open(page) {
          await page.goto("/fleet/nodes?lifecycle=failed");
          await link(/^gpu-r/)(page);
        },
      },
      {
        name: "node-inspected",
        door: "/fleet/nodes/[nodeId]",
        async open(page) {
          await page.goto("/fleet/nodes?q=cpu-");
          await link(/^cpu-/)(page);
          await expect(page.getByText("What the host says")).toBeVisible();
        },
      },
      { name: "node-enrol", open: "/fleet/nodes/new" },
      { name: "onboarding", open: "/fleet/onboarding" },
      { name: "node-import", open: "/fleet/nodes/import" },
      { name: "operations", open: "/fleet/operations" },
    ],
  },
  {
    title: "of the fleet's telemetry",
    role: "operator",
    looks: [
      { name: "health", open: "/fleet/health" },
      {
        name: "gpus",
        door: "/fleet/gpus",
        async open(page) {
          await page.goto("/fleet/gpus?metric=temperature");
          await page.getByRole("application", { name: /Temperature of/ }).focus();
        },
      },
      { name: "use-of-operators", open: "/fleet/use" },
    ],
  },
  {
    title: "of the fleet's sites",
    role: "operator",
    looks: [
      { name: "racks", open: "/fleet/racks" },
      { name: "rack", door: "/fleet/racks/[rackId]", open: link("A01") },
      {
        name: "site-network-driver",
        door: "/fleet/racks",
        async open(page) {
          await page.goto("/fleet/racks");
          await page.getByRole("button", { name: "Network driver of Luleå" }).click();
          await expect(page.getByRole("dialog")).toBeVisible();
        },
      },
      {
        name: "site",
        door: "/fleet/sites/[siteId]",
        async open(page) {
          await page.goto("/fleet/racks");
          await link("Luleå")(page);
        },
      },
      { name: "fabrics", open: "/fleet/fabrics" },
      { name: "fabric", door: "/fleet/fabrics/[fabricId]", open: link("compute") },
      {
        name: "fabric-places",
        door: "/fleet/fabrics/[fabricId]/places",
        open: link("Place ports"),
      },
      { name: "pools", open: "/fleet/pools" },
      { name: "pool", door: "/fleet/pools/[poolId]", open: link("tenant-vlans") },
    ],
  },
  {
    title: "of the fleet's catalogue",
    role: "operator",
    looks: [
      { name: "node-types", open: "/fleet/node-types" },
      { name: "node-type", door: "/fleet/node-types/[nodeTypeId]", open: link(/dgx-h100/) },
      { name: "node-type-new", open: "/fleet/node-types/new" },
      { name: "images", open: "/fleet/images" },
      { name: "profiles", open: "/fleet/profiles" },
      { name: "profile", door: "/fleet/profiles/[profileId]", open: draftProfile },
      { name: "sharing", open: "/fleet/sharing" },
      { name: "sharing-of-a-tenant", door: "/fleet/sharing", open: link("Aurora") },
      { name: "sharing-preview", door: "/fleet/sharing/[projectId]", open: link("Foundation") },
      { name: "templates", open: "/fleet/templates" },
      {
        name: "template",
        door: "/fleet/templates/[templateId]",
        open: link(/distributed-training/),
      },
      {
        name: "template-version-new",
        door: "/fleet/templates/[templateId]/versions/new",
        open: link("New version"),
      },
      {
        name: "dry-run",
        door: "/fleet/templates/[templateId]/versions/[versionId]/dry-run",
        open: dryRun,
      },
      { name: "template-new", open: "/fleet/templates/new?from=distributed-training" },
      { name: "template-logic", door: "/fleet/templates/new", open: designLogic },
      { name: "providers", open: "/fleet/providers" },
      { name: "contexts", open: "/fleet/contexts" },
      { name: "context", door: "/fleet/contexts/[contextId]", open: givenContext },
      { name: "context-new", open: "/fleet/contexts/new" },
      { name: "approvals-and-hooks", open: "/fleet/hooks" },
      { name: "guide-of-operators", open: "/docs/templates" },
      { name: "guide-of-a-provider", door: "/docs/[guide]", open: link("ten minutes") },
    ],
  },
  {
    title: "of the fleet's people",
    role: "operator",
    looks: [
      { name: "tenants", open: "/fleet/tenants" },
      { name: "tenant-of-operators", open: "/fleet/tenants/aurora" },
      { name: "people", open: "/fleet/people" },
      { name: "person", door: "/fleet/people/[userId]", open: link("Ada Okafor") },
      { name: "operators", open: "/fleet/operators" },
      { name: "identity", open: "/fleet/identity" },
      { name: "set-up-factor", door: "/set-up-factor", open: openFactorSetUp },
      { name: "webhooks-of-operators", open: "/fleet/webhooks" },
      { name: "webhook-of-operators", door: "/fleet/webhooks/[webhookId]", open: givenWebhook },
      { name: "audit-of-operators", open: "/fleet/audit" },
      { name: "not-found", open: "/fleet/nowhere" },
    ],
  },
  {
    title: "of a tenant",
    role: "owner",
    looks: [
      { name: "tenant", open: "/aurora" },
      { name: "members", open: "/aurora/members" },
      { name: "approvals", open: "/aurora/approvals" },
      { name: "quota", open: "/aurora/quota" },
      { name: "use", open: "/aurora/use?by=environment" },
      { name: "webhooks", open: "/aurora/webhooks" },
      { name: "webhook-create", door: "/[tenant]/webhooks", open: openWebhookDialog },
      { name: "notifications", open: "/account/notifications" },
      { name: "audit", open: "/aurora/audit" },
      { name: "account", open: "/account" },
      { name: "project-keys", open: "/aurora/projects/foundation/keys" },
      { name: "automation", open: "/aurora/projects/foundation/automation" },
      { name: "api-reference", door: "/docs/api", open: openApiReference },
      { name: "guides", open: "/docs" },
      { name: "guide", door: "/docs/[guide]", open: link("Launch your first environment") },
      { name: "account-access", open: "/account/access" },
    ],
  },
  {
    title: "of a project",
    role: "member",
    looks: [
      { name: "project", open: "/aurora/projects/foundation" },
      { name: "catalogue", open: "/aurora/projects/foundation/catalogue" },
      { name: "launch", open: "/aurora/projects/foundation/environments/new" },
      {
        name: "environment-failed",
        door: "/[tenant]/projects/[project]/environments/[id]",
        open: environment("scratch", "failed"),
      },
      {
        name: "environment",
        door: "/[tenant]/projects/[project]/environments/[id]",
        open: environment("llama-pretrain", "ready"),
      },
      {
        name: "environment-release",
        door: "/[tenant]/projects/[project]/environments/[id]",
        open: openRelease,
      },
      {
        name: "environment-action",
        door: "/[tenant]/projects/[project]/environments/[id]",
        open: openAction,
      },
      {
        name: "environment-hosts",
        door: "/[tenant]/projects/[project]/environments/[id]",
        open: hostsOf("tokenize"),
      },
    ],
  },
  {
    title: "for those who may not",
    role: "viewer",
    looks: [{ name: "forbidden", open: "/aurora/projects/foundation/environments/new" }],
  },
  {
    title: "for nobody",
    role: null,
    looks: [
      { name: "sign-in", open: "/sign-in" },
      { name: "invitation-closed", open: "/invitation?token=none" },
      { name: "proved", open: "/proved" },
      { name: "not-proved", open: "/proved?refused=denied" },
    ],
  },
];

/** A context with all that one has: the world begins with none. */
async function givenContext(page: Page) {
  await page.goto("/fleet/contexts/new");
  await page.getByLabel("Name", { exact: true }).fill(unique("registry"));
  await page.getByRole("button", { name: "Add a variable" }).click();
  const variables = page.getByRole("group", { name: "Variables" });
  await variables.getByLabel("Name").fill("REGISTRY_URL");
  await variables.getByLabel("Value").fill("https://registry.example.com");
  await page.getByRole("button", { name: "Add a file" }).click();
  await page.getByLabel("Path").fill("/etc/apt/apt.conf.d/90proxy");
  await page.getByLabel("Content").fill('Acquire::http::Proxy "http://proxy.example.com:3128";\n');
  await page.getByRole("button", { name: "Create context" }).click();
  await page.getByRole("button", { name: "Add a secret" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("REGISTRY_TOKEN");
  await dialog.getByLabel("Value").fill("a token of this test");
  await dialog.getByRole("button", { name: "Add secret" }).click();
  await expect(page.getByRole("button", { name: "Rotate REGISTRY_TOKEN" })).toBeVisible();
}

/** One that is told of nothing: it waits from the beginning. */
async function givenWebhook(page: Page) {
  await page.goto("/fleet/webhooks");
  await page.getByRole("button", { name: "Create a webhook" }).click();
  const dialog = page.getByRole("dialog");
  const name = unique("Pager");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("textbox", { name: "Address" }).fill("https://127.0.0.1:9/ingot");
  await dialog.getByRole("button", { name: "Create webhook" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await link(name)(page);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
}

async function openWebhookDialog(page: Page) {
  await page.goto("/aurora/webhooks");
  await page.getByRole("button", { name: "Create a webhook" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
}

for (const { title, role, looks } of rounds) {
  test(`the pages ${title}`, async ({ page, portal }) => {
    test.setTimeout(1_200_000);
    if (role) await portal.signInAs(page, role);
    for (const { name, open, door } of looks) {
      await test.step(name, async () => {
        await page.setViewportSize(widths.wide);
        if (typeof open === "string") await page.goto(open);
        else await open(page);
        await expect(page.getByRole("heading").first()).toBeVisible();
        await lookAt(page, name, { door: door ?? pageAt(open) });
      });
    }
  });
}

test("no page of the build is left out", () => {
  const journeys = globSync("e2e/*.spec.ts").map((file) => readFileSync(file, "utf8"));
  const looked = new Set([
    ...rounds.flatMap(({ looks }) => looks.map(({ open, door }) => door ?? pageAt(open))),
    // Held to it as it is looked at.
    ...journeys.flatMap((text) => [...text.matchAll(/\bdoor: "([^"]+)"/g)].map(([, door]) => door)),
    // It leads on to where one's own pages begin, and shows nothing.
    "/",
  ]);
  expect(builtPages().filter((page) => !looked.has(page))).toEqual([]);
});

test("the ways around: search on a wide screen, the rail on a narrow one", async ({
  page,
  portal,
}) => {
  await portal.signInAs(page, "operator");
  await page.setViewportSize(widths.wide);
  await page.goto("/fleet");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("gpu-r01");
  await expect(page.getByRole("option", { name: /gpu-r01-n01/ })).toBeVisible();
  await lookAt(page, "search", { at: ["wide"] });
  await page.keyboard.press("Escape");
  await page.setViewportSize(widths.narrow);
  await page.getByRole("button", { name: /navigation|menu/i }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await lookAt(page, "rail", { at: ["narrow"] });
});

test("an environment's life by a narrow screen in the dark, from its launch to its release", async ({
  page,
  portal,
}) => {
  const node = "narrow-1";
  const nodeTypeId = await portal.ownNodes(node);
  const tenant = await portal.ownTenant({ gpus: 8, nodeTypeId });
  const door = "/[tenant]/projects/[project]/environments/[id]";
  await portal.setFaults(node, ["never-boots"]);
  await portal.signIn(page, tenant.people.member);
  await page.setViewportSize(widths.narrow);
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });

  await test.step("launch it, by the rail", async () => {
    await page.goto(tenant.home);
    await page.getByRole("button", { name: /navigation|menu/i }).click();
    await page.getByRole("dialog").getByRole("link", { name: tenant.project.name }).click();
    await page
      .getByRole("main")
      .getByRole("link", { name: "Launch an environment" })
      .first()
      .click();
    await expect(page).toHaveURL(/environments\/new$/);
    await fillLaunch(page, tenant, { name: "by-thumb", nodes: 1 });
    await pressLaunch(page, "by-thumb");
    const steps = timeline(page, "by-thumb-1").getByRole("listitem");
    await expect(steps.filter({ hasText: "Power on" })).toContainText("Done");
    await lookAt(page, "environment-in-motion", { door });
  });
  await test.step("abort it, while its controller says nothing", async () => {
    await portal.setFaults(node, ["bmc-hangs"]);
    await choose(page, "Abort");
    await expect(page.getByRole("dialog")).toBeVisible();
    await lookAt(page, "environment-abort", { door });
    await confirm(page, "Abort");
    await expect(page.getByText("An abort was asked for")).toBeVisible();
    await lookAt(page, "environment-aborting", { door });
    await portal.setFaults(node, []);
    await expectState(page, "failed");
  });
  await test.step("try again, stop, start and release it", async () => {
    await choose(page, "Try again");
    await expectState(page, "ready");
    await choose(page, "Stop");
    await confirm(page, "Stop");
    await expectState(page, "stopped");
    await lookAt(page, "environment-stopped", { door });
    await choose(page, "Start");
    await expectState(page, "ready");
    await choose(page, "Release");
    await confirm(page, "Release", "by-thumb");
    await expectState(page, "released");
    await expect(page.getByRole("region", { name: "What happened to your data" })).toBeVisible();
    await lookAt(page, "environment-released", { door });
  });
});

test("what asks for a second factor, and who is there", async ({ page, portal }) => {
  const { people } = await portal.ownTenant();
  const [plain, secured] = await Promise.all(
    [people.owner, people.member].map((email) => findUserByEmail(portal.db, email)),
  );
  if (!plain || !secured) throw new Error("the tenant has no people");
  await inScope(portal.db, { tenant: "", user: secured.id, fleet: "" }, (tx) =>
    tx
      .insert(totpFactors)
      .values({ userId: secured.id, sealedSecret: "of no app", confirmedAt: sql`now()` }),
  );
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "Email address" }).fill(people.member);
  await page.getByLabel("Password").fill(portal.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Second factor" })).toBeVisible();
  await lookAt(page, "second-factor", { door: "/second-factor" });

  await portal.signIn(page, people.owner);
  await portal.db
    .update(sessions)
    .set({ provedAt: sql`now() - interval '6 minutes'` })
    .where(eq(sessions.userId, plain.id));
  await page.setViewportSize(widths.wide);
  await page.goto("/account");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  await expect(page.getByRole("dialog", { name: "Confirm that it is you" })).toBeVisible();
  await lookAt(page, "proof", { door: "/account" });
  await page.getByLabel("Your password").fill(portal.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("img", { name: "QR code of the secret" })).toBeVisible();

  await portal.db
    .update(users)
    .set({ mustChangePassword: true })
    .where(eq(users.email, people.viewer));
  await portal.signIn(page, people.viewer);
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "Set your password" })).toBeVisible();
  await lookAt(page, "new-password", { door: "/new-password" });
});

function environment(name: string, state: "ready" | "failed") {
  return async (page: Page) => {
    await page.goto("/aurora/projects/foundation");
    await link(name)(page);
    await expectState(page, state);
    if (state === "failed") return;
    await expect(page.locator("canvas[data-drawn]").first()).toBeVisible();
  };
}

/** An environment on CPU nodes: what its hosts do is all there is to draw. */
function hostsOf(name: string) {
  return async (page: Page) => {
    await environment(name, "ready")(page);
    const chart = page.getByRole("region", { name: /^CPU busy/ });
    await expect(chart.locator('canvas[data-drawn="1"]')).toBeVisible();
    await expect(chart.getByRole("list", { name: "Series" })).toContainText(/Busy\s*\d+(\.\d)?\s%/);
    await expect(page.getByRole("region", { name: /^GPU telemetry/ })).toHaveCount(0);
  };
}

async function openApiReference(page: Page): Promise<void> {
  await page.goto("/docs/api");
  await page.getByText("Launch an environment").click();
  await expect(page.getByRole("region", { name: "Call of launchEnvironment" })).toBeVisible();
}

/** The designer with an input that its own rules forbid, and a hook that calls nobody. */
async function designLogic(page: Page): Promise<void> {
  await page.goto("/fleet/templates/new");
  await page.getByRole("button", { name: "Add an input" }).click();
  await page.getByLabel("Label").fill("Cost centre");
  await page.getByText("Rules of input_1").click();
  await page.getByRole("button", { name: "Add a hook" }).click();
  await page.getByRole("button", { name: "Add an action" }).click();
  await expect(page.getByText("Action action-1: it names no hook")).toBeVisible();
}

/** A version tried out with the values that its form begins with. */
async function dryRun(page: Page): Promise<void> {
  await page.goto("/fleet/templates");
  await link(/distributed-training/)(page);
  await page.getByRole("link", { name: "Dry run" }).first().click();
  await expect(page.getByRole("list", { name: "Checks" })).toBeVisible();
}

/** A profile with a draft of other terms beside those it is offered at. */
async function draftProfile(page: Page): Promise<void> {
  await page.goto("/fleet/profiles");
  await link("8 × H100")(page);
  await page.getByRole("button", { name: /^Change( draft)?$/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Price of a node, an hour").fill("24.05");
  await dialog.getByRole("button", { name: "Save draft" }).click();
  await expect(page.getByText("USD 24.05 an hour")).toBeVisible();
}

async function openFactorSetUp(page: Page): Promise<void> {
  await page.goto("/set-up-factor");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  await expect(page.getByRole("img", { name: "QR code of the secret" })).toBeVisible();
}

/** What an action asks for, of those that the environment looked at before offers. */
async function openAction(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await expect(page.getByText("This is for a project admin.")).toBeVisible();
  await page.getByRole("button", { name: "Ask for a maintenance window" }).click();
  await expect(page.getByRole("dialog").getByLabel("How long")).toHaveValue("2h");
}

async function openRelease(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Release", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
}
