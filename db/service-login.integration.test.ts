import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serviceLogins } from "#db/service-login";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";

let database: GivenDatabase;
beforeAll(async () => {
  database = await givenDatabase();
});
afterAll(() => database?.drop());

async function asked(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test("each service signs in as its own role, and the owner is out of its reach", async () => {
  const { own, urls } = await serviceLogins(database.url);
  expect(own).toBe(true);
  for (const role of ["ingot_app", "ingot_worker"] as const) {
    expect(await asked(urls[role], "select session_user::text as who")).toEqual([{ who: role }]);
    for (const act of [
      "set role ingot_owner",
      "reset role; create table mine (id int)",
      "alter table tenants no force row level security",
      "drop policy app_reads on environments",
      "create role other",
    ]) {
      await expect(asked(urls[role], act), `${role}: ${act}`).rejects.toThrow();
    }
  }
  await expect(asked(urls.ingot_app, "set role ingot_worker")).rejects.toThrow();
});

test("launchers on one database give the same logins, also at the same moment", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => serviceLogins(database.url)));
  expect(new Set(all.map(({ urls }) => JSON.stringify(urls))).size).toBe(1);
});

test("an owner who may not change the roles gives its own address", async () => {
  const name = new URL(database.superuserUrl).pathname.slice(1);
  await asked(database.superuserUrl, `create role stranger_${name} login password 'words'`);
  const url = new URL(database.url);
  url.username = `stranger_${name}`;
  url.password = "words";
  expect(await serviceLogins(url.href)).toEqual({
    own: false,
    urls: { ingot_app: url.href, ingot_worker: url.href },
  });
  await asked(database.superuserUrl, `drop role stranger_${name}`);
});

test("an owner without a password has none to tell others from", async () => {
  const url = "postgres://owner@/ingot?host=/run/postgresql";
  expect((await serviceLogins(url)).own).toBe(false);
});
