import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "#db/client";
import { bundle } from "#e2e/crash/worker-relay";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { keepSecret, openSecret } from "#lib/access/kept-secret";
import { newSealingKeys, seal, unseal } from "#lib/access/sealed";
import {
  passingColumns,
  type RotatedKey,
  rotatedKeys,
  type SealedColumn,
  sealedColumns,
} from "#lib/access/sealed-columns";
import { countOlder, resealAll } from "#lib/commands/rotate-key";
import { rotateKeys } from "#lib/launch/key-rotation";
import { keptSecrets } from "#lib/launch/secrets";

// Keys are rotated under programs that run, by a command that is killed at each of its moments.

let database: GivenDatabase;
let superuser: pg.Client;
let directory: string;
let program: string;

const secret = (name: string) => readFileSync(path.join(directory, name), "utf8").trim();
const ringOf = (by: RotatedKey) =>
  secret(by === "credential" ? "credential-private-key" : "identity-secret");
/** As portal and worker seal and open, with what the files say at that moment. */
const sealNow = (by: RotatedKey, place: string, text: string) =>
  by === "credential"
    ? seal(secret("credential-public-key"), place, text)
    : keepSecret(ringOf(by), place, text);
const openNow = (by: RotatedKey, place: string, sealed: string) =>
  (by === "credential" ? unseal : openSecret)(ringOf(by), place, sealed);
/** As texts were before they said by which key they are sealed. */
const unnamed = (sealed: string) => sealed.replace(/^([sk])2\.[^.]+/, "$11");

/** Statements that make rows of every sealed column, of the texts they are given. */
const rows: Record<string, (n: number, texts: Record<string, string>) => [string, unknown[]]> = {
  controller_credentials: (n, { sealed }) => [
    "insert into controller_credentials (node_id, sealed) values ($1, $2)",
    [`node ${n}`, sealed],
  ],
  password_rotations: (n, { sealed }) => [
    "insert into password_rotations (id, node_id, operation_id, sealed) values ($1, $2, 'o', $3)",
    [`rotation ${n}`, `node ${n}`, sealed],
  ],
  site_networks: (n, { sealed_secret }) => [
    `insert into site_networks (site_id, driver, address, certificate_pem, sealed_secret)
     values ($1, 'http', 'a:443', 'pem', $2)`,
    [`site ${n}`, sealed_secret],
  ],
  site_fabric_managers: (n, { sealed_password }) => [
    `insert into site_fabric_managers (site_id, address, certificate_pem, username, sealed_password)
     values ($1, 'a:443', 'pem', 'admin', $2)`,
    [`site ${n}`, sealed_password],
  ],
  providers: (n, { sealed_secret }) => [
    "insert into providers (id, name, address, path, sealed_secret) values ($1, $1, 'a:443', '/', $2)",
    [`provider ${n}`, sealed_secret],
  ],
  environment_secrets: (n, { sealed_value }) => [
    `insert into environment_secrets (id, tenant_id, project_id, environment_id, name, sealed_value)
     values ($3, 't', 'p', $1, 'token', $2)`,
    [`environment ${n}`, sealed_value, n],
  ],
  context_secrets: (n, { sealed_value }) => [
    `insert into context_secrets (id, context_id, name, sealed_value, rotated_by_name)
     values ($1, 'c', $1, $2, 'Ada')`,
    [`context secret ${n}`, sealed_value],
  ],
  webhooks: (n, { sealed_path, sealed_secret }) => [
    `insert into webhooks (id, name, form, address, sealed_path, sealed_secret, kinds, created_by_name)
     values ($1, $1, 'standard', 'a:443', $2, $3, '{}', 'Ada')`,
    [`webhook ${n}`, sealed_path, sealed_secret],
  ],
  identity_providers: (n, { sealed_secret }) => [
    `insert into identity_providers (id, label, issuer, client_id, sealed_secret, groups_claim)
     values ($1, $1, $1, 'ingot', $2, 'groups')`,
    [`identity ${n}`, sealed_secret],
  ],
  totp_factors: (n, { sealed_secret, sealed_next }) => [
    "insert into totp_factors (user_id, sealed_secret, sealed_next) values ($1, $2, $3)",
    [`user ${n}`, sealed_secret, sealed_next],
  ],
};

/** What the columns by which row `n` of a table is known say. */
const keysOfRow = (n: number): Record<string, Record<string, string>> => ({
  controller_credentials: { node_id: `node ${n}` },
  password_rotations: { id: `rotation ${n}`, node_id: `node ${n}` },
  site_networks: { site_id: `site ${n}` },
  site_fabric_managers: { site_id: `site ${n}` },
  providers: { id: `provider ${n}` },
  environment_secrets: { environment_id: `environment ${n}`, name: "token", id: String(n) },
  context_secrets: { id: `context secret ${n}` },
  webhooks: { id: `webhook ${n}` },
  identity_providers: { id: `identity ${n}` },
  totp_factors: { user_id: `user ${n}` },
});

