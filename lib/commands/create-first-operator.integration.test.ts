import { eq, isNotNull } from "drizzle-orm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Connection, connect } from "#db/client";
import { ensureSetupLink } from "#db/queries/setup-links";
import { setupLinks } from "#db/schema/setup-links";
import { users } from "#db/schema/users";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { createFirstOperator } from "#lib/commands/create-first-operator";
import { firstRunLink } from "#lib/commands/first-run-link";
import { setupState } from "#lib/views/setup";

let database: GivenDatabase;
let app: Connection;
beforeEach(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app", max: 5 });
});
afterEach(async () => {
  await app.pool.end();
  await database.drop();
});

const request = { requestId: "req", ipAddress: null };
const person = { email: "olga@example.com", name: "Olga", password: "mint lorry fathom eight" };

async function token(): Promise<string> {
  const link = await firstRunLink(database.url, "http://127.0.0.1:3000");
  const found = link && new URL(link).searchParams.get("token");
  if (!found) throw new Error("there is no link");
  return found;
}

test("the link makes one operator, once, and is then neither shown nor good again", async () => {
  const first = await token();
  expect(await setupState(app.db, first)).toBe("open");
  const made = await createFirstOperator(app.db, request, { ...person, token: first });
  expect(made).toEqual({ ok: true, value: { email: person.email } });
  const [operator] = await app.db.select().from(users);
  expect(operator).toMatchObject({ operatorRole: "fleet_admin", mustChangePassword: false });

  const again = { ...person, email: "eve@example.com", token: first };
  expect(await createFirstOperator(app.db, request, again)).toMatchObject({
    refusal: { kind: "not_now" },
  });
  expect(await firstRunLink(database.url, "http://127.0.0.1:3000")).toBeNull();
  expect(await setupState(app.db, first)).toBe("done");
});

test("of ten who use the link at the same moment one becomes the operator", async () => {
  const shared = await token();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      createFirstOperator(app.db, request, {
        ...person,
        email: `p${i}@example.com`,
        token: shared,
      }),
    ),
  );
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  const operators = await app.db.select().from(users).where(isNotNull(users.operatorRole));
  expect(operators).toHaveLength(1);
});

test("a new link ends the one before, and a day ends every link", async () => {
  const earlier = await token();
  const now = await token();
  expect(await setupState(app.db, earlier)).toBe("closed");
  expect(await setupState(app.db, now)).toBe("open");
  const yesterday = new Date(Date.now() - 25 * 60 * 60_000);
  const old = await app.db.transaction((tx) => ensureSetupLink(tx, yesterday));
  expect(await setupState(app.db, old)).toBe("closed");
  expect(await createFirstOperator(app.db, request, { ...person, token: `${old}` })).toMatchObject({
    refusal: { kind: "not_now" },
  });
});

test("the database keeps no token, only its hash", async () => {
  const shown = await token();
  const rows = await app.db.select().from(setupLinks);
  expect(JSON.stringify(rows)).not.toContain(shown);
  expect(await setupState(app.db, rows[0]?.tokenHash)).toBe("closed");
});

test("a weak password is refused in words and leaves the link as it is", async () => {
  const shown = await token();
  expect(
    await createFirstOperator(app.db, request, { ...person, token: shown, password: "short" }),
  ).toMatchObject({ refusal: { fields: { password: expect.any(String) } } });
  expect(await setupState(app.db, shown)).toBe("open");
  const none = await app.db.select().from(users).where(eq(users.email, person.email));
  expect(none).toEqual([]);
});
