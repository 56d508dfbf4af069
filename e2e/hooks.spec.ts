import { readdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { superuserOf } from "#e2e/fixtures/canaries";
import { expectState, fillLaunch, launchButton, pressLaunch } from "#e2e/fixtures/environment-page";
import { expectFirm } from "#e2e/fixtures/firm-form";
import { lookAt } from "#e2e/fixtures/look";
import { expect, type Portal, test, unique } from "#e2e/fixtures/portal";
import { registerProvider } from "#e2e/fixtures/provider-page";
import { type ProviderProcess, startProvider } from "#e2e/fixtures/provider-process";
import type { Received } from "#e2e/otlp-receiver";
import { newId } from "#lib/domain/id";

// The platform team's own logic from end to end: an operator registers providers and writes a template
// with inputs, an approval and hooks; a tenant launches it; the operator approves; the two providers that
// the portal hands out, processes of their own, are asked over HTTPS: one until its ticket is closed.

test("an operator writes inputs, an approval and a provider's hook; a tenant launches; the evidence is there", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  const tickets = await startProvider("ticket-provider.mjs");
  const volumes = await startProvider("volume-provider.mjs");
  try {
    await portal.signInAs(page, "operator");
    const names = { ticket: unique("tickets"), volume: unique("volumes") };
    await test.step("register the providers, and ask them", async () => {
      await registerProvider(page, names.ticket, tickets);
      await registerProvider(page, names.volume, volumes);
      await lookAt(page, "provider", { door: "/fleet/providers/[providerId]" });
    });
    const context = unique("registry");
    await test.step("make a config context", () => makeContext(page, context, tenant.template));
    await test.step("write the template", () => writeTemplate(page, tenant.template, names));

    await test.step("dry-run it: its providers answer and do nothing", async () => {
      await dryRun(page);
      expect(await readdir(path.join(tickets.directory, "made", "open"))).toEqual([]);
      expect(await readdir(path.join(volumes.directory, "made")).catch(() => [])).toEqual([]);
    });

    await test.step("lend a node to it: its script runs there, and it is wiped", () =>
      rehearse(page, volumes));
    await test.step("publish it", () => publish(page, tenant.template));

    const theirs = await newBrowser();
    await portal.signIn(theirs, tenant.people.member);
    await test.step("launch it", async () => {
      await fillLaunch(theirs, tenant, { name: "train", nodes: 1 });
      const checks = theirs.getByRole("list", { name: "Checks" });
      await expect(checks).toContainText("Enter Cost centre.");
      await expect(checks).toContainText("Needs a decision by a fleet admin.");
      await expect(theirs.getByLabel("Mount path")).toHaveCount(0);
      await theirs.getByLabel("Storage").selectOption("nfs");
      await theirs.getByLabel("Mount path").fill("/data");
      await theirs.getByLabel("Cost centre").fill("47");
      await expect(checks).toContainText("does not have the form that is asked for");
      await theirs.getByLabel("Cost centre").fill("4711");
      await expect(checks).toContainText("Will run: ticket, prepare, volume.");
      await readUserData(theirs);
      await expectAccessible(theirs);
      await expect(launchButton(theirs)).toBeVisible();
      await pressLaunch(theirs, "train");
    });
    await test.step("approve it", async () => {
      await page.goto("/fleet/hooks");
      const row = page.getByRole("row").filter({ hasText: tenant.name });
      await expect(row.filter({ hasText: "4711" }).first()).toBeVisible();
      // What it is about, and what it lets run on nodes.
      await expect(row.first()).toContainText(/version \d+1\s+node, /);
      await row.getByRole("button", { name: "Approve train" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Its scripts (1)").click();
      await expect(dialog.getByRole("region", { name: /^prepare\. / })).toContainText("mounting");
      await expect(dialog.getByText(/^sha256 [0-9a-f]{64}$/)).toBeVisible();
      await expectAccessible(page);
      await dialog.getByRole("button", { name: "Approve" }).click();
      await expect(page.getByRole("button", { name: "Approve train" })).toHaveCount(0);
    });
    await test.step("close its ticket", async () => {
      const ticket = (where: string) => path.join(tickets.directory, "made", where, "OPS-1.json");
      await expect.poll(() => readdir(path.dirname(ticket("open")))).toEqual(["OPS-1.json"]);
      await expect(theirs.getByText("OPS-1 is open").first()).toBeVisible();
      await rename(ticket("open"), ticket("closed"));
    });
    await test.step("see what was done", async () => {
      await expectState(theirs, "ready");
      const runs = theirs.getByRole("region", { name: "Hooks", exact: true });
      await expect(runs.getByRole("row").filter({ hasText: "lead" })).toContainText("Approved by");
      await runs.getByRole("button", { name: "Evidence of ticket" }).click();
      const dialog = theirs.getByRole("dialog");
      await expect(dialog.getByRole("region", { name: "Came out" })).toContainText("OPS-1");
      await expect(dialog.getByRole("region", { name: "Went in" })).toContainText("/data");
      // What came with each of its answers, not with the last alone.
      const log = dialog.getByRole("region", { name: "Log", exact: true });
      await expect(log).toContainText(/again\]\s+OPS-1 was opened\./);
      await expect(log).toContainText("OPS-1 is closed.");
      await expect(dialog.getByText(/^Its provider was asked \d+ times\.$/)).toBeVisible();
      await expectAccessible(theirs);
      await theirs.keyboard.press("Escape");
      await runs.getByRole("button", { name: "Evidence of volume" }).click();
      const [volume = ""] = await readdir(path.join(volumes.directory, "made"));
      await expect(dialog.getByRole("region", { name: "Came out" })).toContainText(volume);
      expect(theirs.url()).toContain(volume);
      await theirs.keyboard.press("Escape");
      await runs.getByRole("button", { name: "Evidence of prepare" }).click();
      // What the context gave, and of its secret that there is one.
      await expect(dialog.getByRole("region", { name: "Log of train-1" })).toHaveText(
        "mounting https://registry.example.com ••••••",
      );
      await expect(dialog.getByText("exit code 0")).toBeVisible();
      const saved = theirs.waitForEvent("download");
      await dialog.getByRole("link", { name: "Download the whole log" }).click();
      const file = await saved;
      expect(file.suggestedFilename()).toBe("prepare-train-1-1.txt");
      expect(await readFile(await file.path(), "utf8")).toBe(
        "mounting\nhttps://registry.example.com\n••••••\n",
      );
      await expect(dialog.getByRole("region", { name: "Came out" })).toContainText("/data");
      await expectAccessible(theirs);
    });
    await test.step("change an input, for what comes next", () => changeInput(theirs));
    await test.step("press its action, with the keyboard alone", () => pressAction(theirs));
    await test.step("turn the pages of its hooks", () => turnPages(theirs, portal));
    await test.step("rotate the secret, and see who has the older value", async () => {
      await page.goto("/fleet/contexts");
      await page.getByRole("link", { name: context }).click();
      const who = page.getByRole("region", { name: "Environments with it", exact: true });
      await expect(who.getByRole("row").filter({ hasText: tenant.name })).toContainText("As they");
      await page.getByRole("button", { name: "Rotate REGISTRY_TOKEN" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Value").fill("another token of this journey");
      await dialog.getByRole("button", { name: "Rotate" }).click();
      await expect(who).toContainText("Older value of REGISTRY_TOKEN");
      await expect(page.getByText("1 environment", { exact: true })).toBeVisible();
      await expectAccessible(page);
    });
    await test.step("replay a past run", () => replay(page, tenant.name));
    await test.step("follow it from the click to the controller, in the traces", () =>
      followTraces(portal.traces, theirs.url().split("/").at(-1) ?? "", tenant.slug));
  } finally {
    await Promise.all([tickets.stop(), volumes.stop()]);
  }
});

/** What is marked can be changed, by the rules of the launch; what is not is not asked. */
async function changeInput(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  const panel = page.getByRole("region", { name: "Inputs", exact: true });
  await expect(panel).toContainText("nodes, and with them secrets, when they are next reinstalled");
  await panel.getByRole("button", { name: "Change inputs" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Cost centre")).toHaveValue("4711");
  await expect(dialog.getByLabel("Storage")).toHaveCount(0);
  await dialog.getByLabel("Cost centre").fill("47");
  await dialog.getByRole("button", { name: "Change inputs" }).click();
  await expect(dialog.getByText("Cost centre does not have the form")).toBeVisible();
  await expectFirm(page, dialog, {
    name: "change inputs",
    file: "components/environments/change-inputs.tsx",
    submit: "Change inputs",
  });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await panel.getByRole("button", { name: "Change inputs" }).click();
  await dialog.getByLabel("Cost centre").fill("4712");
  await dialog.getByRole("button", { name: "Change inputs" }).click();
  await expect(dialog).toContainText("Changed: Cost centre.");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(panel).toContainText("4712");
}

/** What its rules forbid is said beside the field; the provider that notes it is asked over HTTPS. */
async function pressAction(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  const panel = page.getByRole("region", { name: "Actions", exact: true });
  await panel.getByRole("button", { name: "Note a change" }).press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Everyone on call reads it.");
  await dialog.getByRole("textbox", { name: "What has changed" }).press("Enter");
  await expect(dialog.getByText("Enter What has changed.")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.type("more shards");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  const ran = panel.getByRole("row").filter({ hasText: "what: more shards" });
  await expect(ran).toContainText("Succeeded");
  const runs = page.getByRole("region", { name: "Hooks", exact: true });
  await runs.getByRole("button", { name: "Evidence of note" }).press("Enter");
  await expect(dialog.getByRole("region", { name: "Went in" })).toContainText("more shards");
  await expect(dialog.getByRole("region", { name: "Went in" })).toContainText("4712");
  await expect(dialog.getByRole("region", { name: "Log" })).toContainText(
    "Note a change is noted.",
  );
  await page.keyboard.press("Escape");
  await expectState(page, "ready");
}

/** As if its hooks had run for days: the newest are shown, and those before them when they are asked for. */
async function turnPages(page: Page, portal: Portal): Promise<void> {
  const environmentId = page.url().match(/env_\w+/)?.[0];
  const client = await superuserOf(portal);
  const { rows } = await client.query<{ total: number }>(
    `with past as (
       insert into hook_runs (id, tenant_id, project_id, environment_id, operation_id, name, point, position,
         definition, is_gate, input, state, words, created_at, finished_at)
       select made.id, run.tenant_id, run.project_id, run.environment_id, run.operation_id, 'past-' || made.n,
         run.point, 0, run.definition, false, '{}', 'succeeded', 'done',
         run.created_at - made.n * interval '1 hour', run.created_at
       from unnest($1::text[]) with ordinality made (id, n),
         (select * from hook_runs where environment_id = $2 limit 1) run)
     select 45 + count(*)::integer as total from hook_runs where environment_id = $2`,
    [Array.from({ length: 45 }, () => newId("hookRun")), environmentId],
  );
  await client.end();
  await page.reload();
  const runs = page.getByRole("region", { name: "Hooks", exact: true });
  const shown = (words: string) =>
    expect(runs.getByRole("status").filter({ hasText: `Runs ${words} of ${rows[0]?.total}` }));
  const last = runs.getByRole("row").filter({ hasText: "past-45" });
  await shown("1 to 20").toBeVisible();
  await runs.getByRole("button", { name: "Next" }).press("Enter");
  await shown("21 to 40").toBeVisible();
  await expect(runs.getByRole("row").filter({ hasText: "note" })).toHaveCount(0);
  await runs.getByRole("button", { name: "Next" }).press("Enter");
  await expect(last).toBeVisible();
  await expect(runs.getByRole("button", { name: "Next" })).toHaveAttribute("aria-disabled", "true");
  // Its reason stays open while it has the focus.
  await runs.getByRole("button", { name: "Before" }).focus();
  await expect(page.getByRole("tooltip")).toHaveCount(0);
  await expectAccessible(page);
  await runs.getByRole("button", { name: "Before" }).press("Enter");
  await runs.getByRole("button", { name: "Before" }).press("Enter");
  await shown("1 to 20").toBeVisible();
  await expect(last).toHaveCount(0);
  await expect(runs.getByRole("row").filter({ hasText: "note" })).toBeVisible();
}

/** What its dry run has passed can be launched from then on. */
async function publish(page: Page, template: string): Promise<void> {
  await page.goto("/fleet/templates");
  await page.getByRole("link", { name: template }).click();
  const version = page.getByRole("region", { name: "Version 2", exact: true });
  await version.getByRole("button", { name: "Publish" }).click();
  await expect(version).toContainText("what tenants launch now");
  // Any two versions stand beside each other, either way, at an address that can be sent.
  const compare = page.getByRole("region", { name: "Compare two versions" });
  // The second choice comes before the server has answered the first.
  await compare.getByLabel("Compare from").selectOption("2");
  await compare.getByLabel("Compare to").selectOption("1");
  await expect(compare).toContainText("from version 2 to version 1.");
  await expect(page).toHaveURL(/from=2&to=1$/);
}

/** Tries the draft that was just written: its checks, its plan, what a node is told, its providers. */
async function dryRun(page: Page): Promise<void> {
  await page
    .getByRole("region", { name: "Version 2", exact: true })
    .getByRole("link", { name: "Dry run" })
    .click();
  const checks = page.getByRole("list", { name: "Checks" });
  await expect(checks).toContainText("Enter Cost centre.");
  const call = page.getByRole("button", { name: "Call the providers" });
  await expect(call).toHaveAttribute("aria-disabled", "true");
  await page.getByLabel("Cost centre").fill("4711");
  await page.getByLabel("Storage").selectOption("nfs");
  await page.getByLabel("Mount path").fill("/data");
  await expect(checks).toContainText("A launch with them is taken.");
  await expect(checks).toContainText("They run on a node that is lent to the dry run");
  const launch = page.getByRole("table", { name: "Hooks of a launch" });
  await expect(launch.getByRole("rowheader")).toHaveText([
    /^lead/,
    /^ticket/,
    /^volume/,
    /^prepare/,
  ]);
  await page.getByText(/^workers, /).click();
  await expect(page.getByRole("region", { name: "cloud-init of workers" })).toContainText(
    "INGOT_INPUT_MOUNT_PATH='/data'",
  );
  await call.click();
  const answers = page.getByRole("table", { name: "Answers of the providers" });
  const row = (name: string) => answers.getByRole("row", { name: new RegExp(`^${name}`) });
  await expect(row("volume")).toContainText("The hook would be done.");
  await expect(row("ticket")).toContainText("The hook would be done.");
  await expect(row("note")).toContainText("The hook would be done.");
  await expect(page.getByRole("table", { name: "Hooks of actions" })).toContainText(
    "Note a change",
  );
  await row("ticket").getByRole("button", { name: "Evidence of the dry run of ticket" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("region", { name: "Log" })).toContainText("would be opened");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await launch.getByRole("link", { name: "ticket" }).click();
  await expect(page.getByRole("region", { name: "Hook ticket" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Call its provider" })).toBeVisible();
}

/** Lends a free node to a dry run, sees what its script writes, and the node come back. */
async function rehearse(page: Page, volumes: ProviderProcess): Promise<void> {
  await page.goto(new URL(page.url()).pathname);
  const panel = page.getByRole("region", { name: "Scripts on a lent node", exact: true });
  await page.getByLabel("Cost centre").fill("4711");
  await page.getByLabel("Storage").selectOption("nfs");
  await page.getByLabel("Mount path").fill("/data");
  const lend = panel.getByRole("button", { name: "Lend it and run the scripts" });
  await expect(panel).toContainText("Choose the node to lend.");
  const node = panel.getByLabel("Node to lend");
  await node.selectOption({ index: 1 });
  const name = (await node.locator("option:checked").textContent())?.split(",")[0] ?? "";
  await lend.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("every drive of it afterwards");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Lend it" }).press("Enter");
  const row = (hook: string) =>
    panel
      .getByRole("table", { name: `What ran on ${name}` })
      .getByRole("row", { name: new RegExp(`^${hook}`) });
  await expect(row("prepare")).toContainText("The hook would be done.", { timeout: 60_000 });
  await expect(row("ticket")).toContainText("The hook would be done.");
  const log = panel.getByRole("region", { name: "Log of dry-run-1" });
  await expect(log).toContainText("mounting\nhttps://registry.example.com\n••••••");
  // The provider that comes before was only asked, and whoever looks sees the node come back.
  expect(await readdir(path.join(volumes.directory, "made")).catch(() => [])).toEqual([]);
  await expect(panel).toContainText("Available", { timeout: 60_000 });
  await expectAccessible(page);
  await panel.getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: "Dry run", exact: true })).toBeVisible();
}

/** Asks the ticket's provider again with what was recorded: its next ticket would have another number. */
async function replay(page: Page, tenant: string): Promise<void> {
  await page.goto("/fleet/hooks");
  await page
    .getByRole("row")
    .filter({ hasText: tenant })
    .getByRole("button", { name: "Evidence of ticket" })
    .click();
  await page.getByRole("link", { name: "See its calls, and replay it" }).click();
  const calls = page.getByRole("region", { name: "Calls", exact: true });
  await expect(calls.getByRole("row").nth(1)).toContainText("Done");
  await expect(calls.getByRole("row").last()).toContainText(/Asks to come again.*OPS-1 is open/);
  await page.getByRole("button", { name: "Replay as a dry run" }).click();
  const differs = page.getByRole("table", { name: "What differs" }).getByRole("row").nth(1);
  await expect(differs).toContainText("OPS-1");
  await expect(differs).toContainText("OPS-2");
  await lookAt(page, "hook-run", { door: "/fleet/hooks/[hookRunId]" });
  // What ran on nodes takes one: beside what it wrote then it says what a lent one would be given.
  await page.goto("/fleet/hooks");
  const ofScript = page.getByRole("row").filter({ hasText: tenant });
  await ofScript.getByRole("button", { name: "Evidence of prepare" }).click();
  await page.getByRole("link", { name: "Replay it as a dry run" }).click();
  const recorded = page.getByRole("region", { name: "As it was recorded" });
  await expect(recorded.getByRole("region", { name: "Log of train-1" })).toBeVisible();
  const lent = page.getByRole("region", { name: "Replays on a lent node", exact: true });
  await expect(lent).toContainText("Secret inputs it finds empty");
  await expect(lent.getByRole("button", { name: "Lend it and replay the run" })).toBeVisible();
  await expectAccessible(page);
}

/** The launch of an environment as it was received, and nobody's name in it. */
async function followTraces(receiver: string, environmentId: string, slug: string): Promise<void> {
  const read = async (about: string) =>
    (await (await fetch(`${receiver}/?about=${about}`)).json()) as Received;
  const launched = ({ spans }: Received) =>
    spans.find(
      ({ name, attributes }) =>
        name === "environment.launch" && attributes["ingot.environment.id"] === environmentId,
    );
  await expect.poll(async () => launched(await read(environmentId)) !== undefined).toBe(true);
  const about = await read(environmentId);
  expect(about.problems).toEqual([]);
  const operation = launched(about);
  const operationId = operation?.attributes["ingot.operation.id"];
  const { spans } = await read(String(operationId));
  const ordered = spans.find(
    ({ name, attributes }) =>
      name === "action environment.launch" && attributes["ingot.operation.id"] === operationId,
  );
  const request = spans.find(({ spanId }) => spanId === ordered?.parentSpanId);
  expect(request?.name).toMatch(/^POST \/\[tenant\]\/projects\/\[project\]\//);
  expect(request?.attributes["ingot.request.id"]).toMatch(/^[0-9a-f-]{36}$/);
  const parts = spans.filter(({ traceId }) => traceId === operation?.traceId);
  const names = new Set(parts.map(({ name }) => name));
  for (const name of ["node.deploy", "step power_on", "hook http", "hook script", "ask provider"]) {
    expect([...names]).toContain(name);
  }
  expect(parts.filter(({ kind }) => kind === 3).map(({ name }) => name)).toContain(
    "POST /redfish/v1/Systems/*/Actions/ComputerSystem.Reset",
  );
  expect(JSON.stringify(spans)).not.toContain(slug);
}

/** What cloud-init will be told, before it is launched: what was entered, the context's value, and a mask. */
async function readUserData(page: Page): Promise<void> {
  const panel = page.getByRole("region", { name: "What cloud-init is told" });
  const told = panel.getByRole("region", { name: "cloud-init of workers" });
  await expect(told).toHaveCount(0);
  await panel.getByRole("button", { name: "Show user data" }).click();
  await expect(told).toContainText('"hostname": "train-1"');
  await expect(told).toContainText("REGISTRY_URL='https://registry.example.com'");
  await expect(told).toContainText("REGISTRY_TOKEN='••••••'");
  await expect(told).toContainText("INGOT_INPUT_MOUNT_PATH='/data'");
  await expect(told).not.toContainText("a token of this journey");
  await page.getByLabel("Cost centre").fill("47");
  await expect(panel).toContainText("does not have the form that is asked for");
  await page.getByLabel("Cost centre").fill("4711");
  await expect(told).toContainText("INGOT_INPUT_COST_CENTRE='4711'");
}

/** A context with a variable and a secret, which goes with every launch of a template. */
async function makeContext(page: Page, name: string, template: string): Promise<void> {
  await page.goto("/fleet/contexts");
  await page.getByRole("link", { name: "Create a context" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Add a variable" }).click();
  const variables = page.getByRole("group", { name: "Variables" });
  await variables.getByLabel("Name").fill("PATH");
  await variables.getByLabel("Value").fill("https://registry.example.com");
  await page.getByRole("button", { name: "Create context" }).click();
  await expect(page.getByText("PATH is the shell's own.")).toBeVisible();
  await variables.getByLabel("Name").fill("REGISTRY_URL");
  await page.getByRole("button", { name: "Create context" }).click();
  await page.getByRole("button", { name: "Add a secret" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("REGISTRY_TOKEN");
  await dialog.getByLabel("Value").fill("a token of this journey");
  await dialog.getByRole("button", { name: "Add secret" }).click();
  await expect(page.getByRole("button", { name: "Rotate REGISTRY_TOKEN" })).toBeVisible();
  await page.getByRole("button", { name: "Attach", exact: true }).click();
  await dialog.getByLabel("To").selectOption(`Template ${template}`);
  await dialog.getByRole("button", { name: "Attach" }).click();
  await expect(page.getByRole("button", { name: "Remove", exact: true })).toBeDisabled();
}

/** A script, written with the keyboard alone once the hook is there; what is wrong with it is told. */
async function writeScript(page: Page, hooks: Locator, addHook: Locator): Promise<void> {
  await addHook.press("Enter");
  const hook = hooks.nth(2);
  await hook.getByRole("textbox", { name: "Hook", exact: true }).fill("prepare");
  await hook.getByLabel("Kind").selectOption("Script");
  await expect(hook.getByLabel("When", { exact: true })).toHaveValue("after_bootstrap");
  const script = hook.getByLabel("Script", { exact: true });
  await script.fill("");
  await script.press("Tab");
  await expect(page.getByText("Hook prepare: it has no script.")).toBeVisible();
  await script.focus();
  await page.keyboard.insertText("echo no first line\n");
  await expect(page.getByText("does not say what reads it")).toBeVisible();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(
    '#!/bin/bash\necho "mounting"\necho "$REGISTRY_URL"\necho "$REGISTRY_TOKEN"\necho "MOUNTED=/data" >> "$INGOT_OUTPUTS"\n',
  );
  await hook.getByLabel("Outputs").fill("MOUNTED");
}

/** An action with a hook of its own, and the tenant's button beside it, which asks as it will. */
async function declareAction(
  page: Page,
  hooks: Locator,
  addHook: Locator,
  provider: string,
): Promise<void> {
  await addHook.click();
  await hooks.nth(4).getByRole("textbox", { name: "Hook", exact: true }).fill("note");
  await hooks.nth(4).getByLabel("Provider").selectOption(provider);
  await hooks.nth(4).getByLabel("When", { exact: true }).selectOption("on_action");
  await expect(page.getByText("Hook note: no action names it")).toBeVisible();
  await page.getByRole("button", { name: "Add an action" }).press("Enter");
  const action = page.getByRole("region", { name: "Actions", exact: true }).getByRole("listitem");
  await action.first().getByLabel("On its button").fill("Note a change");
  await action.first().getByLabel("Action", { exact: true }).fill("note-change");
  await action.first().getByLabel("Runs these hooks").fill("note, gone");
  await expect(page.getByText("it names hook gone, and there is no such hook")).toBeVisible();
  await action.first().getByLabel("Runs these hooks").fill("note");
  await action.first().getByLabel("Asked before it is done").fill("Everyone on call reads it.");
  await page.getByRole("button", { name: "Add an input to note-change" }).press("Enter");
  await action.nth(1).getByLabel("Label").fill("What has changed");
  await action.nth(1).getByLabel("Name").fill("what");
  await action.nth(1).getByLabel("Required").check();
  await expect(page.getByText("It cannot be published like this")).toHaveCount(0);
  const preview = page.getByRole("region", { name: "As a tenant sees it" });
  await preview.getByRole("button", { name: "Note a change" }).press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Note a change" }).press("Enter");
  await expect(dialog.getByText("Enter What has changed.")).toBeVisible();
  await page.keyboard.press("Escape");
  // The form below was not sent with it.
  await expect(page.getByRole("button", { name: "Create version" })).toBeVisible();
}

async function writeTemplate(
  page: Page,
  template: string,
  providers: { ticket: string; volume: string },
): Promise<void> {
  await page.goto("/fleet/templates");
  await page.getByRole("link", { name: template }).click();
  await page.getByRole("link", { name: "New version" }).click();
  const editor = page.getByRole("region", { name: "Inputs" }).getByRole("listitem");
  const preview = page.getByRole("region", { name: "As a tenant sees it" });
  const addInput = page.getByRole("button", { name: "Add an input" });

  await addInput.click();
  await editor.nth(0).getByLabel("Label").fill("Cost centre");
  await editor.nth(0).getByLabel("Name").fill("cost_centre");
  await editor.nth(0).getByLabel("Required").check();
  await editor.nth(0).getByText("Rules of cost_centre").click();
  await editor.nth(0).getByLabel("Pattern").fill("[0-9]{4}");
  await editor.nth(0).getByLabel("Changeable after the launch").check();
  await addInput.click();
  await editor.nth(1).getByLabel("Label").fill("Storage");
  await editor.nth(1).getByLabel("Name").fill("storage");
  await editor.nth(1).getByLabel("Type").selectOption("One of several");
  await editor.nth(1).getByLabel("Choices").fill("none\nnfs");
  await addInput.click();
  await editor.nth(2).getByLabel("Label").fill("Mount path");
  await editor.nth(2).getByLabel("Name").fill("mount_path");
  await editor.nth(2).getByText("Rules of mount_path").click();
  await editor.nth(2).getByLabel("Shown when").selectOption("storage");
  const problems = page.getByText("storage can never be");
  await expect(problems).toBeVisible();
  await editor.nth(2).getByLabel("Value", { exact: true }).fill("nfs");
  await expect(problems).toHaveCount(0);
  // The tenant's form stands beside it, and does what it will do.
  await expect(preview.getByLabel("Mount path")).toHaveCount(0);
  await preview.getByLabel("Storage").selectOption("nfs");
  await expect(preview.getByLabel("Mount path")).toBeVisible();

  const hooks = page.getByRole("region", { name: "Hooks" }).getByRole("listitem");
  const addHook = page.getByRole("button", { name: "Add a hook" });
  await addHook.click();
  await hooks.nth(0).getByRole("textbox", { name: "Hook", exact: true }).fill("lead");
  await hooks.nth(0).getByLabel("Kind").selectOption("Approval");
  await addHook.click();
  await hooks.nth(1).getByRole("textbox", { name: "Hook", exact: true }).fill("ticket");
  await hooks.nth(1).getByLabel("Provider").selectOption(providers.ticket);
  await writeScript(page, hooks, addHook);
  await addHook.click();
  await hooks.nth(3).getByRole("textbox", { name: "Hook", exact: true }).fill("volume");
  await hooks.nth(3).getByLabel("Provider").selectOption(providers.volume);
  await expect(page.getByText("It cannot be published like this")).toHaveCount(0);
  await declareAction(page, hooks, addHook, providers.ticket);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Create version" }).click();
  const version = page.getByRole("region", { name: "Version 2", exact: true });
  await expect(version.getByRole("button", { name: "Publish" })).toHaveAccessibleDescription(
    /This version has not passed a dry run\./,
  );
  await page.getByText("What cloud-init is told at a first boot").first().click();
  await expect(page.getByText("REGISTRY_TOKEN='••••••'").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Config contexts" })).toContainText(
    "REGISTRY_TOKEN (secret)",
  );
}
