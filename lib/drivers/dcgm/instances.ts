import {
  emptyInstance,
  type InstanceSample,
  instanceIndex,
  maxInstance,
  maxParts,
  profileShape,
} from "#lib/domain/telemetry/instance";
import { type GpuMetric, maxGpuIndex } from "#lib/domain/telemetry/metric";

const smallNumber = /^\d{1,2}$/;

/** Gathers what lines say of the parts that GPUs are split into (MIG), by their labels. */
export function instancesReader() {
  const gpus = new Map<number, Map<number, InstanceSample>>();
  return {
    /**
     * Takes a value at declared precision; what is the board's only tells that the part is there. A line
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
      const parts = gpus.get(Number(gpu)) ?? new Map<number, InstanceSample>();
      gpus.set(Number(gpu), parts);
      if (parts.size === maxParts && !parts.has(Number(id))) return;
      const part = parts.get(Number(id)) ?? emptyInstance(Number(id), profile);
      parts.set(Number(id), part);
      // A number that has another size in the same text is two parts, of which one was there before.
      if (index !== undefined && part.profile === profile) part.values[index] ??= value;
    },

    /** The parts by GPU, in the order of their numbers. */
    byGpu(): [gpu: number, parts: InstanceSample[]][] {
      return [...gpus].map(([gpu, parts]) => [
        gpu,
        [...parts.values()].sort((a, b) => a.instance - b.instance),
      ]);
    },
  };
}
