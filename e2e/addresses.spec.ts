import { eq } from "drizzle-orm";
import { type Connection, connect } from "#db/client";
import { auditEvents } from "#db/schema/audit-events";
import { sessions } from "#db/schema/users";
import { builtActions } from "#e2e/fixtures/actions";
import { Caller } from "#e2e/fixtures/caller";
import { type OwnPortal, startOwnPortal } from "#e2e/fixtures/own-portal";
import { expect, test, unique } from "#e2e/fixtures/portal";
import { actorOf, grantsOf, reading } from "#e2e/world/acting";
import { firstOperator, operator } from "#e2e/world/people";

// Limits, the audit log and the alarm of two places go by the address that somebody calls from. Whoever
// may write that address has no limits. The portal that the other tests share stands behind one proxy,
// as it believes; this one behind none, and is told that people open it with TLS.

const origin = "https://ingot.example";
const password = "four quiet unrelated words";
const people = { ines: "ines@ingot.example", walter: "walter@ingot.example" };

let own: OwnPortal;
let connection: Connection;
let port: number;

test.beforeAll(async () => {
  own = await startOwnPortal({ INGOT_ORIGIN: origin, INGOT_LOG_LEVEL: "error" });
  port = own.port;
  connection = connect({ url: own.ingot.databaseUrl, role: "ingot_app", max: 2 });
  const { db } = connection;
  await firstOperator(db, { email: people.ines, name: "Ines Duarte" }, password);
  const may = grantsOf(await actorOf(db, people.ines));
  const walter = { email: people.walter, name: "Walter Brandt", role: "fleet_viewer" } as const;
  await operator(db, may, walter, password);
});

test.afterAll(async () => {
  await connection?.pool.end();
  await own?.close();
});

/** The addresses that the log has for what was tried by this name; whoever was seeded came from none. */
const loggedOf = async (db: Connection["db"], actorName: string) => {
  const rows = await reading(db, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.actorName, actorName)),
  );
  return rows
    .filter(({ ipAddress }) => ipAddress !== null)
    .map(({ action, ipAddress }) => `${action} from ${ipAddress}`);
};

test("without a proxy everyone comes from where they connect, whatever they say", async () => {
  const { db } = connection;
  const walter = new Caller({ port, origin, from: "127.0.0.7" });
  const forged = { "x-forwarded-for": "6.6.6.6", "x-ingot-own": "6.6.6.6" };
  expect(await walter.signIn(people.walter, password, forged)).not.toContain("error");
  const opened = await db.select().from(sessions);
  expect(opened.map(({ ipAddress }) => ipAddress)).toContain("127.0.0.7");

  // On the page of another action: there Next asks the portal anew, on Walter's behalf.
  const action = builtActions().find(({ name }) => name === "createSiteAction");
  await walter.ask("/account", {
    body: JSON.stringify([{}]),
    headers: { ...forged, "next-action": action?.id, "content-type": "text/plain;charset=UTF-8" },
  });
  const logged = await loggedOf(db, "Walter Brandt");
  expect([...new Set(logged)].sort()).toEqual([
    "node.enrol from 127.0.0.7",
    "session.sign_in from 127.0.0.7",
  ]);
});

test("without a proxy nobody gets more tries by saying that they are many", async () => {
  const guesser = new Caller({ port, origin, from: "127.0.0.8" });
  const word = unique("guess");
  const answers: string[] = [];
  // From one address 20 are free, and then there are waits; each of these is another account.
  for (let n = 0; n < 23; n++) {
    const said = { "x-forwarded-for": `6.6.6.${n}` };
    answers.push(await guesser.signIn(`${word}-${n}@nowhere.example`, "not the password", said));
  }
  expect(answers.at(0)).toContain("sign_in_failed");
  expect(answers.at(-1)).toContain("too_many_attempts");
  const another = new Caller({ port, origin, from: "127.0.0.9" });
  const first = await another.signIn(`${word}@nowhere.example`, "not the password", {});
  expect(first).toContain("sign_in_failed");
});

test("behind one proxy the last entry counts, and what stands before it was the caller's", async ({
  portal,
}) => {
  const { hostname, port } = new URL(portal.origin);
  expect(hostname).toBe("127.0.0.1");
  const guesser = new Caller({ port: Number(port), origin: portal.origin, from: "127.0.0.8" });
  const word = unique("guess");
  const theirs = `10.98.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`;
  const answers: string[] = [];
  for (let n = 0; n < 23; n++) {
    const said = { "x-forwarded-for": `6.6.6.${n}, ${theirs}` };
    answers.push(await guesser.signIn(`${word}-${n}@nowhere.example`, "not the password", said));
  }
  expect(answers.at(-1)).toContain("too_many_attempts");
  expect(await loggedOf(portal.db, `${word}-0@nowhere.example`)).toEqual([
    `session.sign_in from ${theirs}`,
  ]);
  // The proxy's own caller is another now.
  const another = await guesser.signIn(`${word}@nowhere.example`, "not the password", {
    "x-forwarded-for": `${theirs}, 10.97.0.1`,
  });
  expect(another).toContain("sign_in_failed");
});

test("where people come with TLS, browsers are told never to come without", async () => {
  const caller = new Caller({ port, origin, from: "127.0.0.10" });
  for (const at of ["/sign-in", "/account", "/nowhere/at/all", "/api/auth/csrf", "/api/v1/me"]) {
    const { headers } = await caller.ask(at);
    expect(headers["strict-transport-security"], at).toBe("max-age=63072000; includeSubDomains");
  }
  const { headers } = await caller.ask("/api/auth/csrf");
  for (const cookie of headers["set-cookie"] ?? []) {
    expect(cookie).toMatch(/^__Host-ingot-.*; Path=\/.*; HttpOnly; Secure; SameSite=Lax/);
  }
  expect(headers["set-cookie"]).toBeDefined();
  // The session's own stays with the portal: what another site has a browser ask for is nobody's.
  expect(await caller.signIn(people.walter, password, {})).not.toContain("error");
  expect(caller.told.get("__Host-ingot-session")).toMatch(
    /; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/i,
  );
});
