// node lib/launch/bootstrap.mjs <program.ts> [arguments]
//
// What every npm script runs through. It needs nothing but a Node of the last years: it installs
// what package-lock.json asks for, and goes on under the Node pinned there, which runs TypeScript
// as it stands.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { waitForLock } from "../config/directory-lock.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const pinnedNode = path.join(root, "node_modules/.bin/node");

requireNode("20.9.0");
const release = await waitForLock(path.join(root, "data"), "install", (pid) =>
  say(`Waiting for process ${pid}, which is installing the dependencies.`),
);
try {
  if (!isInstalled()) install();
} finally {
  release();
}
goOn(process.argv.slice(2));

function requireNode(least) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [leastMajor, leastMinor] = least.split(".").map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  fail(
    `Ingot needs Node ${least} or newer to begin with, and this is ${process.versions.node}. Install a newer one, for example from https://nodejs.org, and run the same command again.`,
  );
}

/**
 * Whether node_modules holds what package-lock.json asks for, as told by the list that npm leaves
 * there at the end of an installation. Optional packages are those of other platforms, and npm
 * leaves out extraneous ones.
 */
function isInstalled() {
  const asked = readJson("package-lock.json");
  const present = readJson("node_modules/.package-lock.json")?.packages;
  if (!asked || !present || !existsSync(pinnedNode)) return false;
  if (!isLockOf(asked, readJson("package.json"))) return false;
  return Object.entries(asked.packages).every(
    ([at, entry]) =>
      at === "" || entry.optional || entry.extraneous || present[at]?.version === entry.version,
  );
}

/** Whether a lock was made for these dependencies, or package.json has changed since. */
function isLockOf(lock, { dependencies = {}, devDependencies = {} }) {
  const locked = lock.packages[""] ?? {};
  return [
    [dependencies, locked.dependencies ?? {}],
    [devDependencies, locked.devDependencies ?? {}],
  ].every(
    ([a, b]) =>
      Object.keys(a).length === Object.keys(b).length &&
      Object.entries(a).every(([name, range]) => b[name] === range),
  );
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), "utf8"));
  } catch {
    return undefined;
  }
}

function install() {
  say("Installing the dependencies. This takes about a minute, the first time only.");
  const began = Date.now();
  if (npm("ci") !== 0) {
    say(
      "npm ci could not do it (see above). Trying npm install, which may change package-lock.json.",
    );
    if (npm("install") !== 0) {
      fail(
        "The dependencies could not be installed. The lines above say why; is the registry reachable?",
      );
    }
  }
  const version = spawnSync(pinnedNode, ["--version"], { encoding: "utf8" });
  if (version.status !== 0) {
    fail(
      "npm installed everything but the pinned Node, which comes by an install script. Allow install scripts (npm config set ignore-scripts false) and run: npm rebuild node",
    );
  }
  say(
    `Installed in ${Math.round((Date.now() - began) / 1000)} s. Going on with Node ${version.stdout.trim()}.`,
  );
}

/** Runs the npm that started us, or the one on the PATH, and gives its exit code. */
function npm(command) {
  // Also where NODE_ENV is production: building, testing and the demo need all of it.
  const args = [
    command,
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const script = process.env.npm_execpath;
  const [program, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  const { status, error } = spawnSync(program, [...first, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (error) say(`npm cannot be run: ${error.message}`);
  return status ?? 1;
}

/** Becomes the program as far as others can tell: same streams, same signals, same exit code. */
function goOn(args) {
  const guard = path.join(root, "lib/launch/guard.mjs");
  const child = spawn(pinnedNode, ["--import", guard, ...args], {
    cwd: root,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => fail(`${pinnedNode} cannot be run: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exit(code ?? 1);
    }
  });
}

function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

function fail(sentence) {
  say(sentence);
  process.exit(1);
}
