// One holder per directory and purpose, across processes, with nothing but Node's own modules: the
// bootstrap takes it before anything is installed.
//
// Locks are files `name.lock.1`, `.2`, …; the highest number counts. Taking over from a process that
// is gone is linking the next number, which the file system grants to one alone, so there is no
// moment at which two see the lock free and both have it. The highest file is never deleted.

import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

/**
 * Takes the lock, unless a living process holds it. A lock left by a crash does not count, nor one
 * whose process id has since gone to another process.
 *
 * @param {string} directory made when it is missing
 * @param {string} name a plain file name
 * @returns {{ holderPid: null, release: () => void } | { holderPid: number }}
 */
export function takeLock(directory, name) {
  mkdirSync(directory, { recursive: true });
  const prefix = `${name}.lock.`;
  const me = { pid: process.pid, started: startOf(process.pid) };
  // Also tells two holders in one process apart.
  const draft = path.join(
    directory,
    `${name}.draft.${process.pid}.${Math.random().toString(36).slice(2)}`,
  );
  writeFileSync(draft, JSON.stringify(me));
  try {
    for (;;) {
      const last = highest(directory, prefix);
      const holder = last > 0 ? livingHolder(path.join(directory, prefix + last)) : null;
      if (holder !== null) return { holderPid: holder };
      const mine = last + 1;
      try {
        linkSync(draft, path.join(directory, prefix + mine));
      } catch (error) {
        if (error.code === "EEXIST") continue;
        throw error;
      }
      // A listing that grew old may have led to a number below the highest, since those are deleted.
      if (highest(directory, prefix) !== mine) {
        rmSync(path.join(directory, prefix + mine), { force: true });
        continue;
      }
      for (const lower of numbers(directory, prefix).filter((number) => number < mine)) {
        rmSync(path.join(directory, prefix + lower), { force: true });
      }
      return { holderPid: null, release: () => release(directory, prefix + mine) };
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Takes the lock, waiting for its holder as long as that lives. Throws the reason of a signal that is given
 * meanwhile.
 *
 * @param {string} directory
 * @param {string} name
 * @param {(holderPid: number) => void} onWait called once, before the first wait
 * @param {AbortSignal} [signal]
 * @returns {Promise<() => void>} lets go of the lock
 */
export async function waitForLock(directory, name, onWait, signal) {
  for (let first = true; ; first = false) {
    signal?.throwIfAborted();
    const lock = takeLock(directory, name);
    if (lock.holderPid === null) return lock.release;
    if (first) onWait(lock.holderPid);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Leaves the file in place, held by nobody. */
function release(directory, file) {
  const draft = path.join(directory, `${file}.released`);
  writeFileSync(draft, "null");
  renameSync(draft, path.join(directory, file));
}

function numbers(directory, prefix) {
  return readdirSync(directory)
    .filter((file) => file.startsWith(prefix) && /^\d+$/.test(file.slice(prefix.length)))
    .map((file) => Number(file.slice(prefix.length)));
}

function highest(directory, prefix) {
  return Math.max(0, ...numbers(directory, prefix));
}

/** The process id in a lock file, or null when that process is gone. */
function livingHolder(file) {
  let holder;
  try {
    holder = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null; // a lower number, just deleted by the one who took over
    throw error;
  }
  if (holder === null || !isAlive(holder.pid) || startOf(holder.pid) !== holder.started)
    return null;
  return holder.pid;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** When a process started, in words that no later process of the same id has; "" when it is gone. */
function startOf(pid) {
  try {
    if (process.platform === "linux") {
      // proc(5): the state is field 3, the start in clock ticks since boot field 22. The name in
      // field 2 may hold spaces. A zombie holds nothing any more.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      return fields[0] === "Z" ? "" : `${boot} ${fields[19]}`;
    }
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}
