import { and, eq, sql } from "drizzle-orm";
import pg from "pg";
import { type Connection, connect } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { apiTokens } from "#db/schema/api-tokens";
import { auditEvents } from "#db/schema/audit-events";
import { builtActions } from "#e2e/fixtures/actions";
import { type Answer, Caller } from "#e2e/fixtures/caller";
import { lookAt } from "#e2e/fixtures/look";
import { type OwnPortal, startOwnPortal } from "#e2e/fixtures/own-portal";
import { actorOf } from "#e2e/fixtures/people";
import { expect, test } from "#e2e/fixtures/portal";
import { actorOf as actorNamed, grantsOf, must, reading } from "#e2e/world/acting";
import { firstOperator } from "#e2e/world/people";
import { newPublicKey, tenant } from "#e2e/world/tenants";
import { withUser } from "#lib/access/with-grant";
import { createOwnToken } from "#lib/commands/create-api-token";
import type { Id } from "#lib/domain/id";

// A portal of its own, whose database loses tables under it: what pages, acts, routes and streams then ask
// for breaks where nobody foresaw it.

const password = "four quiet unrelated words";
const olga = "olga@ingot.example";
const owen = "owen@acme.example";
const lines: string[] = [];

let own: OwnPortal;
let ingot: OwnPortal["ingot"];
let connection: Connection;
let owner: pg.Client;
let port: number;
let userId: Id<"user">;
let token: string;

test.beforeAll(async () => {
  own = await startOwnPortal({}, (source, line) => {
    if (source === "web") lines.push(line);
  });
  ({ ingot, port } = own);
  connection = connect({ url: ingot.databaseUrl, role: "ingot_app", max: 2 });
  owner = new pg.Client({ connectionString: ingot.databaseUrl });
  await owner.connect();
  const { db } = connection;
  await firstOperator(db, { email: olga, name: "Olga Stein" }, password);
  const may = grantsOf(await actorNamed(db, olga));
  const member = { email: owen, name: "Owen Hale", role: "owner" as const };
  const projects = [{ slug: "research", name: "Research" }];
  const plan = { slug: "acme", name: "Acme", limits: [], projects, members: [member] };
  await tenant(db, may, plan, password);
  const user = await findUserByEmail(db, owen);
  if (!user) throw new Error("the tenant has no owner");
  userId = user.id;
  const scopes = ["tenant.audit" as const, "project.read" as const];
  const wish = { name: "faults", scopes, days: 1, projectId: null };
  token = must(await createOwnToken(db, await actorOf(db, userId), wish)).token;
});

test.afterAll(async () => {
  await owner?.end();
  await connection?.pool.end();
  await own?.close();
});

/** Runs `work` while the portal's role may not read a table, and the log's new entries of faults. */
async function without<T>(table: string, work: () => Promise<T>): Promise<T> {
  await owner.query(`alter table ${table} rename to ${table}_away`);
  try {
    return await work();
  } finally {
    await owner.query(`alter table ${table}_away rename to ${table}`);
  }
}

/** The log's entry of a request, once it is there. */
async function entryOf(requestId: unknown): Promise<Record<string, unknown>> {
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  const named = () =>
    lines.find((line) => line.startsWith("{") && line.includes(String(requestId)));
  await expect.poll(named, { timeout: 30_000 }).toBeDefined();
  return JSON.parse(named() ?? "{}");
}

