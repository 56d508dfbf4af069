import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// A small project with the real bootstrap, and an npm that installs what the lock names in no time.

let project: string;
beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), "ingot-bootstrap-"));
  for (const file of [
    "lib/launch/bootstrap.mjs",
    "lib/launch/guard.mjs",
    "lib/launch/quick-load.mjs",
    "lib/config/directory-lock.mjs",
  ]) {
    cpSync(file, path.join(project, file));
  }
  write("package.json", { type: "module", dependencies: { zod: "4.0.0" } });
  lock("4.0.0");
  writeFileSync(
    path.join(project, "npm.js"),
    `import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
     appendFileSync("npm.log", process.argv[2] + "\\n");
     if (process.argv[2] === "ci" && readFileSync("package-lock.json", "utf8").includes("broken")) process.exit(1);
     rmSync("node_modules", { recursive: true, force: true });
     mkdirSync("node_modules/.bin", { recursive: true });
     symlinkSync(${JSON.stringify(process.execPath)}, "node_modules/.bin/node");
     const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
     delete packages[""];
     delete packages["node_modules/for-a-mac"];
     writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }));`,
  );
  writeFileSync(
    path.join(project, "program.ts"),
    `const said: string = process.argv.slice(2).join(" ");
     console.log(said);
     if (said === "wait") setInterval(() => {}, 1000);
     else process.exit(7);`,
  );
});
afterEach(() => rmSync(project, { recursive: true }));

function write(file: string, content: object): void {
  writeFileSync(path.join(project, file), JSON.stringify(content));
}

function lock(version: string, root: object = { dependencies: { zod: "4.0.0" } }): void {
  const packages = {
    "": root,
    "node_modules/zod": { version },
    "node_modules/for-a-mac": { version: "1.0.0", optional: true, os: ["darwin"] },
  };
  write("package-lock.json", { lockfileVersion: 3, packages });
}

function run(...args: string[]): ChildProcess {
  return spawn(process.execPath, ["lib/launch/bootstrap.mjs", "program.ts", ...args], {
    cwd: project,
    env: { ...process.env, npm_execpath: path.join(project, "npm.js") },
    stdio: ["ignore", "pipe", "ignore"],
  });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = "";
  child.stdout?.on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "close");
  return { code, said: said.trim() };
}

function installations(): string[] {
  try {
    return readFileSync(path.join(project, "npm.log"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

test("the first start installs, the next ones do not, and each becomes the program", async () => {
  expect(await ended(run("one", "two"))).toEqual({ code: 7, said: "one two" });
  expect(await ended(run("again"))).toEqual({ code: 7, said: "again" });
  expect(installations()).toEqual(["ci"]);
});

test("a lock that changed is installed, and so is what was left half done", async () => {
  await ended(run());
  lock("4.0.1");
  await ended(run());
  rmSync(path.join(project, "node_modules/.package-lock.json"));
  await ended(run());
  expect(installations()).toEqual(["ci", "ci", "ci"]);
});

test("a package.json that the lock does not know is installed anew", async () => {
  await ended(run());
  write("package.json", { type: "module", dependencies: { zod: "4.0.0", pg: "8.0.0" } });
  await ended(run());
  expect(installations()).toEqual(["ci", "ci"]);
});

test("two first starts at once install once", async () => {
  mkdirSync(path.join(project, "data"));
  const both = await Promise.all([ended(run("a")), ended(run("b"))]);
  expect(both).toEqual([
    { code: 7, said: "a" },
    { code: 7, said: "b" },
  ]);
  expect(installations()).toEqual(["ci"]);
});

test("where npm ci refuses the lock, npm install is tried", async () => {
  lock("4.0.0", { name: "broken", dependencies: { zod: "4.0.0" } });
  expect(await ended(run("still"))).toEqual({ code: 7, said: "still" });
  expect(installations()).toEqual(["ci", "install"]);
});

test.for(["SIGTERM", "SIGKILL"] as const)("%s ends the program too", async (signal) => {
  await ended(run());
  const child = run("wait");
  await once(child.stdout ?? child, "data");
  // The pipe is the program's as well: it closes when both are gone.
  const closed = once(child, "close");
  child.kill(signal);
  await closed;
  expect(child.signalCode).toBe(signal);
});
