import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { migrate } from "#db/migrate";

let folder: string;
let url: string;
let name: string;
let admin: pg.Client;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "ingot-migrations-"));
  name = `migrate_${randomUUID().replaceAll("-", "")}`;
  const postgres = inject("postgres");
  admin = new pg.Client({ connectionString: postgres.superuserUrl });
  await admin.connect();
  await admin.query(`create database ${name} owner ingot_owner`);
  url = postgres.url.replace(/DATABASE$/, name);
});
afterEach(async () => {
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
  rmSync(folder, { recursive: true });
});

/** Writes a folder as drizzle-kit does: files, and a journal with their dates. */
function givenMigrations(files: { tag: string; when: number; sql: string }[]): void {
  mkdirSync(path.join(folder, "meta"), { recursive: true });
  const entries = files.map(({ tag, when }, idx) => ({
    ...{ idx, version: "7", when, tag },
    breakpoints: true,
  }));
  for (const { tag, sql } of files) writeFileSync(path.join(folder, `${tag}.sql`), sql);
  writeFileSync(
    path.join(folder, "meta/_journal.json"),
    JSON.stringify({ version: "7", dialect: "postgresql", entries }),
  );
}

const one = { tag: "0000_one", when: 1000, sql: "create table one (n int);" };
const two = { tag: "0001_two", when: 2000, sql: "create table two (n int);" };

async function tables(): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    "select tablename from pg_tables where schemaname = 'public' order by 1",
  );
  await client.end();
  return rows.map((row) => row.tablename);
}

test("what is new is applied, once, however many ask at the same moment", async () => {
  givenMigrations([one]);
  await Promise.all(Array.from({ length: 5 }, () => migrate(url, folder)));
  expect(await tables()).toEqual(["one"]);
  givenMigrations([one, two]);
  await migrate(url, folder);
  expect(await tables()).toEqual(["one", "two"]);
});

test("a migration that fails leaves nothing of itself behind", async () => {
  givenMigrations([one, { ...two, sql: "create table two (n int);\n select 1 / 0;" }]);
  await expect(migrate(url, folder)).rejects.toThrow();
  expect(await tables()).toEqual([]);
});

test("a migration that a portal at work ends, since each waits for the other, begins anew", async () => {
  givenMigrations([one, two]);
  await migrate(url, folder);
  const sql = "lock table one;\n lock table two;\n create table three (n int);";
  givenMigrations([one, two, { tag: "0002_three", when: 3000, sql }]);
  const portal = new pg.Client({ connectionString: url });
  await portal.connect();
  try {
    await portal.query("begin");
    await portal.query("lock table two");
    const migrated = migrate(url, folder);
    const waits = async () =>
      (await portal.query("select from pg_locks where not granted and relation = 'two'::regclass"))
        .rowCount;
    await expect.poll(waits).toBe(1);
    // Who began to wait first is who finds the deadlock, and is ended.
    await portal.query("lock table one");
    await portal.query("commit");
    await migrated;
    expect(await tables()).toEqual(["one", "three", "two"]);
  } finally {
    await portal.end();
  }
});

test("a migration that was changed after it was applied is not passed over in silence", async () => {
  givenMigrations([one]);
  await migrate(url, folder);
  givenMigrations([{ ...one, sql: "create table uno (n int);" }]);
  await expect(migrate(url, folder)).rejects.toThrow("changed after they were applied");
});

test("a migration merged with an older date is not passed over in silence", async () => {
  givenMigrations([two]);
  await migrate(url, folder);
  givenMigrations([one, two]);
  await expect(migrate(url, folder)).rejects.toThrow("dated before the newest one");
});

test("a program older than its database does not start on it", async () => {
  givenMigrations([one, two]);
  await migrate(url, folder);
  givenMigrations([one]);
  await expect(migrate(url, folder)).rejects.toThrow("used by a newer version");
});

test("the product's own migrations run as the owner, who is no superuser", async () => {
  await migrate(url);
  expect(await tables()).toContain("environments");
});
