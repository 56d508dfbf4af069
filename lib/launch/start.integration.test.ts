import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type Ingot, type StartOptions, services, startIngot } from "#lib/launch/start";

// Worker and boot server with a database of their own: all of Ingot but the portal, whose build is
// what the journeys run on.

let directory: string;
let running: Ingot | undefined;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ingot-start-"));
  chmodSync(directory, 0o711);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(directory, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (!address || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function options(): Promise<StartOptions & { settings: Record<string, string> }> {
  return {
    services: ["worker", "boot"],
    settings: {
      INGOT_DATA_DIRECTORY: path.join(directory, "data"),
      INGOT_BOOT_PORT: String(await freePort()),
    },
    postgres: { fsync: "off" },
  };
}

async function started(more: Record<string, string> = {}): Promise<Ingot> {
  const given = await options();
  running = await startIngot({ ...given, settings: { ...given.settings, ...more } });
  return running;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("all runs when the start is over, on a migrated database, and nothing does after the stop", async () => {
  const token = "0123456789abcdef0123456789abcdef";
  const first = await freePort();
  const ingot = await started({
    INGOT_METRICS_PORT: String(first),
    INGOT_METRICS_TOKEN: token,
  });
  expect((await fetch(`${ingot.bootOrigin}/nothing`)).status).toBe(404);
  const metrics = (after: number) => async () => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${first + after}/metrics`, { headers });
    return answer.text();
  };
  const patience = { timeout: 60_000 };
  await expect
    .poll(() => metrics(1)().catch(() => ""), patience)
    .toContain('ingot_database_up{program="worker"} 1');
  // Of the boot server's own listener too, which is no one's but monitoring's.
  await expect
    .poll(() => metrics(2)().catch(() => ""), patience)
    .toContain(
      'ingot_http_requests_total{route="other",method="GET",status="404",program="boot"} 1',
    );
  const client = new pg.Client({ connectionString: ingot.databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    "select current_user as name, count(*)::int as nodes from nodes",
  );
  expect(rows).toEqual([{ name: "ingot_owner", nodes: 0 }]);
  await client.end();

  const pids = [ingot.pid("worker"), ingot.pid("boot")] as number[];
  await ingot.stop();
  expect(pids.filter(isAlive)).toEqual([]);
  await expect(fetch(ingot.bootOrigin)).rejects.toThrow();
});

test("the boot server does not have the key that opens controllers' credentials in its environment", async () => {
  const ingot = await started();
  const names = (pid: number | undefined) =>
    readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .map((entry) => entry.split("=")[0]);
  expect(names(ingot.pid("worker"))).toContain("INGOT_CREDENTIAL_PRIVATE_KEY_FILE");
  expect(names(ingot.pid("boot")).join()).not.toContain("INGOT_CREDENTIAL_PRIVATE_KEY");
  expect(names(ingot.pid("boot"))).not.toContain("INGOT_SESSION_SECRET");
});

test("no service is given the owner of the tables", async () => {
  const ingot = await started();
  const [, owner] = /\/\/([^:]+):/.exec(ingot.databaseUrl) ?? [];
  expect(owner).toBe("ingot_owner");
  for (const service of ["worker", "boot"] as const) {
    const environment = readFileSync(`/proc/${ingot.pid(service)}/environ`, "utf8");
    expect(environment).toContain("DATABASE_URL=postgres://ingot_worker:");
    expect(environment).not.toContain("ingot_owner");
  }
});

test("a service that is killed comes back, and one that is restarted answers", async () => {
  const ingot = await started();
  const worker = ingot.pid("worker");
  await ingot.kill("worker");
  await vi.waitFor(() => expect(ingot.pid("worker")).toBeGreaterThan(0), 10_000);
  expect(ingot.pid("worker")).not.toBe(worker);
  await ingot.restart("boot");
  expect((await fetch(ingot.bootOrigin)).status).toBe(404);
});

test("a database that is killed comes back, on its port and with what it held", async () => {
  const ingot = await started();
  const count = async () => {
    const client = new pg.Client({ connectionString: ingot.databaseUrl });
    await client.connect();
    const { rows } = await client.query("select count(*)::int as n from setup_links");
    await client.end();
    return rows[0]?.n;
  };
  const before = await count();
  const pidFile = path.join(directory, "data/postgres/data/postmaster.pid");
  const [pid] = readFileSync(pidFile, "utf8").split("\n");
  process.kill(Number(pid), "SIGKILL");
  await expect.poll(() => count().catch(() => "away"), { timeout: 120_000 }).toBe("away");
  await expect.poll(() => count().catch(() => "away"), { timeout: 120_000 }).toBe(before);
});

const short = "shorter than 32 characters; for example";

test.for([
  ["the portal's", { INGOT_SESSION_SECRET: "short" }, `INGOT_SESSION_SECRET is ${short}`],
  ["the portal's key", { INGOT_CREDENTIAL_PUBLIC_KEY: "x" }, "INGOT_CREDENTIAL_PRIVATE_KEY is not"],
  ["the portal's charts", { INGOT_PROMETHEUS_URL: "x" }, "INGOT_PROMETHEUS_URL is not an address"],
  ["the worker's", { INGOT_LEASE_SECONDS: "soon" }, 'INGOT_LEASE_SECONDS is "soon", which is not'],
  ["the worker's mail", { SMTP_FROM: "ingot@ingot.example" }, "SMTP_URL is not set; for example"],
  ["the boot server's", { INGOT_EC2_METADATA: "maybe" }, 'INGOT_EC2_METADATA is "maybe", which'],
  ["a database", { DATABASE_URL: "postgres://ingot:hunter2@127.0.0.1:1/x" }, "No database answers"],
  ["a directory", { INGOT_DATA_DIRECTORY: "/dev/null/x" }, "INGOT_DATA_DIRECTORY is /dev/null/x,"],
] as const)(
  "a setting that is no good is named before anything is started: %s",
  async ([, wrong, said]) => {
    const given = await options();
    const settings = { ...given.settings, INGOT_PORT: String(await freePort()), ...wrong };
    const lines: string[] = [];
    const onLine = (_: string, line: string) => lines.push(line);
    const starting = startIngot({ ...given, settings, services, onLine });
    const { message } = await starting.then(
      () => new Error("started"),
      (error: Error) => error,
    );
    expect(message).toContain(said);
    // One sentence, and no secret in it.
    expect(message).toMatch(/^[^\n]+[^.]\.$/);
    expect(message).not.toContain("hunter2");
    expect(lines).toEqual([]);
    expect(existsSync(path.join(directory, "data/postgres"))).toBe(false);
  },
);

test("a port in use is named before anything is started", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const port = address && typeof address === "object" ? String(address.port) : "";
  const given = await options();
  await expect(
    startIngot({ ...given, settings: { ...given.settings, INGOT_BOOT_PORT: port } }),
  ).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use by another program.`);
});

test("a start that is broken off leaves nothing running, and the directory to the next one", async () => {
  const ending = new AbortController();
  const given = await options();
  const onLine = (source: string, line: string) => {
    if (source === "launcher" && line.includes("database up to date")) {
      ending.abort(new Error("changed my mind"));
    }
  };
  await expect(startIngot({ ...given, onLine, signal: ending.signal })).rejects.toThrow(
    "changed my mind",
  );
  await (await startIngot(given)).stop();
});

test("when the launcher is killed its services end, and the next start takes the database over", async () => {
  const given = await options();
  const program = `
    import { startIngot } from "#lib/launch/start";
    const ingot = await startIngot(${JSON.stringify(given)});
    console.log(JSON.stringify([ingot.pid("worker"), ingot.pid("boot")]));`;
  const launcher = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: launcher.stdout }), "line");
  const pids: number[] = JSON.parse(line);
  launcher.kill("SIGKILL");
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), 20_000);

  const next = await startIngot(given);
  expect(next.postgres?.adopted).toBe(true);
  await next.stop();
});