const every = rotatedKeys.flatMap((by) =>
  sealedColumns[by].map((column) => ({ ...column, by })),
) satisfies (SealedColumn & { by: RotatedKey })[];

/** Adds a row to a table, each of its sealed columns with a text of its own. */
async function add(table: string, n: number, form = (sealed: string) => sealed): Promise<void> {
  const texts = every
    .filter((each) => each.table === table)
    .map(({ by, column, place }) => {
      const text = `secret ${n} of ${table}.${column}`;
      return [column, form(sealNow(by, place(keysOfRow(n)[table] ?? {}), text))];
    });
  const [statement, values] = rows[table]?.(n, Object.fromEntries(texts)) ?? ["", []];
  await superuser.query(statement, values);
}

/** Every text there is, opened as a program would at that moment. */
async function openAll(): Promise<string[]> {
  const opened: string[] = [];
  for (const { by, table, column, place, knownBy } of every) {
    const { rows: found } = await superuser.query<Record<string, string>>(
      `select ${knownBy.join(", ")}, ${column} as sealed from ${table} where ${column} <> ''`,
    );
    for (const row of found) opened.push(openNow(by, place(row), row.sealed ?? ""));
  }
  return opened;
}

async function rotation(fatal = ""): Promise<string> {
  const child = spawn(process.execPath, [program, directory, database.url, fatal], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code, signal] = await once(child, "exit");
  return signal ?? `code ${code}`;
}

beforeAll(async () => {
  database = await givenDatabase();
  directory = path.join(mkdtempSync(path.join(tmpdir(), "ingot-rotation-")), "secrets");
  keptSecrets(directory, {});
  program = await bundle("crashing-rotation", path.dirname(directory));
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  for (const table of Object.keys(rows)) {
    // What the rows belong to is not asked for here: it has nothing sealed.
    const { rows: foreign } = await superuser.query<{ name: string }>(
      "select conname as name from pg_constraint where contype = 'f' and conrelid = $1::regclass",
      [table],
    );
    for (const { name } of foreign) {
      await superuser.query(`alter table ${table} drop constraint ${name}`);
    }
  }
});

afterAll(async () => {
  await superuser?.end();
  await database?.drop();
  rmSync(path.dirname(directory), { recursive: true, force: true });
});

test("every sealed column of the database is on the list, guarded, and within the keeper's reach", async () => {
  const { rows: found } = await superuser.query<{ name: string }>(`
    select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and a.attname ~ 'sealed' and not a.attisdropped`);
  const listed = [...every, ...passingColumns].map(({ table, column }) => `${table}.${column}`);
  expect(found.map(({ name }) => name).sort()).toEqual(listed.sort());

  const { rows: guarded } = await superuser.query<{ name: string }>(`
    select t.tgrelid::regclass || '.' || argument as name
    from pg_trigger t, unnest(string_to_array(encode(t.tgargs, 'escape'), '\\000')) argument
    where t.tgname = 'sealed_for_no_retired_key' and t.tgenabled = 'O' and argument <> ''`);
  expect(guarded.map(({ name }) => name).sort()).toEqual(
    every.map(({ table, column }) => `${table}.${column}`).sort(),
  );

  const { rows: reached } = await superuser.query<{ name: string }>(`
    select distinct table_name || '.' || column_name as name from information_schema.column_privileges
    where grantee = 'ingot_keeper' and table_name <> 'retired_keys'`);
  const needed = every.flatMap(({ table, column, knownBy }) =>
    [column, ...knownBy].map((name) => `${table}.${name}`),
  );
  expect(reached.map(({ name }) => name).sort()).toEqual([...new Set(needed)].sort());
});

test("killed at each of its moments and repeated, it leaves nothing that does not open, and no old key", async () => {
  for (const table of Object.keys(rows)) await add(table, 0);
  for (let n = 1; n <= 150; n++) await add("controller_credentials", n);
  await add("providers", 1, unnamed);
  await add("totp_factors", 1, unnamed);
  // As a webhook is that was removed.
  await superuser.query(
    `insert into webhooks (id, name, form, address, sealed_path, sealed_secret, kinds, created_by_name)
     values ('gone', 'gone', 'standard', 'a:443', '', '', '{}', 'Ada')`,
  );
  const before = (await openAll()).sort();
  const first = { credential: ringOf("credential"), identity: ringOf("identity") };

  const moments = [
    ...["key made 1", "batch sealed 1", "batch sealed 2", "key retired 1", "key removed 1"],
    ...["key made 2", "key retired 2"],
  ];
  for (const [at, fatal] of moments.entries()) {
    expect(await rotation(fatal), fatal).toBe("SIGKILL");
    expect((await openAll()).sort(), fatal).toEqual(before);
    // What is written between two tries is as good as the rest.
    await add("providers", 10 + at);
    before.push(`secret ${10 + at} of providers.sealed_secret`);
    before.sort();
  }
  expect(await rotation()).toBe("code 0");
  expect((await openAll()).sort()).toEqual(before);
  for (const by of rotatedKeys) {
    expect(ringOf(by)).not.toContain(",");
    expect(ringOf(by)).not.toBe(first[by]);
  }
  const { rows: told } = await superuser.query(
    "select count(*)::int as count from audit_events where action = 'key.rotate' and actor_id is null",
  );
  expect(told[0]?.count).toBeGreaterThanOrEqual(2);
});

