import { maxGpuIndex } from "#lib/domain/telemetry/metric";
import type { GpuLanes } from "#lib/domain/telemetry/sample";

/** Fields 238 and 236 of dcgm_fields.h: how many lanes a GPU's PCIe link has, and could have. */
export const laneFields: ReadonlyMap<string, keyof GpuLanes> = new Map([
  ["DCGM_FI_DEV_PCIE_LINK_WIDTH", "now"],
  ["DCGM_FI_DEV_PCIE_MAX_LINK_WIDTH", "most"],
]);

/** No link has more. */
const mostLanes = 32;

/** Gathers what lines say of the PCIe links of GPUs; the parts of a GPU have one, and repeat it. */
export function lanesReader() {
  const gpus = new Map<number, Partial<GpuLanes>>();
  return {
    /** Takes a value that is not blank. A line of anything else than a GPU is passed over. */
    note(name: string, labels: ReadonlyMap<string, string>, value: number): void {
      const part = laneFields.get(name);
      const gpu = labels.get("gpu") ?? "";
      if (!part || !/^\d{1,2}$/.test(gpu) || Number(gpu) > maxGpuIndex) return;
      if (labels.has("nvlink") || labels.has("nvswitch")) return;
      if (!Number.isInteger(value) || value < 1 || value > mostLanes) return;
      const lanes = gpus.get(Number(gpu)) ?? {};
      gpus.set(Number(gpu), lanes);
      lanes[part] ??= value;
    },

    /** Of a GPU of which both are known. */
    of(gpu: number): GpuLanes | null {
      const { now, most } = gpus.get(gpu) ?? {};
      return now === undefined || most === undefined ? null : { now, most };
    },
  };
}
