import type { Page } from "@playwright/test";
import { eq, sql } from "drizzle-orm";
import { findUserByEmail } from "#db/queries/users";
import { actWindows } from "#db/schema/act-windows";
import { expectState, fillLaunch, pressLaunch } from "#e2e/fixtures/environment-page";
import { aHook, giveHooks } from "#e2e/fixtures/hooks";
import { expect, type Portal, test } from "#e2e/fixtures/portal";
import { people } from "#e2e/seed";
import { readKey } from "#lib/access/keep-pace";
import { mostPerMinute } from "#lib/domain/access/pace";

// What pages ask for by themselves is counted with all else that their person reads: it has to be little of
// what is allowed.

/** How many reads a page makes of the portal's routes in so many seconds, by the minute. */
async function readsAMinute(page: Page, seconds: number): Promise<number> {
  let reads = 0;
  const note = (request: { url: () => string }) => {
    if (new URL(request.url()).pathname.startsWith("/api/")) reads++;
  };
  page.on("request", note);
  // A count over a time is what is wanted: there is nothing to wait for.
  await page.waitForTimeout(seconds * 1_000);
  page.off("request", note);
  return Math.round((reads * 60) / seconds);
}

/** An action whose script writes about four lines a second for longer than is looked at it. */
const reports = {
  hook: aHook({
    ...{ name: "report", kind: "script", point: "on_action", seconds: 600 },
    script: {
      text: Array.from({ length: 2_000 }, (_, at) => `echo "line ${at + 1}"\nsleep 0.2`).join("\n"),
      outputs: [],
    },
  }),
  action: {
    ...{ name: "report", label: "Report", help: "", role: "member" as const },
    ...{ confirmation: "", inputs: [], hooks: ["report"] },
  },
};

/** On the evidence that is open, of a script that is not at its end. */
const running = (page: Page) =>
  page.getByRole("dialog").getByRole("heading", { name: "busy-1 Running", exact: true });

/** Presses the action, and reads lines of its script that nothing but the hint of each can have brought. */
async function followScript(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Report", exact: true }).click();
  const runs = page.getByRole("region", { name: "Hooks", exact: true });
  await runs.getByRole("button", { name: "Evidence of report" }).click();
  const dialog = page.getByRole("dialog");
  const log = dialog.getByRole("region", { name: "Log of busy-1" });
  await expect(log).toContainText("line 1");
  // All of the environment is read every two seconds meanwhile, whatever is hinted: as if it could not be.
  const whole = /\/api\/environments\/env_\w+\?/;
  await page.route(whole, (route) => route.abort());
  const last = async () => Number(/(\d+)\s*$/.exec((await log.textContent()) ?? "")?.[1]);
  const before = await last();
  await expect.poll(last).toBeGreaterThan(before + 10);
  await expect(running(page)).toBeVisible();
  await expect(dialog).not.toContainText("exit code");
  await page.unroute(whole);
}

/** What the reads of somebody's pages are counted under. */
async function pageReads({ db }: Portal, email: string) {
  const user = await findUserByEmail(db, email);
  if (!user) throw new Error(`nobody is ${email}`);
  return eq(actWindows.key, readKey(user.id, "page"));
}

/** The reads that the portal has counted of somebody's pages in the minute that goes on. */
async function counted(portal: Portal, email: string): Promise<number> {
  const [row] = await portal.db
    .select()
    .from(actWindows)
    .where(await pageReads(portal, email));
  return row?.acts ?? 0;
}

test("open pages read little of what a person may, and who reads more is told when to go on", async ({
  page,
  portal,
  newBrowser,
}, info) => {
  test.setTimeout(600_000);
  const tenant = await portal.ownTenant({ gpus: 8 });
  const { owner } = tenant.people;
  await giveHooks(portal.db, tenant.template, [reports.hook], [reports.action]);
  await portal.signIn(page, owner);
  await fillLaunch(page, tenant, { name: "busy", nodes: 1 });
  await page
    .getByRole("textbox", { name: "One more public key" })
    .fill(
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB5lsg6RzNFp7hn2pZxhOBiqSKx4vHdxBAGZC4Hhm2fI me@here",
    );
  await pressLaunch(page, "busy");
  // Under way: hints of every step, and its log.
  const deploying = await readsAMinute(page, 20);
  await expectState(page, "ready");
  const ready = await readsAMinute(page, 20);
  await test.step("a line of a script is there before it has ended", () => followScript(page));
  const writing = await readsAMinute(page, 10);
  await expect(running(page)).toBeVisible();

  const operator = await newBrowser();
  await portal.signInAs(operator, "operator");
  const boards: Record<string, number> = {};
  for (const path of ["/fleet", "/fleet/gpus", "/fleet/nodes"]) {
    await operator.goto(path);
    boards[path] = await readsAMinute(operator, 10);
  }
  const measured = { deploying, ready, writing, ...boards };
  info.annotations.push({ type: "reads a minute", description: JSON.stringify(measured) });
  // Four such pages at once are still far from it.
  for (const [what, reads] of Object.entries(measured)) {
    expect(reads, what).toBeLessThan(mostPerMinute.read / 5);
  }
  expect(await counted(portal, owner)).toBeGreaterThan(0);
  expect(await counted(portal, people.operator.email)).toBeGreaterThan(0);

  // As if another of theirs had read all there is.
  await portal.db
    .update(actWindows)
    .set({ acts: mostPerMinute.read, windowAt: sql`now()` })
    .where(await pageReads(portal, owner));
  for (const path of ["/api/bell", `/api/audit?format=csv&of=${tenant.slug}`]) {
    const refused = await page.request.get(path);
    expect(refused.status(), path).toBe(429);
    expect(Number(refused.headers()["retry-after"]), path).toBeGreaterThan(0);
    expect(refused.headers().ratelimit, path).toMatch(/^"read";r=0;t=\d+$/);
    expect(await refused.text(), path).toContain("That was more than 600 reads within a minute.");
  }
  // Pages are opened all the same, and what can be revoked there is.
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "API tokens" })).toBeVisible();
});
