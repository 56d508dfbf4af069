import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeLock, waitForLock } from "#lib/config/directory-lock";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ingot-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Another process that tries for the lock, says whether it got it, and lives until killed. */
function contender(): ChildProcess {
  const lockModule = path.resolve("lib/config/directory-lock.mjs");
  const program = `import { takeLock } from ${JSON.stringify(lockModule)};
    console.log(takeLock(${JSON.stringify(directory)}, "x").holderPid ?? "mine");
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function answer(child: ChildProcess): Promise<string> {
  const [line] = await once(child.stdout ?? child, "data");
  return String(line).trim();
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("of many processes that try at the same moment one gets the lock, and the others its name", async () => {
  const children = Array.from({ length: 8 }, contender);
  const answers = await Promise.all(children.map(answer));
  const winner = children[answers.indexOf("mine")];
  expect(answers.filter((text) => text !== "mine")).toEqual(Array(7).fill(String(winner?.pid)));
  await Promise.all(children.map(kill));
});

test("a lock whose holder was killed blocks nobody", async () => {
  const first = contender();
  expect(await answer(first)).toBe("mine");
  expect(takeLock(directory, "x").holderPid).toBe(first.pid);
  await kill(first);
  const second = contender();
  expect(await answer(second)).toBe("mine");
  await kill(second);
});

test("a lock is not held by a stranger who got the process id of its holder", () => {
  writeFileSync(
    path.join(directory, "x.lock.3"),
    JSON.stringify({ pid: process.pid, started: "another boot 12345" }),
  );
  expect(takeLock(directory, "x").holderPid).toBeNull();
});

test("a lock is free once it is released, and other names are other locks", () => {
  const lock = takeLock(directory, "x");
  expect(takeLock(directory, "x").holderPid).toBe(process.pid);
  expect(takeLock(directory, "y").holderPid).toBeNull();
  if (lock.holderPid === null) lock.release();
  expect(takeLock(directory, "x").holderPid).toBeNull();
  expect(readdirSync(directory).sort()).toEqual(["x.lock.2", "y.lock.1"]);
});

test("who waits gets the lock when its holder dies, and was told whom it waits for", async () => {
  const holder = contender();
  await answer(holder);
  const told: number[] = [];
  const waiting = waitForLock(directory, "x", (pid) => {
    told.push(pid);
    holder.kill("SIGKILL");
  });
  (await waiting)();
  expect(told).toEqual([holder.pid]);
});
