import type { GpuModel } from "./hardware.ts";
import { digest, smoothNoiseAt } from "./random.ts";

export const workloads = ["training", "inference", "idle"] as const;

/** What the GPUs of a node are busy with. */
export type Workload = (typeof workloads)[number];

/** One GPU at one moment. Shares are 0 to 1. */
export type GpuLoad = {
  smClockMhz: number;
  memoryClockMhz: number;
  temperatureC: number;
  memoryTemperatureC: number;
  powerWatts: number;
  energyJoules: number;
  utilShare: number;
  memoryCopyShare: number;
  memoryUsedMib: number;
  memoryReservedMib: number;
  engineActive: number;
  smActive: number;
  smOccupancy: number;
  tensorActive: number;
  dramActive: number;
  fp64Active: number;
  fp32Active: number;
  fp16Active: number;
  pcieTxBytesPerSecond: number;
  pcieRxBytesPerSecond: number;
  nvlinkTxBytesPerSecond: number;
  nvlinkRxBytesPerSecond: number;
  /** Bits of DCGM_FI_DEV_CLOCKS_EVENT_REASONS: 1 idle, 4 software power cap. */
  clockReasons: number;
};

const reservedMib = 480;
const ambientC = 27;
// The share of its present power that a GPU's temperature shows n seconds later: metal is slow.
const lags = [
  { secondsAgo: 0, weight: 0.15 },
  { secondsAgo: 8, weight: 0.3 },
  { secondsAgo: 20, weight: 0.3 },
  { secondsAgo: 45, weight: 0.25 },
] as const;
const longestEnergyWalk = 900;

/**
 * The load of a node's GPUs as a function of seed and time: training in waves, with evaluations and
 * checkpoints as dips that all GPUs of the node share; power follows, temperature lags, memory is a
 * plateau, NVLink goes with the work. Only the energy counter has a memory.
 */
export class LoadModel {
  readonly #model: GpuModel;
  readonly #workload: Workload;
  readonly #startedAtMs: number;
  readonly #nodeSeed: number;
  readonly #gpuSeeds: number[];
  readonly #energy: { joules: number; untilSecond: number }[];
  readonly #epochSeconds: number;
  readonly #checkpointSeconds: number;

