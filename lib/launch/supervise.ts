import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Log } from "#lib/config/log";

/** A program to keep running: a module for Node, its arguments and its whole environment. */
export type ServiceCommand = {
  name: string;
  module: string;
  args?: string[];
  /** Node's own, before the module. */
  flags?: readonly string[];
  cwd: string;
  environment: Record<string, string>;
};

export type SupervisedService = {
  /** Of the running process; undefined while it waits to be started again. */
  pid: () => number | undefined;
  /** Settles with the exit, in words, if the first process ends; for a start that fails at once. */
  firstExit: Promise<string>;
  /** Ends the process as a crash would; it is started again as after any crash. */
  kill: () => Promise<void>;
  /** Ends the process in order and starts it again at once. */
  restart: () => Promise<void>;
  /** Ends the process in order, and its group by force after `patienceMs`. */
  stop: () => Promise<void>;
};

const firstDelayMs = 500;
const longestDelayMs = 15_000;
/** A process that lived this long had started well: the next delay is the first one again. */
const soundMs = 30_000;
const patienceMs = 12_000;

/**
 * Keeps one process running: started at once, and again whenever it ends, after a delay that
 * doubles from half a second to 15 s. It ends with us, also when we are killed. Each line it writes
 * is handed to `onLine`.
 */
export function supervise(input: {
  command: ServiceCommand;
  onLine: (line: string) => void;
  log: Log;
}): SupervisedService {
  const { command, onLine, log } = input;
  let child: ChildProcess | undefined;
  let again: NodeJS.Timeout | undefined;
  let delayMs = firstDelayMs;
  let stopping = false;
  let restarting = false;
  const first = Promise.withResolvers<string>();

  function start(): void {
    const startedAt = performance.now();
    const fresh = fork(command.module, command.args ?? [], {
      cwd: command.cwd,
      env: command.environment as unknown as NodeJS.ProcessEnv,
      execArgv: [...(command.flags ?? []), "--import", path.join(import.meta.dirname, "guard.mjs")],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A group of its own, so that Ctrl-C reaches it through us alone, in order.
      detached: true,
    });
    child = fresh;
    for (const stream of [fresh.stdout, fresh.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", onLine);
    }
    fresh.once("error", (error) => log.error({ error, service: command.name }, "service not run"));
    fresh.once("exit", (code, signal) => {
      child = undefined;
      const end = signal ? `was ended by ${signal}` : `ended with code ${code}`;
      first.resolve(end);
      if (stopping || restarting) return;
      if (performance.now() - startedAt > soundMs) delayMs = firstDelayMs;
      log.warn({ program: command.name, end, delayMs }, "service ended, starting it again");
      again = setTimeout(start, delayMs);
      delayMs = Math.min(delayMs * 2, longestDelayMs);
    });
  }

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const leaving = child;
    if (!leaving) return;
    const gone = once(leaving, "exit");
    leaving.kill(signal);
    const byForce = setTimeout(() => killGroup(leaving), patienceMs);
    await gone;
    clearTimeout(byForce);
    // What it may have started and left behind.
    killGroup(leaving);
  }

  start();
  return {
    pid: () => child?.pid,
    firstExit: first.promise,
    kill: () => end("SIGKILL"),
    async restart() {
      restarting = true;
      clearTimeout(again);
      await end("SIGTERM");
      restarting = false;
      if (!stopping) start();
    },
    async stop() {
      stopping = true;
      clearTimeout(again);
      await end("SIGTERM");
    },
  };
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is empty.
  }
}
