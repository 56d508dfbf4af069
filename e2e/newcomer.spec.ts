import { readFileSync } from "node:fs";
import path from "node:path";
import { environmentList, expectState } from "#e2e/fixtures/environment-page";
import { startIdentityProvider } from "#e2e/fixtures/identity-provider";
import { expect, type OwnTenant, type Portal, test, unique } from "#e2e/fixtures/portal";
import { makeToken, runShown } from "#e2e/fixtures/tokens";
import { must, signedInActor } from "#e2e/world/acting";
import { authorizeProject } from "#lib/access/authorize";
import { addGroupRole } from "#lib/commands/add-group-role";
import { addIdentityProvider } from "#lib/commands/add-identity-provider";
import { createServiceToken } from "#lib/commands/create-api-token";
import { createServiceAccount } from "#lib/commands/create-service-account";
import { removeIdentityProvider } from "#lib/commands/remove-identity-provider";

const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS newcomer";

test("a newcomer comes by the company's provider, brings a colleague and launches by the shown command, beside others", async ({
  newBrowser,
  page,
  portal,
}) => {
  test.slow();
  const [tenant, other] = [
    await portal.ownTenant({ gpus: 8 }),
    await portal.ownTenant({ gpus: 8 }),
  ];
  const idp = await startIdentityProvider();
  const company = await givenProvider(portal, tenant, idp);
  const robot = await givenRobot(portal, other);
  const theirs = await newBrowser();
  const colleague = await newBrowser();

  await test.step("signs in, with the role that the group has", async () => {
    idp.person({
      ...{ subject: "nina", email: `nina@${tenant.slug}.example`, name: "Nina Berg" },
      groups: [company.group],
    });
    await page.goto(`${tenant.home}/members`);
    await page.getByRole("button", { name: `Continue with ${company.name}` }).click();
    await expect(page.getByRole("row", { name: /Nina Berg/ })).toContainText("admin");
  });

  await test.step("invites a colleague, with a fresh proof from the provider", async () => {
    await page.getByRole("button", { name: "Invite someone" }).click();
    const dialog = page.getByRole("dialog", { name: "Invite someone" });
    const email = `omar@${tenant.slug}.example`;
    await dialog.getByRole("textbox", { name: "Email address" }).fill(email);
    await dialog.getByRole("combobox", { name: tenant.project.name }).selectOption("viewer");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    // The provider let them through without a word of when: that is no fresh proof.
    await page.getByRole("button", { name: `Sign in at ${company.name}` }).click();
    const link = dialog.getByRole("region", { name: "Invitation link" });
    await colleague.goto(((await link.textContent()) ?? "").trim());
    await dialog.getByRole("button", { name: "Done" }).click();
    await colleague.getByRole("textbox", { name: "Your name" }).fill("Omar Said");
    await colleague.getByLabel("Password").fill("four quiet unrelated words");
    await colleague.getByRole("button", { name: "Join", exact: true }).click();
    await expect(
      colleague.getByRole("heading", { level: 1, name: tenant.name, exact: true }),
    ).toBeVisible();
  });

  await test.step("makes a token, and launches with the command as it is shown", async () => {
    await page.goto("/account");
    await page.getByRole("button", { name: "Make a token" }).click();
    const token = await makeToken(page, "laptop", ["environment.launch"]);
    await page.goto(`${tenant.project.home}/environments/new`);
    await page.getByRole("textbox", { name: "Name" }).fill("first-steps");
    await page.getByRole("textbox", { name: "One more public key" }).fill(publicKey);
    await page.getByText("Same with the API").click();
    const launched = (await runShown(page, "Launch", token)) as { environmentId: string };
    await page.goto(`${tenant.project.home}/environments/${launched.environmentId}`);
    await expectState(page, "ready");
  });

  await test.step("meanwhile another tenant's program launches, and neither sees the other", async () => {
    const headers = { authorization: `Bearer ${robot.token}` };
    const place = (slug: string) => `/api/v1/tenants/${slug}/projects/research/environments`;
    const offer = await page.request.get(
      `/api/v1/tenants/${other.slug}/projects/research/catalogue`,
      { headers },
    );
    const [template] = (await offer.json()).templates;
    const images = await page.request.get(
      `/api/v1/tenants/${other.slug}/projects/research/images`,
      { headers },
    );
    const [image] = (await images.json()).items;
    const data = { name: "nightly", templateVersionId: template.versionId, imageId: image.id };
    const launched = await page.request.post(place(other.slug), {
      headers,
      data: { ...data, counts: { workers: 1 }, publicKey },
    });
    expect(launched.status()).toBe(202);
    expect((await page.request.get(place(tenant.slug), { headers })).status()).toBe(404);
    await portal.signIn(theirs, other.people.member);
    await theirs.goto(other.project.home);
    await expect(environmentList(theirs).getByRole("link", { name: "nightly" })).toBeVisible();
    const foreign = await theirs.goto(page.url());
    expect(foreign?.status()).toBe(404);
    await colleague.goto(`${portal.origin}${tenant.project.home}`);
    const seen = environmentList(colleague);
    await expect(seen.getByRole("link", { name: "first-steps" })).toBeVisible();
    await expect(seen.getByRole("link", { name: "nightly" })).toHaveCount(0);
  });

  await test.step("an operator reads of both, and may not look into either", async () => {
    await portal.signInAs(theirs, "operator");
    for (const [name, { slug }, by] of [
      ["first-steps", tenant, "by token laptop"],
      ["nightly", other, "by token cluster"],
    ] as const) {
      await theirs.goto(`/fleet/audit?action=environment.launch&tenant=${slug}`);
      const event = theirs.getByRole("row").filter({ hasText: name });
      await expect(event).toContainText(by);
    }
    expect((await theirs.goto(page.url()))?.status()).toBe(404);
  });

  await removeIdentityProvider(portal.db, portal.may("identity.edit"), { id: company.id });
  await idp.close();
});

/** The company's provider, one of whose groups administers the tenant. */
async function givenProvider(
  portal: Portal,
  tenant: OwnTenant,
  idp: Awaited<ReturnType<typeof startIdentityProvider>>,
) {
  const [name, group] = [unique("Company"), unique("platform")];
  const secrets = path.join(path.dirname(portal.imageDirectory), "secrets");
  const { id } = must(
    await addIdentityProvider(
      portal.db,
      portal.may("identity.edit"),
      {
        ...{ label: name, issuer: idp.issuer, clientId: idp.client.id, emailDomains: [] },
        ...{ groupsClaim: "groups", ownSecondFactor: false, clientSecret: idp.client.secret },
      },
      readFileSync(path.join(secrets, "identity-secret"), "utf8").trim(),
    ),
  );
  must(
    await addGroupRole(portal.db, portal.may("identity.edit"), {
      ...{ providerId: id, group, place: "tenant" as const },
      ...{ tenantId: tenant.tenantId, role: "admin" as const },
    }),
  );
  return { id, name, group };
}

/** A program of a tenant's own that may launch. */
async function givenRobot({ db, password }: Portal, tenant: OwnTenant) {
  const owner = await signedInActor(db, { email: tenant.people.owner, password });
  const grant = must(
    authorizeProject(owner, tenant.slug, tenant.project.slug, "project.automation"),
  );
  const { serviceAccountId } = must(
    await createServiceAccount(db, grant, { name: "nightly", role: "member" }),
  );
  const scopes = ["project.read", "environment.read", "environment.launch"] as const;
  return must(
    await createServiceToken(db, grant, {
      ...{ serviceAccountId, name: "cluster", days: 1, scopes: [...scopes] },
    }),
  );
}
