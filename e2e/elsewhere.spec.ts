import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect, test } from "#e2e/fixtures/portal";

// The session's cookie stays with the portal: what a page of another site asks for is asked by nobody, and
// a person who follows a link from there is signed in all the same.

/** A site that is another than the portal's, 127.0.0.1, to a browser. */
async function startSite(body: string): Promise<{ address: string; close: () => void }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html>${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `http://localhost:${port}/`, close: () => server.close() };
}

/** What a page has asked the portal for, and whether the session came along. */
async function asked(page: Page, origin: string, act: () => Promise<unknown>): Promise<string[]> {
  const seen: Promise<string>[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) || request.url().includes("/_next/")) return;
    const { pathname } = new URL(request.url());
    seen.push(
      request
        .allHeaders()
        .then(
          ({ cookie = "" }) =>
            `${request.method()} ${pathname} ${cookie.includes("session=") ? "signed in" : "nobody"}`,
        ),
    );
  });
  await act();
  page.removeAllListeners("request");
  return Promise.all(seen);
}

test("a link of another site finds its person signed in, and whatever else comes from there is nobody's", async ({
  page,
  portal,
  complaints,
}) => {
  await portal.signInAs(page, "operator");
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name.endsWith("session"));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });

  const site = await startSite(`
    <a href="${portal.origin}/fleet/nodes?q=a%26b">The node</a>
    <img src="${portal.origin}/api/bell" alt="">
    <form method="post" action="${portal.origin}/fleet/nodes"><button>Win</button></form>
    <iframe src="${portal.origin}/fleet/nodes"></iframe>`);
  const there = await asked(page, portal.origin, () =>
    page.goto(site.address, { waitUntil: "networkidle" }),
  );
  expect(there.sort()).toEqual([
    "GET /api/bell nobody",
    "GET /fleet/nodes nobody",
    "GET /sign-in nobody",
  ]);
  // The frame, which may not stand there, and the bell, which nobody asked for.
  complaints.splice(0);

  const followed = await asked(page, portal.origin, async () => {
    await page.getByRole("link", { name: "The node" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Nodes" })).toBeVisible();
  });
  expect(followed.slice(0, 2)).toEqual(["GET /fleet/nodes nobody", "GET /fleet/nodes signed in"]);
  await expect(page).toHaveURL(`${portal.origin}/fleet/nodes?q=a%26b`);
  // The page between is no place to come back to.
  await page.goBack();
  await expect(page).toHaveURL(site.address);
  complaints.splice(0);

  const posted = await asked(page, portal.origin, async () => {
    await page.getByRole("button", { name: "Win" }).click();
    await page.waitForURL(`${portal.origin}/**`);
  });
  expect(posted[0]).toBe("POST /fleet/nodes nobody");
  complaints.splice(0);

  // Who is nobody there either is asked to sign in, and is then where the link led.
  await page.context().clearCookies();
  await page.goto(site.address);
  await page.getByRole("link", { name: "The node" }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=%2Ffleet%2Fnodes%3Fq%3Da%2526b$/);
  complaints.splice(0);
  site.close();
});
