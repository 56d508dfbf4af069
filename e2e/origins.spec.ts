import { and, eq, isNull } from "drizzle-orm";
import { inScope } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { projectKeys } from "#db/schema/project-keys";
import { sites } from "#db/schema/sites";
import { sshKeys } from "#db/schema/ssh-keys";
import { projects } from "#db/schema/tenants";
import { sessions } from "#db/schema/users";
import { type Action, builtActions, post, saidBy } from "#e2e/fixtures/actions";
import { expect, type Portal, test, unique } from "#e2e/fixtures/portal";
import { reading } from "#e2e/world/acting";
import { newPublicKey } from "#e2e/world/tenants";
import { newId } from "#lib/domain/id";

// A browser sends the session's cookie along with what another site asks of it. Next itself refuses
// some of that, lets a post without an origin pass, and compares the origin with a header that a
// proxy may set: what each action refuses on its own is seen here, with the actions of the build.

const foreign = "https://elsewhere.example";

/** What says where a post comes from, when it does not come from a page of ours. */
const elsewhere = (portal: Portal): Record<string, Record<string, string>> => ({
  "without an origin": {},
  "of no origin": { origin: "null" },
  "of a foreign origin": { origin: foreign },
  "of a foreign origin, told by a proxy": {
    origin: foreign,
    "x-forwarded-host": new URL(foreign).host,
  },
  "of our origin, from another site": { origin: portal.origin, "sec-fetch-site": "cross-site" },
});

function named(name: string, onPage = /^/): Action {
  const found = builtActions().find((action) => action.name === name && onPage.test(action.page));
  if (!found) throw new Error(`the build has no ${name}`);
  return found;
}

test("every action refuses a page that is not ours, whoever is signed in", async ({
  page,
  portal,
}) => {
  await portal.signInAs(page, "owner");
  const answered: string[] = [];
  for (const action of builtActions()) {
    for (const [how, from] of Object.entries(elsewhere(portal))) {
      const answer = await post(page.request, portal, action, ["aurora", "foundation", {}], from);
      const { refusal } = await saidBy(answer);
      const isRefused =
        refusal?.kind === "not_now" && refusal.reason?.endsWith("and this came from elsewhere.");
      // Next breaks off by itself where an origin is not the host that was asked.
      const isBrokenOff = answer.status() === 500 && "origin" in from;
      if (!isRefused && !isBrokenOff) answered.push(`${action.name} ${how}: ${refusal?.kind}`);
    }
  }
  expect(answered).toEqual([]);
});

test("an act that a page of another site asks for does not happen, and happens for a page of ours", async ({
  page,
  portal,
}) => {
  const { db } = portal;
  const mine = await portal.ownTenant();
  const user = await findUserByEmail(db, mine.people.owner);
  if (!user) throw new Error("the tenant has no owner");
  const slug = unique("project");
  const site = unique("Site");
  const key = () => ({ name: "theirs", publicKey: newPublicKey("theirs") });
  const count = async (rows: Promise<unknown[]>) => (await rows).length;
  const openSessions = and(eq(sessions.userId, user.id), isNull(sessions.revokedAt));

  // One of each shape, the end of the session last; `done` tells how often it has happened.
  const acts = [
    {
      action: named("addProjectKeyAction", /keys/),
      args: [mine.slug, mine.project.slug, key()],
      done: () =>
        count(
          reading(db, (tx) =>
            tx.select().from(projectKeys).where(eq(projectKeys.projectId, mine.project.id)),
          ),
        ),
    },
    {
      action: named("createProjectAction", /^\/nowhere/),
      args: [mine.slug, { slug, name: "Theirs" }],
      done: () =>
        count(reading(db, (tx) => tx.select().from(projects).where(eq(projects.slug, slug)))),
    },
    {
      action: named("addSshKeyAction"),
      args: [key()],
      done: () =>
        count(
          inScope(db, { tenant: "", user: user.id, fleet: "read" }, (tx) =>
            tx.select().from(sshKeys).where(eq(sshKeys.userId, user.id)),
          ),
        ),
    },
    {
      action: named("createSiteAction", /fleet/),
      args: [{ name: site, bootOrigin: "" }],
      as: "operator" as const,
      done: () => count(reading(db, (tx) => tx.select().from(sites).where(eq(sites.name, site)))),
    },
    {
      action: named("signOutEverywhereAction"),
      args: [{}],
      done: async () => Number((await count(db.select().from(sessions).where(openSessions))) === 0),
    },
  ];
  for (const { action, args, as, done } of acts) {
    if (as) await portal.signInAs(page, as);
    else await portal.signIn(page, mine.people.owner);
    for (const [how, from] of Object.entries(elsewhere(portal))) {
      await post(page.request, portal, action, args, from);
      expect(await done(), `${action.name} ${how}`).toBe(0);
    }
    await post(page.request, portal, action, args, { origin: portal.origin });
    expect(await done(), `${action.name} from a page of ours`).toBe(1);
  }
});

test("a body that no form of ours is as long as is not read to its end", async ({
  page,
  portal,
}) => {
  const mine = await portal.ownTenant();
  await portal.signIn(page, mine.people.owner);
  const add = named("addSshKeyAction");
  const from = { origin: portal.origin };
  const ofLength = (length: number) => [{ name: "long", publicKey: "x".repeat(length) }];
  const short = await post(page.request, portal, add, ofLength(900_000), from);
  expect((await saidBy(short)).refusal?.kind).toBe("invalid_input");
  const long = await post(page.request, portal, add, ofLength(2_000_000), from);
  expect(long.status()).toBeGreaterThanOrEqual(400);
  expect(await saidBy(long)).toEqual({});

  const { csrfToken } = await (await page.request.get("/api/auth/csrf")).json();
  for (const route of [`signin/${newId("identityProvider")}`, "callback/credentials"]) {
    const posted = (padding: number) =>
      page.request.post(`/api/auth/${route}`, {
        headers: from,
        form: { csrfToken, json: "true", padding: "x".repeat(padding) },
        maxRedirects: 0,
      });
    expect((await posted(60_000)).status(), route).not.toBe(413);
    expect((await posted(70_000)).status(), route).toBe(413);
  }
});