  /** @param startedAtMs When the operating system came up; the work begins soon after. */
  constructor(input: {
    seed: string;
    model: GpuModel;
    gpus: number;
    workload: Workload;
    startedAtMs: number;
  }) {
    this.#model = input.model;
    this.#workload = input.workload;
    this.#startedAtMs = input.startedAtMs;
    this.#nodeSeed = digest(input.seed, "load").readInt32LE(0);
    this.#gpuSeeds = Array.from({ length: input.gpus }, (_, index) =>
      digest(input.seed, "load", index).readInt32LE(0),
    );
    const startSecond = Math.floor(input.startedAtMs / 1000);
    this.#energy = this.#gpuSeeds.map((seed) => ({
      // What booting took: the counter begins anew with the driver.
      joules: 5_000 + (Math.abs(seed) % 20_000),
      untilSecond: startSecond,
    }));
    this.#epochSeconds = 900 + (Math.abs(this.#nodeSeed) % 1_500);
    this.#checkpointSeconds = 180 + (Math.abs(this.#nodeSeed >> 8) % 240);
  }

  /** One GPU's load. `nowMs` must not go back for the same GPU: its energy is a counter. */
  at(index: number, nowMs: number): GpuLoad {
    const model = this.#model;
    const second = nowMs / 1000;
    const active = this.#activity(index, second);
    const powerWatts = this.#power(index, second);
    const heat =
      lags.reduce((sum, lag) => sum + lag.weight * this.#power(index, second - lag.secondsAgo), 0) /
      model.limitWatts;
    const isIdle = active < 0.01;
    const filled = smoothStep(5, 40, second - this.#startedAtMs / 1000);
    const plateau = this.#workload === "idle" ? 0 : 0.78 + 0.12 * this.#trait(index, 1);
    const nvlink = model.nvlinkBytesPerSecond * 0.37 * active * (0.9 + 0.1 * this.#trait(index, 2));
    const capped = powerWatts > model.limitWatts * 0.97;
    return {
      smClockMhz: isIdle ? 345 : model.maxClockMhz - (capped ? 30 : 0),
      memoryClockMhz: model.memoryClockMhz,
      temperatureC: Math.round(ambientC + 3 * this.#trait(index, 3) + 44 * heat),
      memoryTemperatureC: Math.round(ambientC + 9 + 3 * this.#trait(index, 3) + 46 * heat),
      powerWatts,
      energyJoules: this.#energyAt(index, second),
      utilShare: Math.min(1, active * 1.05),
      memoryCopyShare: active * 0.62,
      memoryUsedMib: Math.round(4 + filled * plateau * model.memoryMib),
      memoryReservedMib: reservedMib,
      engineActive: active,
      smActive: active * 0.93,
      smOccupancy: active * 0.34,
      tensorActive: active * (this.#workload === "training" ? 0.57 : 0.31),
      dramActive: active * 0.5,
      fp64Active: active * 0.004,
      fp32Active: active * 0.08,
      fp16Active: active * 0.02,
      pcieTxBytesPerSecond: Math.round(3e4 + active * 3.7e8),
      pcieRxBytesPerSecond: Math.round(5e4 + active * 9.8e8),
      nvlinkTxBytesPerSecond: Math.round(nvlink * 0.48),
      nvlinkRxBytesPerSecond: Math.round(nvlink * 0.52),
      clockReasons: isIdle ? 1 : capped ? 4 : 0,
    };
  }

  #activity(index: number, second: number): number {
    const age = second - this.#startedAtMs / 1000;
    const rampedUp = smoothStep(10, 45, age);
    if (rampedUp === 0 || this.#workload === "idle") return 0;
    const seed = this.#gpuSeeds[index] ?? 0;
    const flutter =
      smoothNoiseAt(seed, second / 7) * 0.04 + smoothNoiseAt(seed + 1, second / 90) * 0.03;
    if (this.#workload === "inference") {
      const demand =
        0.2 +
        0.5 * smoothNoiseAt(this.#nodeSeed, second / 300) +
        0.2 * smoothNoiseAt(seed + 2, second / 20);
      return clamp(rampedUp * (demand + flutter));
    }
    const evaluation = dip(second, this.#epochSeconds, this.#epochSeconds * 0.07, 12) * 0.6;
    const checkpoint = dip(second, this.#checkpointSeconds, 14, 3) * 0.8;
    return clamp(rampedUp * (0.98 - flutter) * (1 - Math.max(evaluation, checkpoint)));
  }

  #power(index: number, second: number): number {
    const { idleWatts, limitWatts } = this.#model;
    const active = this.#activity(index, second);
    const seed = this.#gpuSeeds[index] ?? 0;
    const ripple = (smoothNoiseAt(seed + 3, second / 3) - 0.5) * 18 * (0.1 + active);
    const busy = active > 0.01 ? 0.12 + 0.86 * active : 0;
    return Math.min(limitWatts, idleWatts + (limitWatts - idleWatts) * busy + ripple);
  }

  // Adds up whole seconds since the last question; after a long silence in longer steps.
  #energyAt(index: number, second: number): number {
    const energy = this.#energy[index];
    if (energy === undefined) throw new RangeError(`no GPU ${index}`);
    const until = Math.floor(second);
    const step = Math.max(1, Math.ceil((until - energy.untilSecond) / longestEnergyWalk));
    for (; energy.untilSecond + step <= until; energy.untilSecond += step) {
      energy.joules += this.#power(index, energy.untilSecond) * step;
    }
    return energy.joules;
  }

  // A fixed number in [0, 1) that tells one GPU from its neighbours.
  #trait(index: number, which: number): number {
    return smoothNoiseAt((this.#gpuSeeds[index] ?? 0) + which * 7, 0);
  }
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

function smoothStep(from: number, to: number, value: number): number {
  const share = clamp((value - from) / (to - from));
  return share * share * (3 - 2 * share);
}

/** 1 in the middle of a dip of `length` seconds at the end of every period, with smooth edges. */
function dip(second: number, period: number, length: number, edge: number): number {
  const inside = (((second % period) + period) % period) - (period - length);
  return smoothStep(0, edge, inside) * (1 - smoothStep(length - edge, length, inside));
}
