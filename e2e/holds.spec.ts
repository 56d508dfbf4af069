import { expectAccessible } from "#e2e/fixtures/accessible";
import { fillLaunch, launchButton, pressLaunch } from "#e2e/fixtures/environment-page";
import { expect, test } from "#e2e/fixtures/portal";

test("a node is put on hold, others are told until when, an operator takes it back, a launch takes it", async ({
  newBrowser,
  page,
  portal,
}) => {
  const nodeTypeId = await portal.ownNodes("held-1");
  const tenant = await portal.ownTenant({ gpus: 16, nodeTypeId });
  const hold = page.getByRole("region", { name: "Hold" });
  const toHold = { name: "Hold these nodes for five minutes", disabled: false };

  await portal.signIn(page, tenant.people.member);
  await fillLaunch(page, tenant, { name: "soon", nodes: 1 });
  await hold.getByRole("button", toHold).click();
  await expect(hold).toContainText("1 node on hold for you");
  await expect(hold.getByRole("timer")).toHaveText(/^\d+\s(min|s)/);
  await expect(page.getByRole("list", { name: "Checks" })).toContainText(
    "Takes the 1 node on hold for you.",
  );
  await expect(launchButton(page)).toBeVisible();
  await expectAccessible(page);

  const theirs = await newBrowser();
  await portal.signIn(theirs, tenant.people.colleague);
  await fillLaunch(theirs, tenant, { name: "sooner", nodes: 1 });
  await expect(theirs.getByRole("list", { name: "Checks" })).toContainText(
    /1 more is on hold for others, and free again at \d\d:\d\d at the latest/,
  );
  await expect(launchButton(theirs)).toHaveCount(0);

  const operators = await newBrowser();
  await portal.signInAs(operators, "operator");
  await operators.goto("/fleet");
  const row = operators
    .getByRole("table", { name: "Nodes on hold" })
    .getByRole("row")
    .filter({ hasText: tenant.name });
  await expect(row).toContainText("Maya Chen");
  await expectAccessible(operators);
  await row.getByRole("link", { name: "held-1" }).click();
  await expect(
    operators.getByText(`On hold for Research of ${tenant.name}`, { exact: true }),
  ).toBeVisible();
  await operators.getByRole("button", { name: "Take back what is on hold" }).click();
  await expectAccessible(operators);
  await operators.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await expect(
    operators.getByText(`On hold for Research of ${tenant.name}`, { exact: true }),
  ).toHaveCount(0);

  await expect(hold).toContainText(/An operator took back at \d\d:\d\d:\d\d what was on hold/);
  await expect(hold).toContainText("You held nodes a little while ago");
  const theirHold = theirs.getByRole("region", { name: "Hold" });
  await theirHold.getByRole("button", toHold).click();
  await expect(theirHold).toContainText("1 node on hold for you");
  await pressLaunch(theirs, "sooner");
});
