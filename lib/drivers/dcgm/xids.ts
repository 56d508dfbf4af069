import { maxGpuIndex } from "#lib/domain/telemetry/metric";
import type { XidCounts } from "#lib/domain/telemetry/sample";

/**
 * How often a GPU had which XID, as the exporter itself counts it: in the last minutes, with a line
 * without an XID where there was none, or since it started (4.8.3 and newer; both are off by default).
 */
export const xidFields: ReadonlyMap<string, XidCounts["span"]> = new Map([
  ["DCGM_EXP_XID_ERRORS_COUNT", "window"],
  ["DCGM_EXP_XID_ERRORS_TOTAL", "lifetime"],
]);

/** More kinds of XID than a GPU has in its life; an exporter that names more is not believed. */
const mostXids = 64;
const mostTimes = 1_000_000_000;

/** Gathers what lines say of the XIDs of GPUs; the parts of a GPU have its own, and repeat them. */
export function xidsReader() {
  const spans = {
    window: new Map<number, Map<number, number>>(),
    lifetime: new Map<number, Map<number, number>>(),
  };
  return {
    /** Takes a value that is not blank. A line of anything else than a GPU is passed over. */
    note(name: string, labels: ReadonlyMap<string, string>, value: number): void {
      const span = xidFields.get(name);
      const gpu = labels.get("gpu") ?? "";
      if (!span || !/^\d{1,2}$/.test(gpu) || Number(gpu) > maxGpuIndex) return;
      if (labels.has("nvlink") || labels.has("nvswitch")) return;
      const times = spans[span].get(Number(gpu)) ?? new Map<number, number>();
      spans[span].set(Number(gpu), times);
      const xid = labels.get("xid") ?? "";
      if (!/^[1-9]\d{0,3}$/.test(xid) || times.has(Number(xid)) || times.size === mostXids) return;
      if (Number.isInteger(value) && value <= mostTimes) times.set(Number(xid), value);
    },

    /** Of a GPU of which any count is told; since the exporter's start where it tells both. */
    of(gpu: number): XidCounts | null {
      for (const span of ["lifetime", "window"] as const) {
        const times = spans[span].get(gpu);
        if (times) return { span, times };
      }
      return null;
    },
  };
}