/** What is of our inside: a stack, a file, a query, a table, a driver's word. */
const inside =
  /\bat \S+ \(|node_modules|\.next\/|#lib|file:\/\/|select "|insert into|from "|relation "|ssh_keys|postgres|drizzle|DatabaseError/i;

function saysNothing({ text, headers }: Answer): void {
  expect(text.match(inside)?.[0]).toBeUndefined();
  expect(JSON.stringify(headers).match(/stack|relation|postgres|select /i)).toBeNull();
}

test("a fault of ours tells its caller a number and nothing of our inside, and the log has all of it under that number", async () => {
  const caller = new Caller({ port, origin: ingot.origin, from: "127.0.0.21" });
  await caller.signIn(owen, password, {});
  const bearer = { authorization: `Bearer ${token}` };
  const action = builtActions().find(({ name }) => name === "addSshKeyAction");
  const key = { name: "laptop", publicKey: newPublicKey("laptop") };
  const asked = {
    "a page": ["ssh_keys", () => caller.ask("/account")],
    "an act": [
      "ssh_keys",
      () =>
        caller.ask("/account", {
          body: JSON.stringify([key]),
          headers: { "next-action": action?.id, "content-type": "text/plain;charset=UTF-8" },
        }),
    ],
    "a route of the pages": ["notifications", () => caller.ask("/api/bell")],
    "a route of the API": ["ssh_keys", () => caller.ask("/api/v1/ssh-keys", { headers: bearer })],
  } as const;
  for (const [what, [table, ask]] of Object.entries(asked)) {
    const answer = await without(table, ask);
    expect([what, answer.status]).toEqual([what, 500]);
    saysNothing(answer);
    const entry = await entryOf(answer.headers["x-request-id"]);
    expect(entry, what).toMatchObject({
      level: 50,
      error: { message: expect.stringContaining(table), stack: expect.stringMatching(/\n +at /) },
    });
    // The API says its number and what to do with it; a page and an act have the error id of the log.
    if (what === "a route of the API") {
      const words = `Tell whoever runs Ingot this number: ${entry.requestId}.`;
      expect(answer.text).toContain(words);
    } else {
      expect(entry, what).toMatchObject({ msg: "a request broke", method: expect.any(String) });
      if (what !== "a route of the pages") expect(answer.text).toContain(entry.errorId);
    }
    // Neither Next's own lines nor ours show the values of the query.
    expect(lines.filter((line) => line.includes(key.publicKey) || line.includes(userId))).toEqual(
      [],
    );
    // And all is well when what was missing is there.
    expect((await ask()).status, what).toBeLessThan(400);
  }
});

test("a page that fails says so in words, with a number, and can be tried again", async ({
  complaints,
  page,
}) => {
  await page.goto(`${ingot.origin}/sign-in`);
  await page.getByLabel("Email address").fill(owen);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Acme" })).toBeVisible();
  const failed = page.getByRole("heading", { name: "This page failed to load" });
  for (const [name, path, table] of [
    ["fault", "/account", "ssh_keys"],
    ["fault-of-a-tenant", "/acme/quota", "quotas"],
  ] as const) {
    await without(table, async () => {
      await page.goto(ingot.origin + path);
      await expect(failed).toBeVisible();
      await expect(page.getByText(/^Error id \S/)).toBeVisible();
      await lookAt(page, name);
    });
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(failed).toHaveCount(0);
  }
  // React tells the browser of what the server could not draw, by its number (https://react.dev/errors/441).
  expect(complaints.filter((each) => !each.includes("#441"))).toEqual([]);
  complaints.length = 0;
});

test("a stream whose events cannot be read says nothing of why, and goes on when they can", async () => {
  const over = new AbortController();
  const received = await without("notifications", async () => {
    const answer = await fetch(`${ingot.origin}/api/v1/tenants/acme/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: over.signal,
    });
    expect(answer.status).toBe(200);
    const failed = () => lines.find((line) => line.includes("events could not be read"));
    await expect.poll(failed, { timeout: 30_000 }).toBeDefined();
    expect(JSON.parse(failed() ?? "{}")).toMatchObject({
      error: { message: expect.stringContaining("notifications"), stack: expect.any(String) },
    });
    const { value } = (await answer.body?.getReader().read()) ?? {};
    return Buffer.from(value ?? []).toString();
  });
  expect(received).toBe("retry: 2000\n\n");
  over.abort();
});

test("whoever tries to get past a guard is written down: who, from where, and what they tried", async () => {
  const { db } = connection;
  const from = "127.0.0.22";
  const caller = new Caller({ port, origin: ingot.origin, from });
  await caller.signIn(owen, password, {});
  const action = builtActions().find(({ name }) => name === "addSshKeyAction");
  const elsewhere = await caller.ask("/account", {
    body: JSON.stringify([{}]),
    headers: {
      ...{ "next-action": action?.id, "content-type": "text/plain;charset=UTF-8" },
      ...{ origin: ingot.origin, "sec-fetch-site": "cross-site" },
    },
  });
  expect(await entryOf(elsewhere.headers["x-request-id"])).toMatchObject({
    ...{ level: 40, ipAddress: from, from: ingot.origin, msg: "action from a foreign page" },
  });

  // A tenant of others, a page of operators, and a token that is worth nothing any more.
  expect((await caller.ask("/globex")).text).not.toContain("Globex");
  expect((await caller.ask("/fleet/nodes")).status).toBeLessThan(500);
  const headers = { authorization: `Bearer ${token}` };
  expect((await caller.ask("/api/v1/tenants/globex/quota", { headers })).status).toBe(404);
  await withUser(db, userId, (tx) => tx.update(apiTokens).set({ revokedAt: sql`now()` }));
  expect((await caller.ask("/api/v1/me", { headers })).status).toBe(401);
  const denied = await reading(db, (tx) =>
    tx
      .select({ name: auditEvents.actorName, detail: auditEvents.detail })
      .from(auditEvents)
      .where(and(eq(auditEvents.outcome, "denied"), eq(auditEvents.ipAddress, from)))
      .orderBy(auditEvents.id),
  );
  expect(denied.map(({ name, detail }) => ({ name, ...(detail as object) }))).toEqual([
    { name: "Owen Hale", place: "globex" },
    { name: "Owen Hale", place: "fleet" },
    { name: "Owen Hale", place: "globex" },
    { name: "Owen Hale", place: "acme", standing: "revoked" },
  ]);
});
