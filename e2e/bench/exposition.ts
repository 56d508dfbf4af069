import { dcgmMetrics } from "#e2e/simulator/dcgm-metrics";
import { gpuModels } from "#e2e/simulator/hardware";
import { LoadModel } from "#e2e/simulator/load-model";

const model = gpuModels.h100;

/** Makes the text of a simulated exporter of one node in training, at any moment. */
export function expositionOf(seed: string, gpus: number): (nowMs: number) => string {
  const load = new LoadModel({ seed, model, gpus, workload: "training", startedAtMs: 0 });
  const labels = (gpu: number) =>
    `gpu="${gpu}",UUID="GPU-${seed}-${gpu}-d5b6744f-f4b5-7d50",pci_bus_id="00000000:1B:00.0",device="nvidia${gpu}",modelName="${model.name}",hostname="${seed}",DCGM_FI_DRIVER_VERSION="570.133.20"`;
  return (nowMs) => {
    const samples = Array.from({ length: gpus }, (_, gpu) => ({
      ...load.at(gpu, nowMs),
      memoryMib: model.memoryMib,
      xid: 0,
      temperatureOffsetC: 0,
      limitWatts: model.limitWatts,
    }));
    const lines = dcgmMetrics.flatMap(({ type, legacy }) => [
      `# HELP ${legacy.name} ${legacy.help}`,
      `# TYPE ${legacy.name} ${type}`,
      ...samples.map((sample, gpu) => `${legacy.name}{${labels(gpu)}} ${legacy.value(sample)}`),
    ]);
    return `${lines.join("\n")}\n`;
  };
}