test("beside a portal that writes all the while, and one that still has the old key, nothing is lost", async () => {
  const stale = secret("credential-public-key");
  const late = {
    sealed: seal(stale, "providers|late", "x"),
    insert: (sealed: string) =>
      superuser.query(
        "insert into providers (id, name, address, path, sealed_secret) values ('late', 'late', 'a:443', '/', $1)",
        [sealed],
      ),
  };
  const keeper = connect({ url: database.url, role: "ingot_keeper", max: 1 });
  let writing = true;
  const writer = (async () => {
    for (let n = 1000; writing; n++) await add("controller_credentials", n);
  })();
  try {
    const done = await rotateKeys({ directory, given: {}, db: keeper.db });
    expect(done).toMatchObject([
      { key: "credential", retired: 1, left: 0, isGone: true, unopened: [], continued: false },
      { key: "identity", retired: 1, left: 0, isGone: true, unopened: [], continued: false },
    ]);
  } finally {
    writing = false;
    await writer;
    await keeper.pool.end();
  }
  await openAll();
  // It read the key before the rotation, and comes to write only now: nobody could ever open that.
  await expect(late.insert(late.sealed)).rejects.toThrow("a key that has been retired");
  await late.insert(sealNow("credential", "providers|late", "x"));
});

test("where somebody writes all the while the old key stays, and it says so", async () => {
  const writer = new pg.Client({ connectionString: database.superuserUrl });
  await writer.connect();
  await writer.query("begin; lock table providers in row exclusive mode");
  const keeper = connect({ url: database.url, role: "ingot_keeper", max: 1 });
  const rotate = () => rotateKeys({ directory, given: {}, db: keeper.db, pauseMs: 0 });
  try {
    const [credential, identity] = await rotate();
    expect(credential).toMatchObject({ retired: 0, isGone: false });
    expect(identity).toMatchObject({ retired: 1, isGone: true });
    expect(ringOf("credential")).toContain(",");
    await writer.query("rollback");
    expect((await rotate())[0]).toMatchObject({ continued: true, retired: 1, isGone: true });
    expect(ringOf("credential")).not.toContain(",");
  } finally {
    await writer.end();
    await keeper.pool.end();
  }
});

test("keys that are given are not changed, and what another has sealed meanwhile is counted", async () => {
  const keeper = connect({ url: database.url, role: "ingot_keeper", max: 1 });
  const older = ringOf("credential");
  const ring = `${newSealingKeys().privateKey},${older}`;
  const given = { INGOT_CREDENTIAL_PRIVATE_KEY: ring, INGOT_IDENTITY_SECRET: ringOf("identity") };
  try {
    const [credential, identity] = await rotateKeys({ directory, given, db: keeper.db });
    expect(credential).toMatchObject({ older: 1, left: 0, retired: 0, isGone: false });
    expect(identity).toMatchObject({ older: 0, left: 0, resealed: [{ count: 0 }, {}, {}] });
    expect(await countOlder(keeper.db, "credential", ring)).toBe(0);
    await add("providers", 500);
    expect(await countOlder(keeper.db, "credential", ring)).toBe(1);
    expect(ringOf("credential")).toBe(older);
    // Back, as the tests after this one have it.
    await resealAll(keeper.db, "credential", [...ring.split(",")].reverse().join());
  } finally {
    await keeper.pool.end();
  }
});

test("what no key opens keeps the old key, and is named", async () => {
  // As a program of an older version could have left it, before there was a guard.
  await superuser.query("set session_replication_role = replica");
  await superuser.query("update providers set sealed_secret = 's1.lost' where id = 'late'");
  await superuser.query("set session_replication_role = origin");
  await expect(
    superuser.query("update providers set sealed_secret = 's1.other' where id = 'late'"),
  ).rejects.toThrow("a key that has been retired");
  const keeper = connect({ url: database.url, role: "ingot_keeper", max: 1 });
  try {
    const [credential] = await rotateKeys({ directory, given: {}, db: keeper.db });
    expect(credential).toMatchObject({
      ...{ left: 1, retired: 0, isGone: false },
      unopened: [{ table: "providers", column: "sealed_secret", row: { id: "late" } }],
    });
    expect(ringOf("credential")).toContain(",");
    await superuser.query("delete from providers where id = 'late'");
    const again = await rotateKeys({ directory, given: {}, db: keeper.db });
    expect(again[0]).toMatchObject({ continued: true, retired: 1, left: 0 });
    expect(ringOf("credential")).not.toContain(",");
  } finally {
    await keeper.pool.end();
  }
});
