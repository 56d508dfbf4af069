import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Connection, connect } from "#db/client";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";

// What a pool does when the database goes away at an awkward moment. It has one connection, so one
// that is lost to it is missed at once.

let database: GivenDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await givenDatabase();
});
afterAll(() => database?.drop());
beforeEach(() => {
  connection = connect({ url: database.url, role: "ingot_app", max: 1 });
});
afterEach(() => connection.pool.end());

const works = () => connection.db.transaction((tx) => tx.execute(sql`select 1`));

test("a connection that nobody uses is kept for minutes, with what it has planned", async () => {
  const client = await connection.pool.connect();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    client.release();
    vi.advanceTimersByTime(4 * 60_000);
    expect(connection.pool.totalCount).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(connection.pool.totalCount).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("a connection that breaks as it is handed out is replaced", async () => {
  await works();
  connection.pool.once("acquire", breakConnection);
  await expect(works()).rejects.toThrow();
  await works();
});

test("a connection that breaks in a transaction is replaced", async () => {
  const broken = connection.db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await terminateOthers();
    await tx.execute(sql`select 2`);
  });
  await expect(broken).rejects.toThrow();
  await works();
});

function breakConnection(client: pg.PoolClient): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

/** Ends every other session of this database, as a restart does. */
async function terminateOthers(): Promise<void> {
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  await superuser.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  await superuser.end();
}
