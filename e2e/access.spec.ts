import {
  environmentList,
  expectState,
  fillLaunch,
  pressLaunch,
} from "#e2e/fixtures/environment-page";
import { expect, test, unique } from "#e2e/fixtures/portal";
import { people } from "#e2e/seed";

test("a viewer sees what there is, and buttons that say why they cannot be pressed", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant({ gpus: 8 });
  await portal.signIn(page, tenant.people.member);
  await fillLaunch(page, tenant, { name: "theirs", nodes: 1 });
  await pressLaunch(page, "theirs");
  await expectState(page, "ready");
  const address = page.url();
  await portal.signIn(page, tenant.people.viewer);
  await page.goto(address);
  const release = page.getByRole("button", { name: "Release", disabled: true });
  await expect(release).toHaveAccessibleDescription(
    /Your role in this project may look, but not act/,
  );
  await page.goto(tenant.project.home);
  await expect(environmentList(page).getByRole("link", { name: "theirs" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Launch an environment" })).toHaveCount(0);
  const answer = await page.goto(`${tenant.project.home}/environments/new`);
  expect(answer?.status()).toBe(403);
  await expect(page.getByText(/your role/i).first()).toBeVisible();
});

test("a watcher of the fleet sees every node and changes none", async ({ page, portal }) => {
  await portal.signInAs(page, "watcher");
  await page.goto("/fleet/nodes");
  await page.getByRole("link", { name: /^gpu-r01-n01/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "gpu-r01-n01" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Retire", disabled: true })).toBeVisible();
  const answer = await page.goto("/fleet/nodes/new");
  expect(answer?.status()).toBe(403);
});

test("a stranger gets the same 404 for a tenant that is private and for one that is not", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  await portal.signInAs(page, "member");
  const texts: string[] = [];
  for (const home of [tenant.home, `/${unique("tenant")}`]) {
    for (const under of [
      "",
      "/members",
      "/projects/research",
      "/projects/research/environments/new",
    ]) {
      const answer = await page.goto(`${home}${under}`);
      expect(answer?.status(), `${home}${under}`).toBe(404);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      const text = await page.getByRole("main").textContent();
      const requestId = /[0-9a-f]{8}-[0-9a-f-]{27}/;
      texts.push((text ?? "").replace(requestId, ""));
    }
  }
  expect([...new Set(texts)]).toHaveLength(1);
  expect((await page.goto("/fleet"))?.status()).toBe(404);
});

test("nobody is led to the sign-in page, and learns nothing on the way", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  for (const at of [tenant.home, `/${unique("tenant")}`, "/fleet", "/account"]) {
    await page.goto(at);
    await expect(page).toHaveURL(/\/sign-in/);
    await expect(page.getByText(tenant.name)).toHaveCount(0);
  }
});

test("a load balancer learns whether the portal is up, and nothing else", async ({ request }) => {
  const answer = await request.get("/api/health");
  expect(answer.status()).toBe(200);
  expect(await answer.json()).toEqual({ status: "ok" });
});

test("nothing here fetches and shrinks pictures for whoever asks", async ({ request }) => {
  const picture = await request.get("/_next/image?url=%2Ficon.svg&w=64&q=75");
  expect(picture.status()).toBe(404);
});

test("what the build has made is taken for what it says it is, and by our pages alone", async ({
  request,
}) => {
  const page = await (await request.get("/sign-in")).text();
  const [script] = /\/_next\/static\/[^"]+\.js/.exec(page) ?? [];
  const { status, headers } = await request
    .get(script ?? "/nowhere")
    .then((answer) => ({ status: answer.status(), headers: answer.headers() }));
  expect([status, headers["x-content-type-options"]]).toEqual([200, "nosniff"]);
  expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
});

const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>'";--\${7*7}{{7*7}}`;

test("hostile names are shown as they are, and do nothing", async ({ page, portal }) => {
  page.on("dialog", (dialog) => {
    throw new Error(`a name opened a dialog: ${dialog.message()}`);
  });
  const name = `${hostile.slice(0, 60)}`;
  const tenant = await portal.ownTenant({ name });
  await portal.signIn(page, tenant.people.owner);
  await page.goto(tenant.home);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await page.goto(`${tenant.home}/members`);
  await expect(page.getByRole("table").first()).toBeVisible();
  await portal.signInAs(page, "operator");
  await page.goto(`/fleet/tenants/${tenant.slug}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await page.goto(
    `/fleet/audit?object=${encodeURIComponent(hostile)}&actor=${encodeURIComponent("%' or 1=1 --")}`,
  );
  await expect(page.getByText("No event fits these filters")).toBeVisible();
});

test("what a form cannot take is marked where it stands, and what was entered stays", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  await portal.signIn(page, tenant.people.member);
  const name = page.getByRole("textbox", { name: "Name" });
  const key = page.getByRole("textbox", { name: "One more public key" });
  const launch = (disabled: boolean) =>
    page.getByRole("button", { name: "Launch", exact: true, disabled });
  await fillLaunch(page, tenant, { name: "Not A Name!", nodes: 1 });
  await expect(name).toHaveAccessibleDescription(/cannot be a host name/);
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await expect(launch(true)).toBeVisible();
  await name.fill("fine");
  await expect(name).not.toHaveAttribute("aria-invalid", "true");
  await key.fill("ssh-rsa nonsense\n- evil: yaml");
  await expect(key).toHaveAccessibleDescription(/a public key is one line/);
  await expect(key).toHaveAttribute("aria-invalid", "true");
  await expect(launch(true)).toBeVisible();
  await key.fill("");
  await expect(key).not.toHaveAttribute("aria-invalid", "true");
  await expect(launch(false)).toBeVisible();
  await expect(name).toHaveValue("fine");
});

test("the names of people are in nobody else's pages", async ({ page, portal }) => {
  const tenant = await portal.ownTenant();
  await portal.signIn(page, tenant.people.owner);
  await page.goto(`${tenant.home}/members`);
  await expect(page.getByText(tenant.people.viewer).first()).toBeVisible();
  await expect(page.getByText(people.owner.email)).toHaveCount(0);
});
