import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { dcgmMetrics, type GpuSample } from "./dcgm-metrics.ts";
import { instancesOf, nvlinkLines, nvswitchLines } from "./dcgm-parts.ts";
import type { Faults } from "./faults.ts";
import type { Hardware } from "./hardware.ts";
import { Listener } from "./listener.ts";
import { LoadModel, type Workload } from "./load-model.ts";

/** Which names dcgm-exporter uses: those up to 4.8, or those of 4.9.0. */
export type DcgmNaming = "4.8" | "4.9";

const driverVersion = "570.133.20";
const hotGpuC = 92;
/** Bits of DCGM_FI_DEV_CLOCKS_EVENT_REASONS: hardware slowdown, by heat. */
const throttledByHeat = 0x48;
const dripMs = 1_000;

// NVIDIA's Xid catalogue, the first words of each.
const xidMessages: Record<number, string> = {
  0: "No Error",
  31: "GPU memory page fault",
  48: "Double Bit ECC Error",
  63: "ECC page retirement or row remapping recording event",
  74: "NVLINK Error",
  79: "GPU has fallen off the bus",
  94: "Contained ECC error",
  95: "Uncontained ECC error",
};

/** A DCGM exporter that runs while the node's operating system does. */
export class Exporter {
  readonly #listener: Listener;
  readonly #http: Server;
  readonly #hardware: Hardware;
  readonly #faults: Faults;
  readonly #workload: Workload;
  readonly #naming: DcgmNaming;
  readonly #migGpus: number;
  readonly #nvswitches: number;
  readonly #seed: string;
  #load: LoadModel | null = null;
  #labels: string[] = [];
  #scrapes = 0;

  constructor(input: {
    host: string;
    port: number;
    seed: string;
    hardware: Hardware;
    faults: Faults;
    workload: Workload;
    naming: DcgmNaming;
    migGpus: number;
    nvswitches: number;
  }) {
    this.#seed = input.seed;
    this.#hardware = input.hardware;
    this.#faults = input.faults;
    this.#workload = input.workload;
    this.#naming = input.naming;
    this.#migGpus = input.migGpus;
    this.#nvswitches = input.nvswitches;
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#listener = new Listener({
      host: input.host,
      port: input.port,
      onSocket: (socket) => this.#http.emit("connection", socket),
    });
  }

  get isOpen(): boolean {
    return this.#listener.isOpen;
  }

  get scrapes(): number {
    return this.#scrapes;
  }

  /** Comes up with the operating system of that name, or goes down with it (null). */
  async follow(hostname: string | null): Promise<void> {
    const model = this.#hardware.gpuModel;
    if (hostname === null || model === null) {
      this.#load = null;
    } else if (this.#load === null) {
      this.#load = new LoadModel({
        seed: this.#seed,
        model,
        gpus: this.#hardware.gpus.length,
        workload: this.#workload,
        startedAtMs: Date.now(),
      });
      const driverLabel =
        this.#naming === "4.9" ? "DCGM_FI_SYSTEM_DRIVER_VERSION" : "DCGM_FI_DRIVER_VERSION";
      this.#labels = this.#hardware.gpus.map(
        (gpu) =>
          `gpu="${gpu.index}",UUID="GPU-${gpu.uuid}",pci_bus_id="${gpu.pciBusId}",` +
          `device="nvidia${gpu.index}",modelName="${model.name}",hostname="${hostname}",` +
          `${driverLabel}="${driverVersion}"`,
      );
    }
    await this.#listener.set(this.#load !== null && !this.#faults.has("exporter-down"));
  }

  async close(): Promise<void> {
    await this.#listener.set(false);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? "/", "http://exporter").pathname;
    if (request.method !== "GET" || path !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
      return;
    }
    this.#scrapes += 1;
    response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
    if (this.#faults.has("exporter-garbage")) {
      response.end('<html><body>\0{"metrics": [1, 2,\nDCGM_FI_DEV_SM_CLOCK{gpu="0 NaN NaN\n');
    } else if (this.#faults.has("exporter-drip")) {
      response.write("# HELP DCGM_FI_DEV_SM_CLOCK ");
      const drip = setInterval(() => response.write("."), dripMs);
      response.on("close", () => clearInterval(drip));
    } else {
      response.end(this.#exposition(Date.now()));
    }
  }

  #exposition(nowMs: number): string {
    const load = this.#load;
    const model = this.#hardware.gpuModel;
    if (load === null || model === null) return "";
    const missing = this.#faults.has("wrong-gpu-count") ? 1 : 0;
    const samples = this.#hardware.gpus
      .slice(missing)
      .map(({ index }): GpuSample & { index: number } => {
        const gpu = load.at(index, nowMs);
        return {
          ...gpu,
          index,
          memoryMib: model.memoryMib,
          limitWatts: model.limitWatts,
          clockReasons:
            index === missing && this.#faults.has("throttles") ? throttledByHeat : gpu.clockReasons,
          xid: index === missing ? (this.#faults.countOf("xid") ?? 0) : 0,
          temperatureOffsetC:
            index === missing && this.#faults.has("hot-gpu") ? hotGpuC - gpu.temperatureC : 0,
        };
      });
    const lines: string[] = [];
    for (const metric of dcgmMetrics) {
      const named = this.#naming === "4.9" ? metric.current : metric.legacy;
      lines.push(`# HELP ${named.name} ${named.help}`, `# TYPE ${named.name} ${metric.type}`);
      const isXid = metric.legacy.name === "DCGM_FI_DEV_XID_ERRORS";
      for (const sample of samples) {
        const labels = this.#labels[sample.index] ?? "";
        const field = isXid
          ? `,err_code="${sample.xid}",err_msg="${xidMessages[sample.xid] ?? "Unknown Error"}"`
          : "";
        // Of a GPU in MIG mode the exporter prints its instances alone.
        if (sample.index < this.#hardware.gpus.length - this.#migGpus) {
          lines.push(`${named.name}{${labels}${field}} ${named.value(sample)}`);
          continue;
        }
        for (const part of instancesOf(sample)) {
          const mig = `GPU_I_PROFILE="${part.profile}",GPU_I_ID="${part.id}",hostname=`;
          const ofPart = labels.replace("hostname=", mig);
          lines.push(`${named.name}{${ofPart}${field}} ${named.value(part.sample)}`);
        }
      }
    }
    const down = (gpu: number) =>
      gpu === missing ? (this.#faults.countOf("nvlink-down") ?? 0) : 0;
    const links = samples.map(({ index }) => ({ gpu: index, down: down(index) }));
    lines.push(...nvlinkLines(links, model.nvlinks, this.#naming));
    lines.push(...nvswitchLines(this.#nvswitches, this.#naming, nowMs));
    return `${lines.join("\n")}\n`;
  }
}
