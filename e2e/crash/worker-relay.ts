import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import type { Orders } from "#e2e/crash/crashing-worker";

export type Relay = {
  /** How many workers have died so far. */
  deaths: () => number;
  /** The moments at which one died. */
  visited: () => string[];
  stop: () => Promise<void>;
};

/**
 * Keeps one crashing worker at work and a loaded successor behind it. Ends with an error line in
 * `failures` when a worker ends in any other way than by its own SIGKILL.
 */
export async function startRelay(
  orders: Omit<Orders, "visited">,
  failures: string[],
): Promise<Relay> {
  const program = await bundle("crashing-worker", path.dirname(orders.journal));
  let stopped = false;
  let deaths = 0;
  let spare = load();

  const visited = () =>
    existsSync(orders.journal)
      ? readFileSync(orders.journal, "utf8").split("\n").filter(Boolean)
      : [];

  function load(): { child: ChildProcess; loaded: Promise<void> } {
    const child = fork(program, {
      execPath: process.execPath,
      execArgv: [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const loaded = new Promise<void>((resolve) => child.once("message", () => resolve()));
    return { child, loaded };
  }

  function go(): void {
    const { child, loaded } = spare;
    spare = load();
    child.once("exit", (code, signal) => {
      deaths++;
      if (!stopped && signal !== "SIGKILL") {
        failures.push(`a worker ended by itself: code ${code}, signal ${signal}`);
      }
      if (!stopped) go();
    });
    void loaded.then(() => {
      if (child.connected) child.send({ ...orders, visited: visited() } satisfies Orders);
    });
    current = child;
  }
  let current: ChildProcess | undefined;
  go();

  return {
    deaths: () => deaths,
    visited,
    stop: async () => {
      stopped = true;
      for (const child of [current, spare.child]) {
        if (!child || child.exitCode !== null || child.signalCode !== null) continue;
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await gone;
      }
    },
  };
}

/**
 * The worker in one file: two hundred of them are started, and one file loads eight times as fast as
 * the modules it is made of.
 */
export async function bundle(name: string, directory: string): Promise<string> {
  const outfile = path.join(directory, `${name}.mjs`);
  await build({
    entryPoints: [path.join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
    // Some packages are CommonJS and ask for `require`.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return outfile;
}
