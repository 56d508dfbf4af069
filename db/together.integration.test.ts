import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inScope, type Transaction } from "#db/client";
import { together } from "#db/together";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

const scope = { tenant: "ten_1", user: "usr_1", fleet: "" } as const;
const note = (tx: Transaction, word: string) =>
  tx.execute(
    sql`select set_config('app.said', coalesce(current_setting('app.said', true), '') || ${word}, true)`,
  );
const said = async (tx: Transaction) =>
  (await tx.execute<{ said: string }>(sql`select current_setting('app.said', true) as said`))
    .rows[0]?.said;

test("the first statement of a transaction sees its scope already", async () => {
  const [row] = await inScope(db.app, scope, async (tx) => {
    const { rows } = await tx.execute(
      sql`select current_setting('app.tenant') as tenant, current_setting('app.user') as "user"`,
    );
    return rows;
  });
  expect(row).toEqual({ tenant: "ten_1", user: "usr_1" });
});

test("what is sent together is carried out in its order, queries and functions alike", async () => {
  const text = await inScope(db.app, scope, async (tx) => {
    await together(
      async () => note(tx, "a"),
      () => note(tx, "b"),
      async () => {
        await note(tx, "c");
      },
      () => note(tx, "d"),
    );
    return said(tx);
  });
  expect(text).toBe("abcd");
});

test("one that fails is told when the others have ended, and all of it is undone", async () => {
  const ended: string[] = [];
  const failing = inScope(db.app, scope, async (tx) => {
    await together(
      () => tx.execute(sql`select 1 / 0`),
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        await note(tx, "late").catch(() => ended.push("refused"));
      },
    ).finally(() => ended.push("told"));
  });
  await expect(failing).rejects.toThrow();
  expect(ended).toEqual(["refused", "told"]);
  // The connection goes on, and knows nothing of it.
  expect(await inScope(db.app, scope, said)).toBeFalsy();
});

test("what is told is what failed, and not what was refused for that", async () => {
  const failing = inScope(db.app, scope, (tx) =>
    together(
      async () => {
        await note(tx, "a");
        await note(tx, "b");
      },
      () => tx.execute(sql`select 1 / 0`),
    ),
  );
  await expect(failing).rejects.toMatchObject({ cause: { code: "22012" } });
});

test("a connection that is lost fails its transaction, and the next one is well", async () => {
  const killed = inScope(db.app, scope, async (tx) => {
    await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
    return said(tx);
  });
  await expect(killed).rejects.toThrow();
  expect(await inScope(db.app, scope, said)).toBeFalsy();
});
