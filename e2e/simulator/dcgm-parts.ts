import type { GpuSample } from "./dcgm-metrics.ts";

/** How a GPU is split: three instances, of seven and eight parts of its compute and memory. */
const split = [
  { id: 1, profile: "4g.40gb", compute: 1, memory: 4 / 8 },
  { id: 5, profile: "2g.20gb", compute: 0.6, memory: 2 / 8 },
  { id: 13, profile: "1g.10gb", compute: 0, memory: 1 / 8 },
] as const;

/**
 * What the instances of a split GPU do: their own share of its activity and memory, and what is its
 * board's (power, clocks, temperatures), which the exporter repeats for each.
 */
export function instancesOf(gpu: GpuSample) {
  return split.map(({ id, profile, compute, memory }) => ({
    ...{ id, profile },
    sample: {
      ...gpu,
      engineActive: gpu.engineActive * compute,
      smActive: gpu.smActive * compute,
      tensorActive: gpu.tensorActive * compute,
      dramActive: gpu.dramActive * compute,
      smOccupancy: gpu.smOccupancy * compute,
      fp64Active: gpu.fp64Active * compute,
      fp32Active: gpu.fp32Active * compute,
      fp16Active: gpu.fp16Active * compute,
      memoryMib: gpu.memoryMib * memory,
      memoryUsedMib: gpu.memoryUsedMib * memory * compute,
      memoryReservedMib: gpu.memoryReservedMib * memory,
    },
  }));
}

/** The exporter's lines of the NVLinks of GPUs, the first of which may be down. */
export function nvlinkLines(
  gpus: readonly { gpu: number; down: number }[],
  links: number,
  naming: "4.8" | "4.9",
): string[] {
  const names = { "4.8": "DCGM_FI_DEV_NVLINK_GET_STATE", "4.9": "DCGM_FI_DEV_NVLINK_LINK_STATUS" };
  const name = names[naming];
  if (links === 0) return [];
  const lines = gpus.flatMap(({ gpu, down }) =>
    Array.from(
      { length: links },
      (_, link) => `${name}{nvlink="${link}",gpu="${gpu}"} ${link < down ? 0 : 1}`,
    ),
  );
  return [`# TYPE ${name} gauge`, ...lines];
}

/** 100 GB/s for each switch, in the counter's Mibit. */
const mibitPerSecond = (100e9 * 8) / 2 ** 20;

/** The exporter's lines of that many NVSwitches, in the names of its generation. */
export function nvswitchLines(count: number, naming: "4.8" | "4.9", nowMs: number): string[] {
  const moved = Math.round((nowMs / 1_000) * mibitPerSecond);
  const [old, sxid] = ["DCGM_FI_DEV_NVSWITCH", "DCGM_FI_DEV_SXID"];
  const families: { names: Record<typeof naming, string>; value: (n: number) => number }[] = [
    {
      names: { "4.8": `${old}_TEMPERATURE_CURRENT`, "4.9": `${old}_TEMP_CELSIUS` },
      value: (n) => 41 + n,
    },
    { names: { "4.8": `${old}_FATAL_ERRORS`, "4.9": `${sxid}_FATAL_ERROR` }, value: () => 0 },
    {
      names: { "4.8": `${old}_NON_FATAL_ERRORS`, "4.9": `${sxid}_NON_FATAL_ERROR` },
      value: () => 0,
    },
    { names: { "4.8": `${old}_THROUGHPUT_TX`, "4.9": `${old}_THROUGHPUT_TX` }, value: () => moved },
    { names: { "4.8": `${old}_THROUGHPUT_RX`, "4.9": `${old}_THROUGHPUT_RX` }, value: () => moved },
  ];
  if (count === 0) return [];
  return families.flatMap(({ names, value }) => {
    const name = names[naming];
    return [
      `# TYPE ${name} gauge`,
      ...Array.from({ length: count }, (_, n) => `${name}{nvswitch="nvswitch${n}"} ${value(n)}`),
    ];
  });
}
