import { dcgmMetrics } from "#e2e/simulator/dcgm-metrics";
import { gpuModels, uuidOf } from "#e2e/simulator/hardware";
import { LoadModel, type Workload } from "#e2e/simulator/load-model";
import { digest } from "#e2e/simulator/random";

const model = gpuModels.h100;

/** What is different on a node: what it works on, and what happened to its first GPU. */
export type Oddity = { workload?: Workload; xid?: number; clockReasons?: number };

/** Makes the text of a simulated exporter of one node, in training if nothing else, at any moment. */
export function expositionOf(
  seed: string,
  gpus: number,
  { workload = "training", xid = 0, clockReasons }: Oddity = {},
): (nowMs: number) => string {
  const load = new LoadModel({ seed, model, gpus, workload, startedAtMs: 0 });
  const labels = Array.from(
    { length: gpus },
    (_, gpu) =>
      `gpu="${gpu}",UUID="GPU-${uuidOf(digest(seed, "gpu", gpu))}",pci_bus_id="00000000:1B:00.0",device="nvidia${gpu}",modelName="${model.name}",hostname="${seed}",DCGM_FI_DRIVER_VERSION="570.133.20"`,
  );
  return (nowMs) => {
    const samples = Array.from({ length: gpus }, (_, gpu) => ({
      ...load.at(gpu, nowMs),
      ...(gpu === 0 && clockReasons !== undefined && { clockReasons }),
      memoryMib: model.memoryMib,
      xid: gpu === 0 ? xid : 0,
      temperatureOffsetC: 0,
      limitWatts: model.limitWatts,
    }));
    const lines = dcgmMetrics.flatMap(({ type, legacy }) => [
      `# HELP ${legacy.name} ${legacy.help}`,
      `# TYPE ${legacy.name} ${type}`,
      ...samples.map((sample, gpu) => `${legacy.name}{${labels[gpu]}} ${legacy.value(sample)}`),
    ]);
    return `${lines.join("\n")}\n`;
  };
}
