import { maxGpuIndex } from "#lib/domain/telemetry/metric";
import type { GpuLinks } from "#lib/domain/telemetry/sample";

/**
 * The state of each NVLink of a GPU: field 1508 of dcgm_fields.h under both of its names, whose values are
 * `NVML_FI_DEV_NVLINK_GET_STATE`'s. No exporter gives it unless it is told to.
 */
export const linkFields: ReadonlySet<string> = new Set([
  "DCGM_FI_DEV_NVLINK_GET_STATE",
  "DCGM_FI_DEV_NVLINK_LINK_STATUS",
]);

/** nvml.h: a link that sleeps has nothing to do, and is up. */
const states: ReadonlyMap<number, keyof GpuLinks> = new Map([
  [0, "down"],
  [1, "up"],
  [2, "up"],
]);

/** No GPU has more. */
const mostLinks = 64;

/** How the exporter begins the labels of a GPU's link; a switch's would name the switch next. */
const ownLabels = /^\{nvlink="(\d{1,2})",gpu="(\d{1,2})"[,}]/;
/** No longer than what that takes. */
export const ownLabelsLength = 22;

/** Gathers what lines say of the NVLinks of GPUs, a line for each link. */
export function linksReader() {
  const gpus = new Map<number, Map<number, keyof GpuLinks>>();

  function take(gpu: number, link: number, value: number): void {
    const state = states.get(value);
    if (!state || gpu > maxGpuIndex || link >= mostLinks) return;
    const links = gpus.get(gpu) ?? new Map<number, keyof GpuLinks>();
    gpus.set(gpu, links);
    // A link that is printed twice is one link.
    if (!links.has(link)) links.set(link, state);
  }

  return {
    /** Takes a value that is not blank. A line of anything else than a GPU's link is passed over. */
    note(labels: ReadonlyMap<string, string>, value: number): void {
      const [gpu = "", link = ""] = [labels.get("gpu"), labels.get("nvlink")];
      if (labels.has("nvswitch") || !/^\d{1,2}$/.test(gpu) || !/^\d{1,2}$/.test(link)) return;
      take(Number(gpu), Number(link), value);
    },

    /**
     * The same by the beginning of a line's labels, which spares reading the rest: there are 144 such lines
     * of a node. False when it does not begin as the exporter prints it.
     */
    noteOwn(labelsBegin: string, value: number): boolean {
      const [, link, gpu] = ownLabels.exec(labelsBegin) ?? [];
      if (link === undefined || gpu === undefined) return false;
      take(Number(gpu), Number(link), value);
      return true;
    },

    /** Of a GPU of which the state of any link is known. */
    of(gpu: number): GpuLinks | null {
      const links = gpus.get(gpu);
      if (!links) return null;
      const up = [...links.values()].filter((state) => state === "up").length;
      return { up, down: links.size - up };
    },
  };
}
