import {
  choose,
  confirm,
  environmentList,
  expectState,
  fillLaunch,
  launchButton,
  pressLaunch,
  timeline,
} from "#e2e/fixtures/environment-page";
import { expect, test } from "#e2e/fixtures/portal";

test("a node that never boots fails with evidence, is taken aside, frees its quota, and a retry finds another", async ({
  page,
  portal,
}) => {
  const nodeTypeId = await portal.ownNodes("broken-1", "broken-2");
  const tenant = await portal.ownTenant({ gpus: 8, nodeTypeId });
  for (const name of ["broken-1", "broken-2"]) await portal.setFaults(name, ["never-boots"]);
  await portal.signIn(page, tenant.people.member);
  await fillLaunch(page, tenant, { name: "unlucky", nodes: 1 });
  await pressLaunch(page, "unlucky");
  await expectState(page, "failed");
  await expect(page.getByText(/boot script/i).first()).toBeVisible();
  await page.goto(tenant.project.home);
  await expect(page.getByText("0 of 8").first()).toBeVisible();

  const lifecycles = [await portal.lifecycle("broken-1"), await portal.lifecycle("broken-2")];
  expect(lifecycles.sort()).toEqual(["available", "quarantined"]);
  for (const name of ["broken-1", "broken-2"]) await portal.setFaults(name, []);

  await environmentList(page).getByRole("link", { name: "unlucky" }).click();
  await choose(page, "Try again");
  await expectState(page, "ready");
  await expect(timeline(page, "unlucky-1")).toContainText("Done");

  await test.step("the operator sees the node, why, and what was said to its controller", async () => {
    await portal.signInAs(page, "operator");
    await page.goto("/fleet/nodes?lifecycle=quarantined");
    await page.getByRole("link", { name: /^broken-/ }).click();
    await expect(page.getByText(/boot script/i).first()).toBeVisible();
    // Each step's own, so that what a long one asked later takes nothing away.
    const steps = page.getByRole("navigation", { name: "Controller exchanges, step by step" });
    await steps.getByRole("link", { name: /^Power on/ }).click();
    await expect(steps.locator("[aria-current]")).toHaveText(/^Power on/);
    const exchanges = page.getByRole("region", { name: "Controller exchanges, one by one" });
    await expect(exchanges.locator("summary").filter({ hasText: /Reset/ }).first()).toBeVisible();
    await expect(page.getByText(portal.node("broken-1").password)).toHaveCount(0);
    await expect(page.getByText(portal.node("broken-2").password)).toHaveCount(0);
  });
});

test("an abort takes back what was done, and the nodes can be given back", async ({
  page,
  portal,
}) => {
  const nodeTypeId = await portal.ownNodes("aborted-1");
  const tenant = await portal.ownTenant({ gpus: 8, nodeTypeId });
  await portal.setFaults("aborted-1", ["never-boots"]);
  await portal.signIn(page, tenant.people.member);
  await fillLaunch(page, tenant, { name: "mistake", nodes: 1 });
  await pressLaunch(page, "mistake");
  await expect(
    timeline(page, "mistake-1").getByRole("listitem").filter({ hasText: "Power on" }),
  ).toContainText("Done");
  await choose(page, "Abort");
  await confirm(page, "Abort");
  await expectState(page, "failed");
  await expect.poll(async () => (await portal.report("aborted-1")).power).toBe("Off");
  await portal.setFaults("aborted-1", []);
  await choose(page, "Release");
  await confirm(page, "Release", "mistake");
  await expectState(page, "released");
  await expect.poll(() => portal.lifecycle("aborted-1")).toBe("available");
});

test("a double click launches once", async ({ page, portal }) => {
  const tenant = await portal.ownTenant({ gpus: 64 });
  await portal.signIn(page, tenant.people.member);
  await fillLaunch(page, tenant, { name: "once", nodes: 1 });
  await launchButton(page).dblclick();
  await expect(page.getByRole("heading", { level: 1, name: "once" })).toBeVisible();
  await page.goto(`${tenant.project.home}?state=all`);
  await expect(environmentList(page).getByRole("link", { name: /^once/ })).toHaveCount(1);
  await expect(page.getByText("8 of 64").first()).toBeVisible();
});

test("of two people who race for the last node one gets it, and the other is told", async ({
  newBrowser,
  page,
  portal,
}) => {
  const nodeTypeId = await portal.ownNodes("last-one");
  const tenant = await portal.ownTenant({ gpus: 64, nodeTypeId });
  const other = await newBrowser();
  await portal.signIn(page, tenant.people.member);
  await portal.signIn(other, tenant.people.colleague);
  await fillLaunch(page, tenant, { name: "mine", nodes: 1 });
  await fillLaunch(other, tenant, { name: "theirs", nodes: 1 });
  await expect(launchButton(page)).toBeVisible();
  await expect(launchButton(other)).toBeVisible();
  await Promise.all([launchButton(page).click(), launchButton(other).click()]);
  const won = (at: typeof page) => at.getByRole("heading", { level: 1, name: /^(mine|theirs)$/ });
  const lost = (at: typeof page) => at.getByText(/This needs 1 node of .* and 0 are free/).first();
  for (const at of [page, other]) await expect(won(at).or(lost(at)).first()).toBeVisible();
  const winners = [await won(page).count(), await won(other).count()];
  expect(winners.reduce((sum, count) => sum + count, 0)).toBe(1);
});

test("a launch beyond the quota is refused in words, before it is sent and after", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 32, projectGpus: 16 });
  await portal.signIn(page, tenant.people.member);
  await fillLaunch(page, tenant, { name: "greedy", nodes: 3 });
  await expect(page.getByRole("list", { name: "Checks" })).toContainText(
    "This needs 24 H100 GPUs and 16 of the project's 16 are left.",
  );
  await expect(page.getByRole("button", { name: "Launch", disabled: true })).toBeVisible();
  await page.getByRole("spinbutton", { name: "Nodes" }).fill("2");
  await expect(launchButton(page)).toBeVisible();
});
