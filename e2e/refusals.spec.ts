import type { Page } from "@playwright/test";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { choose, expectState, fillLaunch, pressLaunch } from "#e2e/fixtures/environment-page";
import { expectFirm } from "#e2e/fixtures/firm-form";
import { aHook, giveHooks } from "#e2e/fixtures/hooks";
import { expect, type Portal, test, unique } from "#e2e/fixtures/portal";
import { must } from "#e2e/world/acting";
import { registerProvider } from "#lib/commands/register-provider";
import type { Id } from "#lib/domain/id";
import {
  type ProviderServer,
  reply,
  startProviderServer,
} from "#lib/drivers/http-provider/provider-server.test-support";

const said = "Refused by Owen Hale: No budget is left this month.";

test("a refused approval and a provider that answers badly are told in words, and the launch goes on after both", async ({
  newBrowser,
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  const server = await startProviderServer();
  const operators = await newBrowser();
  await portal.signInAs(operators, "operator");
  try {
    await giveHooks(portal.db, tenant.template, [
      aHook({
        ...{ name: "budget", kind: "approval", point: "before_allocate", seconds: 3_600 },
        approvers: { kind: "tenant_admins", emails: [] },
      }),
      aHook({
        ...{ name: "volume", kind: "http", executeOnce: true },
        providerId: await givenProvider(portal, server),
      }),
    ]);
    const row = (of: Page, hook: string) =>
      of
        .getByRole("table", { name: "Runs of hooks" })
        .getByRole("row")
        .filter({ has: of.getByRole("button", { name: `Evidence of ${hook}` }) });
    const asks = /^(Approve|Refuse)/;

    await portal.signIn(page, tenant.people.member);
    await test.step("a member sees what it waits for, and no button", async () => {
      await fillLaunch(page, tenant, { name: "train", nodes: 1 });
      await expect(page.getByRole("list", { name: "Checks" })).toContainText(
        "Needs a decision by an owner or admin of the tenant before any node is taken.",
      );
      await pressLaunch(page, "train");
      await expect(row(page, "budget")).toContainText(
        "waits for a decision by an owner or admin of the tenant",
      );
      await expect(page.getByRole("button", { name: asks })).toHaveCount(0);
      const address = page.url();
      await page.goto(`${tenant.home}/approvals`);
      await expect(page.getByText("Nothing waits for a decision", { exact: true })).toBeVisible();
      await expect(page.getByRole("button", { name: asks })).toHaveCount(0);
      await page.goto(address);
    });

    const admins = await newBrowser();
    await portal.signIn(admins, tenant.people.owner);
    const dialog = admins.getByRole("dialog");
    await test.step("an admin refuses it in the inbox, and has to say why", async () => {
      await admins.goto(`${tenant.home}/approvals`);
      const waiting = admins.getByRole("row").filter({ hasText: "train" });
      await expect(waiting).toContainText("Asked for by Maya Chen");
      await waiting.getByRole("button", { name: "Refuse train" }).click();
      await expect(dialog).toContainText("The launch fails, without any node");
      await dialog.getByRole("button", { name: "Refuse" }).click();
      await expect(dialog).toContainText("Say why: whoever launched it reads this.");
      await expectFirm(admins, dialog, {
        name: "refuse an approval",
        file: "components/hooks/approval-list.tsx",
        submit: "Refuse",
      });
      await dialog.getByLabel("Why").fill("No budget is left this month.");
      await dialog.getByRole("button", { name: "Refuse" }).click();
      await expect(waiting).toHaveCount(0);
    });
    await test.step("the member reads it, and tries again", async () => {
      await expectState(page, "failed");
      await expect(page.getByText(`Hook budget: ${said.slice(0, -1)} ·`)).toBeVisible();
      await expect(row(page, "budget")).toContainText(said);
      await choose(page, "Try again");
      await expect(row(page, "budget")).toHaveCount(2);
    });

    // As something in front of a provider that is down does: an answer, and none of the provider's own.
    server.replies.set("/volumes", (_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>Down for maintenance</h1>"),
    );
    await test.step("it is approved, and the provider is no help", async () => {
      // It stands in the inbox by itself.
      await admins.getByRole("button", { name: "Approve train" }).click();
      await dialog.getByRole("button", { name: "Approve" }).click();
      await expect(row(page, "volume")).toContainText("Failed");
      await expectState(page, "failed");
      await operators.goto("/fleet/hooks");
      const failed = row(operators, "volume").filter({ hasText: tenant.name });
      await failed.getByRole("button", { name: "Evidence of volume" }).click();
      await expect(operators.getByRole("dialog")).toContainText(
        "it answered with a web page and not with JSON (tried once)",
      );
      await expectAccessible(operators);
    });
    await test.step("mended, it is run again alone", async () => {
      server.replies.set("/volumes", ({ key }, response) =>
        reply(response, { key, answer: "done", outputs: { mount: "nfs-1:/train" } }),
      );
      const evidence = operators.getByRole("dialog");
      await evidence.getByRole("button", { name: "Run it again alone" }).click();
      await expect(evidence).toBeHidden();
      const again = row(operators, "volume").filter({ hasText: "run again alone (1)" });
      await expect(again.filter({ hasText: tenant.name })).toContainText("Done");
    });
    await test.step("and the launch goes on from there, without asking twice", async () => {
      await choose(page, "Try again");
      await expectState(page, "ready");
      await expect(row(page, "volume").filter({ hasText: "Skipped" })).toContainText(
        "It has run once for this environment already.",
      );
      await page.getByRole("button", { name: "Evidence of volume" }).nth(1).click();
      await expect(
        page.getByRole("dialog").getByRole("region", { name: "Came out" }),
      ).toContainText("nfs-1:/train");
      expect(server.questions.get("/volumes")).toHaveLength(2);
    });
  } finally {
    server.close();
  }
});

async function givenProvider(portal: Portal, server: ProviderServer): Promise<Id<"provider">> {
  const input = { name: unique("volumes"), description: "", url: server.url("/volumes") };
  const { providerId, secret } = must(
    await registerProvider(
      portal.db,
      portal.may("provider.edit"),
      { ...input, certificatePem: server.certificatePem },
      portal.sealingKey,
    ),
  );
  server.secrets.set("/volumes", secret);
  return providerId;
}
