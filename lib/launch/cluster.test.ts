import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "#e2e/free-port";
import { promtool } from "#e2e/promtool";

// A server of a few lines in place of the portal: each answer is the process that gave it.

let directory: string;
let primary: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ingot-cluster-"));
});
afterEach(() => {
  primary?.kill("SIGKILL");
  rmSync(directory, { recursive: true });
});

function run(processes: number, program: string, settings = {}): ChildProcess {
  const module = path.join(directory, "server.mjs");
  writeFileSync(module, program);
  primary = fork(path.join(import.meta.dirname, "cluster.ts"), [String(processes), module], {
    stdio: "ignore",
    env: { ...process.env, ...settings },
  });
  return primary;
}

async function givenServer(processes: number, settings = {}) {
  const port = await freePort();
  const child = run(
    processes,
    `import { createServer } from "node:http";
     createServer((_, answer) => answer.setHeader("connection", "close").end(String(process.pid)))
       .listen(${port}, "127.0.0.1");
     process.on("SIGTERM", () => process.exit(0));`,
    settings,
  );
  const ask = async () => Number(await (await fetch(`http://127.0.0.1:${port}/`)).text());
  /** The processes that answer, once so many do. */
  const answering = async (count: number) => {
    const seen = new Set<number>();
    await expect
      .poll(
        async () => {
          seen.add(await ask().catch(() => 0));
          seen.delete(0);
          return seen.size;
        },
        { timeout: 60_000, interval: 20 },
      )
      .toBeGreaterThanOrEqual(count);
    return [...seen];
  };
  return { child, ask, answering };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("several processes answer on one port, and one that is killed is replaced", async () => {
  const { ask, answering } = await givenServer(2);
  const [first = 0, second = 0] = await answering(2);
  // One that ends at once would end them all; this one had started well.
  await new Promise((resolve) => setTimeout(resolve, 5_100));
  process.kill(first, "SIGKILL");
  await expect.poll(() => isAlive(first)).toBe(false);
  expect(await ask()).toBe(second);
  await expect
    .poll(async () => [first, second].includes(await ask()), { timeout: 60_000 })
    .toBe(false);
});

test("the figures of several processes are added up, on a port of their own", async () => {
  const port = await freePort();
  const { ask, answering } = await givenServer(2, { INGOT_METRICS_PORT: String(port) });
  await answering(2);
  const read = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counted = async () => {
    const line = /^ingot_http_requests_total\{.*status="200".*\} (\d+)$/m.exec(await read());
    return Number(line?.[1] ?? 0);
  };
  const before = await counted();
  const processes = new Set<number>();
  for (let n = 0; n < 10; n++) processes.add(await ask());
  expect(processes.size).toBe(2);
  await expect.poll(counted, { timeout: 10_000 }).toBe(before + 10);
  const text = await read();
  expect(text).toContain('ingot_processes{program="web"} 2');
  expect(promtool({ metrics: text })).toBe("");
});

test("a server that ends at once ends all of them, with its exit code", async () => {
  const child = run(3, "process.exit(7)");
  const [code] = await once(child, "exit");
  expect(code).toBe(7);
});

test("told to end, all end in order", async () => {
  const { child, answering } = await givenServer(2);
  const pids = await answering(2);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  expect(pids.filter(isAlive)).toEqual([]);
});

test("when the first of them is killed, the others end too", async () => {
  const { child, answering } = await givenServer(2);
  const pids = await answering(2);
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});
