import {
  boardMetrics,
  emptyInstance,
  type InstanceSample,
  instanceIndex,
  maxInstance,
  maxParts,
  profileShape,
} from "#lib/domain/telemetry/instance";
import { type GpuMetric, maxGpuIndex } from "#lib/domain/telemetry/metric";
import { emptySample, type GpuSample, metricIndex } from "#lib/domain/telemetry/sample";

const smallNumber = /^\d{1,2}$/;

type SplitGpu = {
  parts: Map<number, InstanceSample>;
  /** What its parts' lines say of it as a whole. */
  board: GpuSample;
};

/** Gathers what lines say of the parts that GPUs are split into (MIG), by their labels. */
export function instancesReader() {
  const gpus = new Map<number, SplitGpu>();
  return {
    /**
     * Takes a value at declared precision: the part's, or the board's as its first line has it. A line
     * of anything else than a part, or of one that no GPU has, is passed over; lines that repeat a part
     * repeat its value, and the first counts. Of more parts than a GPU can have, so do the first.
     */
    note(metric: GpuMetric, labels: ReadonlyMap<string, string>, value: number): void {
      const index = instanceIndex.get(metric);
      const [gpu = "", id = ""] = [labels.get("gpu"), labels.get("GPU_I_ID")];
      const profile = labels.get("GPU_I_PROFILE") ?? "";
      if (!smallNumber.test(gpu) || !smallNumber.test(id)) return;
      if (labels.has("nvlink") || labels.has("nvswitch") || !profileShape.test(profile)) return;
      if (Number(gpu) > maxGpuIndex || Number(id) > maxInstance) return;
      const split = gpus.get(Number(gpu)) ?? { parts: new Map(), board: emptySample(Number(gpu)) };
      gpus.set(Number(gpu), split);
      const { parts, board } = split;
      if (parts.size === maxParts && !parts.has(Number(id))) return;
      const part = parts.get(Number(id)) ?? emptyInstance(Number(id), profile);
      parts.set(Number(id), part);
      // A number that has another size in the same text is two parts, of which one was there before.
      if (part.profile !== profile) return;
      if (index !== undefined) part.values[index] ??= value;
      if (boardMetrics.has(metric)) board.values[metricIndex[metric]] ??= value;
    },

    /** Every GPU that is split, with its parts in the order of their numbers. */
    gpus(): { board: GpuSample; parts: InstanceSample[] }[] {
      return [...gpus.values()].map(({ board, parts }) => ({
        board,
        parts: [...parts.values()].sort((a, b) => a.instance - b.instance),
      }));
    },
  };
}
