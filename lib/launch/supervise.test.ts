import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLog } from "#lib/config/log";
import { type SupervisedService, supervise } from "#lib/launch/supervise";

let directory: string;
let service: SupervisedService | undefined;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ingot-supervise-"));
});
afterEach(async () => {
  await service?.stop();
  rmSync(directory, { recursive: true });
});

/** Supervises a small program; gives what it and the supervisor said. */
function given(program: string, environment: Record<string, string> = {}) {
  const module = path.join(directory, "program.mjs");
  writeFileSync(module, program);
  const lines: string[] = [];
  const events: Record<string, unknown>[] = [];
  service = supervise({
    command: { name: "it", module, cwd: directory, environment },
    onLine: (line) => lines.push(line),
    log: createLog("launcher", "info", (line) => events.push(JSON.parse(line))),
  });
  return { service, lines, events };
}

const living = 'console.log("up " + process.pid); setInterval(() => {}, 1000);';

function isAlive(pid: number | undefined): boolean {
  try {
    // 0 would be our own group.
    process.kill(pid || 2 ** 22, 0);
    return true;
  } catch {
    return false;
  }
}

test("a process that is killed comes back, and says so", async () => {
  const { service, lines, events } = given(living);
  await vi.waitFor(() => expect(lines).toHaveLength(1), 10_000);
  const first = service.pid();
  await service.kill();
  await vi.waitFor(() => expect(lines).toHaveLength(2), 10_000);
  expect(service.pid()).not.toBe(first);
  expect(events[0]).toMatchObject({ end: "was ended by SIGKILL", delayMs: 500 });
});

test("one that keeps failing is started again after longer and longer", async () => {
  const { service, events } = given("process.exit(3);");
  expect(await service.firstExit).toBe("ended with code 3");
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(2), 15_000);
  expect(events.slice(0, 3).map(({ delayMs }) => delayMs)).toEqual([500, 1000, 2000]);
});

test("a stop lets the process finish, and takes away what it left behind", async () => {
  const mark = path.join(directory, "finished");
  const { service, lines } = given(`
    import { spawn } from "node:child_process";
    import { writeFileSync } from "node:fs";
    process.on("SIGTERM", () => { writeFileSync(${JSON.stringify(mark)}, "yes"); process.exit(0); });
    console.log("left " + spawn("sleep", ["60"], { stdio: "ignore" }).pid);
    setInterval(() => {}, 1000);`);
  await vi.waitFor(() => expect(lines).toHaveLength(1), 10_000);
  const left = Number(lines[0]?.split(" ")[1]);
  await service.stop();
  expect(readFileSync(mark, "utf8")).toBe("yes");
  expect(service.pid()).toBeUndefined();
  await vi.waitFor(() => expect(isAlive(left)).toBe(false), 5_000);
});

test("a restart comes at once and counts as no failure", async () => {
  const { service, lines, events } = given(living);
  await vi.waitFor(() => expect(lines).toHaveLength(1), 10_000);
  await service.restart();
  await vi.waitFor(() => expect(lines).toHaveLength(2), 10_000);
  expect(events).toEqual([]);
});

test("a process is given its environment and nothing of ours", async () => {
  const { lines } = given(
    "console.log(Object.keys(process.env).filter((n) => !n.startsWith('NODE_CHANNEL')).join());",
    { ONLY: "this" },
  );
  await vi.waitFor(() => expect(lines[0]).toBe("ONLY"), 10_000);
});

test("when the launcher is killed, what it started ends too", async () => {
  // Here the supervised program is itself a launcher, and the second one its service.
  const pidFile = path.join(directory, "pid");
  const inner = path.join(directory, "inner.mjs");
  writeFileSync(
    inner,
    `import { writeFileSync } from "node:fs";
     writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
     setInterval(() => {}, 1000);`,
  );
  const { service } = given(
    `import { fork } from "node:child_process";
     fork(${JSON.stringify(inner)}, [], { detached: true, execArgv: ["--import", ${JSON.stringify(path.resolve("lib/launch/guard.mjs"))}] });`,
  );
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), 10_000);
  const pid = Number(
    await vi.waitFor(() => readFileSync(pidFile, "utf8") || Promise.reject(), { timeout: 60_000 }),
  );
  expect(isAlive(pid)).toBe(true);
  await service.kill();
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 15_000);
});
