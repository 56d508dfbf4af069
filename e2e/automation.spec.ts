import { environmentList } from "#e2e/fixtures/environment-page";
import { expect, test } from "#e2e/fixtures/portal";
import { makeToken, runShown } from "#e2e/fixtures/tokens";

test("a token launches what the form shows as a command, and is worth nothing once revoked", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  await portal.signIn(page, tenant.people.member);
  await page.goto("/account");
  await page.getByRole("button", { name: "Make a token" }).click();
  const token = await makeToken(page, "laptop script", ["environment.launch"]);

  await page.goto(`${tenant.project.home}/environments/new`);
  await page.getByRole("textbox", { name: "Name" }).fill("by-curl");
  await page.getByText("Same with the API").click();
  expect(await runShown(page, "Launch", token)).toMatchObject({
    environmentId: expect.stringMatching(/^env_/),
  });
  await page.goto(tenant.project.home);
  await environmentList(page).getByRole("link", { name: "by-curl" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "by-curl" })).toBeVisible();
  await page.getByText("Same with the API").click();
  await expect(page.getByRole("region", { name: "Call: Read this environment" })).toBeVisible();

  await page.goto("/account");
  await page.getByRole("button", { name: "Revoke laptop script" }).click();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByRole("table", { name: "API tokens" })).toContainText("Revoked");
  const headers = { authorization: `Bearer ${token}` };
  expect((await page.request.get("/api/v1/me", { headers })).status()).toBe(401);
  // A browser that is signed in has no standing here.
  expect((await page.request.get("/api/v1/me")).status()).toBe(401);
});

test("an owner gives a program an account, and the log that names its token holds", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  await portal.signIn(page, tenant.people.owner);
  await page.goto(tenant.project.home);
  await page.getByRole("link", { name: "Automation" }).click();
  await page.getByRole("button", { name: "Create a service account" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("nightly");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: "Make a token for nightly" }).click();
  const token = await makeToken(page, "cluster", []);
  const headers = { authorization: `Bearer ${token}` };
  const projects = await page.request.get("/api/v1/projects", { headers });
  expect((await projects.json()).items).toMatchObject([
    { tenant: tenant.slug, project: tenant.project.slug, role: "member" },
  ]);
  const refused = await page.request.post(
    `/api/v1/tenants/${tenant.slug}/projects/${tenant.project.slug}/environments`,
    { headers, data: {} },
  );
  expect(refused.status()).toBe(403);
  await page.reload();
  await expect(page.getByRole("table", { name: "Tokens of nightly" })).toContainText("Live");

  await page.goto(`${tenant.home}/audit`);
  await expect(page.getByRole("table", { name: "Audit events" })).toContainText("by token cluster");
  await page.getByRole("button", { name: "Verify the log" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Verified to event" })).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  expect((await download).suggestedFilename()).toBe(`audit-${tenant.slug}.csv`);
  const stranger = await page.request.get("/api/audit?format=csv&of=aurora");
  expect(stranger.status()).toBe(404);
});
