import { readFileSync } from "node:fs";

// What a process has cost so far, as the kernel of Linux counts it: proc(5).

/** A tick of Linux is a hundredth of a second. */
const ticksPerSecond = 100;

function statOf(pid: number): { own: number; ended: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = (from: number) => Number(fields[from]) + Number(fields[from + 1]);
  return { own: ticks(11), ended: ticks(13) };
}

/** The processes that a process has started and that live. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** User and system time of a process, of those it has started, and of those of them that have ended. */
export function cpuSecondsOf(pid: number): number {
  const { own, ended } = statOf(pid);
  const living = childrenOf(pid).reduce((sum, child) => {
    // One may have ended since the list was read; its parent's count has it then, at the next look.
    try {
      return sum + cpuSecondsOf(child);
    } catch {
      return sum;
    }
  }, 0);
  return (own + ended) / ticksPerSecond + living;
}

/** The memory that a process has resident, in MiB. */
export function memoryMib(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1_024;
}

/** The most memory that a process has had resident, in MiB. */
export function peakMemoryMib(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1_024;
}

/** The memory of a process and of those it has started, in MiB; what they share is counted once. */
export function familyMemoryMib(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const [, kib] = /^Pss:\s+(\d+)/m.exec(rollup) ?? [];
  return childrenOf(pid).reduce((sum, child) => {
    try {
      return sum + familyMemoryMib(child);
    } catch {
      return sum;
    }
  }, Number(kib) / 1_024);
}

/** The first process of the embedded database in a directory. */
export function postmasterPid(directory: string): number {
  return Number(readFileSync(`${directory}/data/postmaster.pid`, "utf8").split("\n")[0]);
}
