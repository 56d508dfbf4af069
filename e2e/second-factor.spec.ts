import type { Page } from "@playwright/test";
import { eq, sql } from "drizzle-orm";
import { inScope } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { tenants } from "#db/schema/tenants";
import { sessions } from "#db/schema/users";
import { expectAccessible } from "#e2e/fixtures/accessible";
import { expect, test } from "#e2e/fixtures/portal";
import { totpCode, totpStep } from "#lib/access/totp";

/** A secret as an app reads it (RFC 4648). */
function fromBase32(text: string): Buffer {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...text].map((digit) => digits.indexOf(digit).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

/** The code of the present step, or of the next one: each is taken once. */
const codeOf = (secret: Buffer, ahead = 0) => totpCode(secret, totpStep(Date.now() / 1000) + ahead);

async function signInAgain(page: Page, email: string, password: string): Promise<void> {
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("textbox", { name: "Email address" }).fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Second factor" })).toBeVisible();
}

/** Puts a passkey holder into the page's browser that says yes to everything. */
async function givenAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
}

test("a passkey is added, asked for after the password, good alone, and shown again before another is added", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  const email = tenant.people.member;
  await givenAuthenticator(page);
  // Browsers bind passkeys to names: on loopback that is the name of the same place.
  const home = portal.origin.replace("127.0.0.1", "localhost");
  const password = async () => {
    await page.getByRole("textbox", { name: "Email address" }).fill(email);
    await page.getByLabel("Password").fill(portal.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  await page.goto(`${home}/sign-in?next=/account`);
  await password();
  const panel = page.getByRole("region", { name: "Second factor" });
  await panel.getByRole("button", { name: "Add a passkey" }).click();
  const form = page.getByRole("dialog", { name: "Add a passkey" });
  await expectAccessible(page);
  await form.getByRole("textbox", { name: "Name" }).fill("work laptop");
  await form.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByRole("region", { name: "Recovery codes" })).toBeVisible();
  await page.getByRole("button", { name: "I have kept them" }).click();
  const row = panel.getByRole("row", { name: /work laptop/ });
  await expect(row).toContainText("never");
  await expectAccessible(page);
  await panel.getByRole("button", { name: "Rename work laptop" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("own laptop");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await expect(panel.getByRole("row", { name: /own laptop/ })).toBeVisible();

  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page).toHaveURL(/sign-in/);
  await page.goto(`${home}/sign-in?next=/account`);
  await password();
  await expect(page.getByRole("heading", { name: "Second factor" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL(`${home}/account`);

  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page).toHaveURL(/sign-in/);
  await page.goto(`${home}/sign-in?next=/account`);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL(`${home}/account`);

  const user = await findUserByEmail(portal.db, email);
  await portal.db
    .update(sessions)
    .set({ provedAt: sql`now() - interval '6 minutes'` })
    .where(eq(sessions.userId, user?.id ?? ("" as never)));
  await panel.getByRole("button", { name: "Remove own laptop" }).click();
  await page.getByRole("button", { name: "Remove passkey" }).click();
  const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
  await expect(proof.getByLabel("Code")).toBeVisible();
  await expectAccessible(page);
  await proof.getByRole("button", { name: "Use a passkey" }).click();
  await expect(panel).toContainText("You have none");
});

test("an authenticator app is set up, asked for at sign-in, and shown again before a token is made", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  const email = tenant.people.member;
  await portal.signIn(page, email);
  await page.goto("/account");
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  await expect(page.getByRole("img", { name: "QR code of the secret" })).toBeVisible();
  await expectAccessible(page);
  const panel = page.getByRole("region", { name: "Second factor" });
  const shown = (await panel.locator("code").textContent()) ?? "";
  const secret = fromBase32(shown.replaceAll(" ", ""));
  expect(secret).toHaveLength(20);
  await page.getByLabel("Code that the app shows").fill(codeOf(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  const list = page.getByRole("region", { name: "Recovery codes" });
  const codes = ((await list.textContent()) ?? "").split("\n");
  expect(codes).toHaveLength(10);
  await expectAccessible(page);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(panel).toContainText("10 of 10 left");

  await signInAgain(page, email, portal.password);
  await expectAccessible(page);
  await page.goto("/account");
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto("/second-factor?next=/account");
  const code = page.getByLabel("Code of your authenticator app");
  await code.fill("123");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText(/This code is wrong, or it was used before/)).toBeVisible();
  await code.fill(codeOf(secret, 1));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/account");

  await signInAgain(page, email, portal.password);
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(codes[0] ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(tenant.home);
  await page.goto("/account");

  const user = await findUserByEmail(portal.db, email);
  await portal.db
    .update(sessions)
    .set({ provedAt: sql`now() - interval '6 minutes'` })
    .where(eq(sessions.userId, user?.id ?? ("" as never)));
  await page.getByRole("button", { name: "Make a token" }).click();
  const form = page.getByRole("dialog", { name: "Make an API token" });
  await form.getByRole("textbox", { name: "Name" }).fill("laptop script");
  await form.getByRole("checkbox", { name: "environment.read" }).check();
  await form.getByRole("button", { name: "Make token" }).click();
  const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
  await expect(dialog.getByLabel("Code")).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type("123456");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText(/This code is wrong/)).toBeVisible();
  // The form below still waits: this one must not wait with it.
  await dialog.getByLabel("Code").fill(codes[1] ?? "");
  await page.keyboard.press("Enter");
  await expect(form.getByRole("region", { name: "API token" })).toHaveText(/^ingot_/);
  await form.getByRole("button", { name: "Done" }).click();
  await expect(panel).toContainText("8 of 10 left");
});

test("someone whom their only tenant asks for a second factor may leave it instead", async ({
  page,
  portal,
}) => {
  const tenant = await portal.ownTenant();
  await inScope(portal.db, { tenant: "", user: "", fleet: "write" }, (tx) =>
    tx.update(tenants).set({ membersNeedFactor: true }).where(eq(tenants.id, tenant.tenantId)),
  );
  await portal.signIn(page, tenant.people.member);
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: `Leave ${tenant.name}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill(tenant.name);
  await dialog.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByText("You are in no tenant yet")).toBeVisible();
});
