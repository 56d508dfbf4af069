import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startEmbeddedPostgres } from "#db/embedded";

// Every test has a directory of its own and stops what runs in it.

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(path.join(tmpdir(), "ingot-embedded-"));
  chmodSync(parent, 0o711);
});
afterAll(() => rmSync(parent, { recursive: true }));

const settings = { fsync: "off" };

function givenDirectory(): string {
  const directory = mkdtempSync(path.join(parent, "pg-"));
  onTestFinished(() => {
    const pid = serverPid(directory);
    if (pid) process.kill(pid, "SIGQUIT");
  });
  return directory;
}

function serverPid(directory: string): number | undefined {
  try {
    return Number(readFileSync(path.join(directory, "data/postmaster.pid"), "utf8").split("\n")[0]);
  } catch {
    return undefined;
  }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Another launcher: says what came of its start in one line, and lives until killed. */
async function otherLauncher(directory: string): Promise<{ child: ChildProcess; line: string }> {
  const program = `
    import { startEmbeddedPostgres } from "#db/embedded";
    try {
      const { adopted } = await startEmbeddedPostgres(${JSON.stringify({ directory, settings })});
      console.log(adopted ? "adopted" : "started");
    } catch (error) {
      console.log(error.message);
    }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { child, line };
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("what was written is there after a stop and a start, on the same port", async () => {
  const directory = givenDirectory();
  const first = await startEmbeddedPostgres({ directory, settings });
  await query(first.url(), "create table kept as select 42 as answer");
  await first.stop();
  expect(serverPid(directory)).toBeUndefined();

  const second = await startEmbeddedPostgres({ directory, settings });
  expect(second.adopted).toBe(false);
  expect(second.url()).toBe(first.url());
  expect(await query(second.url(), "select answer from kept")).toEqual([{ answer: 42 }]);
  await second.stop();
});

test("the owner of the tables is no superuser, cannot pass by row-level security, and can make what the migrations need", async () => {
  const postgres = await startEmbeddedPostgres({ directory: givenDirectory(), settings });
  expect(
    await query(
      postgres.url(),
      "select rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user",
    ),
  ).toEqual([
    { rolname: "ingot_owner", rolsuper: false, rolbypassrls: false, rolcreaterole: true },
  ]);
  await query(
    postgres.url(),
    `create extension btree_gist; create role some_role nologin; grant some_role to ingot_owner;
     create table held (node text, span tstzrange, exclude using gist (node with =, span with &&));
     grant select on held to some_role`,
  );
  const [row] = await query(
    `${postgres.url()}?options=${encodeURIComponent("-c role=some_role")}`,
    "select current_user, (select count(*)::int from held) as rows, current_setting('server_encoding') as encoding",
  );
  expect(row).toEqual({ current_user: "some_role", rows: 0, encoding: "UTF8" });
  await postgres.stop();
});

test("only its own machine reaches the server, with a password that only its account reads", async () => {
  const directory = givenDirectory();
  const postgres = await startEmbeddedPostgres({ directory, settings });
  expect(await query(postgres.url(), "show listen_addresses")).toEqual([
    { listen_addresses: "127.0.0.1" },
  ]);
  await expect(query(postgres.url().replace(/:[^:@]+@/, ":wrong@"), "select 1")).rejects.toThrow(
    "password authentication failed",
  );
  for (const file of ["administrator-password", "owner-password"]) {
    expect(statSync(path.join(directory, file)).mode & 0o777).toBe(0o600);
  }
  await postgres.stop();
});

test("a second launcher on the same directory is told who has it, and takes nothing away", async () => {
  const directory = givenDirectory();
  const first = await otherLauncher(directory);
  expect(first.line).toBe("started");
  await expect(startEmbeddedPostgres({ directory, settings })).rejects.toThrow(
    `The database in ${directory} is in use by process ${first.child.pid}.`,
  );
  const second = await otherLauncher(directory);
  expect(second.line).toContain(`in use by process ${first.child.pid}`);
  await killed(second.child);
  expect(serverPid(directory)).toBeGreaterThan(0);
  await killed(first.child);
});

test("the server of a launcher that was killed is adopted, with what it holds", async () => {
  const directory = givenDirectory();
  const { child } = await otherLauncher(directory);
  const pid = serverPid(directory);
  await killed(child);

  const postgres = await startEmbeddedPostgres({ directory, settings });
  expect(postgres.adopted).toBe(true);
  expect(serverPid(directory)).toBe(pid);
  expect(await query(postgres.url(), "select 1 as one")).toEqual([{ one: 1 }]);
  await postgres.stop();
});

test("a server that was killed comes back with all that was committed", async () => {
  const directory = givenDirectory();
  const first = await otherLauncher(directory);
  const reader = await readUrl(directory);
  await query(reader, "create table kept as select 42 as answer");
  process.kill(serverPid(directory) ?? 0, "SIGKILL");
  await killed(first.child);

  const postgres = await startEmbeddedPostgres({ directory, settings });
  expect(postgres.adopted).toBe(false);
  expect(await query(postgres.url(), "select answer from kept")).toEqual([{ answer: 42 }]);
  await postgres.stop();
});

test("a pid file that names a stranger's process stops nobody", async () => {
  const directory = givenDirectory();
  const first = await startEmbeddedPostgres({ directory, settings });
  const pidFile = path.join(directory, "data/postmaster.pid");
  const lines = readFileSync(pidFile, "utf8").split("\n");
  await first.stop();
  const { uid, gid } = statSync(path.join(directory, "data"));
  const stranger = spawn("sleep", ["60"], { uid, gid, stdio: "ignore", cwd: "/" });
  await once(stranger, "spawn");
  writeFileSync(pidFile, [stranger.pid, ...lines.slice(1)].join("\n"));

  const second = await startEmbeddedPostgres({ directory, settings });
  expect(second.adopted).toBe(false);
  expect(stranger.exitCode).toBeNull();
  stranger.kill();
  await second.stop();
});

test("an initdb that was killed half way is begun anew", async () => {
  const directory = givenDirectory();
  const half = path.join(directory, "data.new");
  mkdirSync(half);
  writeFileSync(path.join(half, "PG_VERSION"), "18\n");
  const postgres = await startEmbeddedPostgres({ directory, settings });
  expect(await query(postgres.url(), "select 1 as one")).toEqual([{ one: 1 }]);
  await postgres.stop();
});

test("after a crash the server is back on its port, and open connections are gone", async () => {
  const postgres = await startEmbeddedPostgres({ directory: givenDirectory(), settings });
  await query(postgres.url(), "create table kept as select 42 as answer");
  const open = new pg.Client({ connectionString: postgres.url() });
  const lost = once(open, "error");
  await open.connect();
  await postgres.crash();
  await lost;
  expect(await query(postgres.url(), "select answer from kept")).toEqual([{ answer: 42 }]);
  await postgres.stop();
});

/** The owner's address of a server that another process started. */
async function readUrl(directory: string): Promise<string> {
  const port = readFileSync(path.join(directory, "port"), "utf8").trim();
  const password = readFileSync(path.join(directory, "owner-password"), "utf8").trim();
  return `postgres://ingot_owner:${password}@127.0.0.1:${port}/ingot`;
}
