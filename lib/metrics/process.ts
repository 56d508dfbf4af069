import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";

/** How a pool of database connections stands. */
export type PoolCounts = { totalCount: number; idleCount: number; waitingCount: number };

/**
 * What a process takes, and its connections to the database once it has a pool. Where several serve
 * one port their figures are added up; of the event loop's delay the worst counts.
 */
export function observeProcess(registry: Registry, pool: () => PoolCounts | undefined): void {
  const registers = [registry];
  new Gauge({
    name: "ingot_processes",
    help: "Processes that these figures are of.",
    registers,
    collect() {
      this.set(1);
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system time, in seconds.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory, in bytes.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  new Gauge({
    name: "ingot_event_loop_delay_seconds",
    help: "The longest that a timer was late since the last time this was read.",
    aggregator: "max",
    registers,
    collect() {
      this.set(Number.isFinite(delay.max) ? delay.max / 1e9 : 0);
      delay.reset();
    },
  });
  new Gauge({
    name: "ingot_database_connections",
    help: "Connections to the database that are open, by what they do.",
    labelNames: ["state"],
    registers,
    collect() {
      const counts = pool();
      this.set({ state: "idle" }, counts?.idleCount ?? 0);
      this.set({ state: "used" }, counts ? counts.totalCount - counts.idleCount : 0);
    },
  });
  new Gauge({
    name: "ingot_database_waiting",
    help: "Requests that wait for a connection to the database.",
    registers,
    collect() {
      this.set(pool()?.waitingCount ?? 0);
    },
  });
}
