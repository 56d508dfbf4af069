import { activeWatts, wasActive } from "#lib/domain/use/idle";

/** A node that is held, and one GPU of it as its newest sample tells; `sample` null: nothing new enough. */
export type HeldGpu = {
  allocationId: string;
  /** How many the node has. */
  gpus: number;
  model: string | null;
  sample: {
    atMs: number;
    utilization: number | null;
    /** The highest of GPU utilization, SM and tensor activity, also of what it is split into. */
    activity: number | null;
    powerWatts: number | null;
    limitWatts: number | null;
  } | null;
};

/** Many GPUs at this moment, in a few figures, each with the number of GPUs that it is known of. */
export type GpusNow = {
  nodes: number;
  gpus: number;
  /** GPUs that do something, of those of which that is known. */
  busy: { gpus: number; of: number };
  utilization: { mean: number | null; of: number };
  power: { watts: number | null; of: number };
  /** The newest sample of all; null when there is none that is new enough. */
  lastMs: number | null;
};

/**
 * Adds up GPUs. What is not known of one is in no figure: a GPU that is silent is neither idle nor
 * without power.
 */
export function gpusNow(held: readonly HeldGpu[]): GpusNow {
  const nodes = new Map(held.map(({ allocationId, gpus }) => [allocationId, gpus]));
  const known = held.flatMap(({ sample, model }) => (sample ? [{ ...sample, model }] : []));
  const acts = known.map(({ activity, powerWatts, limitWatts, model }) =>
    wasActive({
      activityPercent: activity,
      powerWatts,
      activeWatts: activeWatts(limitWatts, model),
    }),
  );
  const utilization = known.flatMap((one) => one.utilization ?? []);
  const power = known.flatMap((one) => one.powerWatts ?? []);
  return {
    nodes: nodes.size,
    gpus: sum([...nodes.values()]),
    busy: {
      gpus: acts.filter((act) => act === true).length,
      of: acts.filter((act) => act !== null).length,
    },
    utilization: {
      mean: utilization.length > 0 ? sum(utilization) / utilization.length : null,
      of: utilization.length,
    },
    power: { watts: power.length > 0 ? sum(power) : null, of: power.length },
    lastMs: known.length > 0 ? Math.max(...known.map(({ atMs }) => atMs)) : null,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
