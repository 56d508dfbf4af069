import { fork } from "node:child_process";
import { once } from "node:events";
import type { Oddity } from "#e2e/bench/exposition";

/** How many exporters, all of nodes in training but for those that are told apart by their index. */
export type FarmPlan = { count: number; odd: Record<number, Oddity> };

/** Starts the exporters of so many nodes of eight GPUs, in a process of their own. */
export async function startExporterFarm(
  count: number,
  odd: FarmPlan["odd"] = {},
): Promise<{ ports: number[]; stop: () => void }> {
  const plan: FarmPlan = { count, odd };
  const farm = fork(new URL("exporter-farm-process.ts", import.meta.url), [JSON.stringify(plan)]);
  const [ports] = (await once(farm, "message")) as [number[]];
  return { ports, stop: () => farm.disconnect() };
}
