import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Hardware } from "./hardware.ts";
import { Listener } from "./listener.ts";
import type { Workload } from "./load-model.ts";
import { digest, smoothNoiseAt } from "./random.ts";

const modes = ["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"] as const;
/** How much of a gigabit a second is in bytes. */
const gigabit = 125_000_000;
/** Longer silences count as this much: a counter moves on, and nobody looks that closely. */
const longestStepSeconds = 60;

/** What a host does at one moment: shares from 0 to 1, bytes a second. */
type HostLoad = {
  busy: number;
  waiting: number;
  memory: number;
  received: number;
  sent: number;
  read: number;
  written: number;
  infiniband: number;
};

/** What the counters of a host have come to since its boot. */
type Counters = Record<(typeof modes)[number] | "rx" | "tx" | "read" | "written" | "ib", number>;

/** A node_exporter that runs while the node's operating system does. */
export class HostExporter {
  readonly #listener: Listener;
  readonly #http: Server;
  readonly #hardware: Hardware;
  readonly #workload: Workload;
  readonly #seed: number;
  #host: { bootMs: number; toMs: number; counters: Counters } | null = null;

  constructor(input: {
    host: string;
    port: number;
    seed: string;
    hardware: Hardware;
    workload: Workload;
  }) {
    this.#seed = digest(input.seed, "host").readInt32LE(0);
    this.#hardware = input.hardware;
    this.#workload = input.workload;
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#listener = new Listener({
      host: input.host,
      port: input.port,
      onSocket: (socket) => this.#http.emit("connection", socket),
    });
  }

  /** Comes up with the operating system, its counters at zero, or goes down with it. */
  async follow(isUp: boolean): Promise<void> {
    if (!isUp) {
      this.#host = null;
    } else if (this.#host === null) {
      const counters = Object.fromEntries(
        [...modes, "rx", "tx", "read", "written", "ib"].map((name) => [name, 0]),
      ) as Counters;
      this.#host = { bootMs: Date.now(), toMs: Date.now(), counters };
    }
    await this.#listener.set(this.#host !== null);
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
    response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
    response.end(this.#exposition(Date.now()));
  }

  /** Work in waves; with GPUs beside them the processors feed those, without they are all there is. */
  #load(nowMs: number): HostLoad {
    const second = nowMs / 1_000;
    const wave = smoothNoiseAt(this.#seed, second / 90);
    const flutter = smoothNoiseAt(this.#seed + 1, second / 7);
    const works = this.#workload === "idle" ? 0 : 1;
    const busy = this.#hardware.gpus.length > 0 ? 0.1 + 0.15 * wave : 0.45 + 0.4 * wave;
    return {
      busy: 0.01 + works * (busy + 0.05 * flutter),
      waiting: works * 0.01 * flutter,
      memory: 0.04 + works * (0.3 + 0.1 * wave),
      received: 2e4 + works * gigabit * (2 + 6 * wave),
      sent: 1e4 + works * gigabit * (0.5 + 2 * flutter),
      read: works * 1e9 * (0.2 + wave),
      written: works * 1e9 * (0.05 + 0.5 * flutter),
      infiniband: works * gigabit * (20 + 120 * wave),
    };
  }

  #exposition(nowMs: number): string {
    const host = this.#host;
    if (host === null) return "";
    const { cpu, memory, drives, ports } = this.#hardware;
    const load = this.#load(nowMs);
    const seconds = Math.min(longestStepSeconds, (nowMs - host.toMs) / 1_000);
    host.toMs = nowMs;
    const add = (name: keyof Counters, perSecond: number) => {
      host.counters[name] += perSecond * seconds;
    };
    add("user", load.busy * 0.8);
    add("system", load.busy * 0.18);
    add("softirq", load.busy * 0.02);
    add("iowait", load.waiting);
    add("idle", 1 - load.busy - load.waiting);
    add("rx", load.received);
    add("tx", load.sent);
    add("read", load.read);
    add("written", load.written);
    add("ib", load.infiniband);

    const lines: string[] = [];
    const family = (name: string, type: string, samples: readonly [string, number][]) => {
      lines.push(`# HELP ${name} As node_exporter tells it.`, `# TYPE ${name} ${type}`);
      for (const [labels, value] of samples) lines.push(`${name}${labels} ${value}`);
    };
    const { counters } = host;
    const threads = cpu.count * cpu.threads;
    family("node_boot_time_seconds", "gauge", [["", Math.floor(host.bootMs / 1_000)]]);
    family(
      "node_cpu_seconds_total",
      "counter",
      Array.from({ length: threads }, (_, at) =>
        modes.map((mode): [string, number] => [`{cpu="${at}",mode="${mode}"}`, counters[mode]]),
      ).flat(),
    );
    const disks = drives.map(({ index, kind }) =>
      kind === "nvme" ? `nvme${index}n1` : `vd${String.fromCharCode(97 + index)}`,
    );
    const each = (names: readonly string[], total: number): [string, number][] =>
      names.map((device) => [`{device="${device}"}`, Math.floor(total / names.length)]);
    family("node_disk_read_bytes_total", "counter", each(disks, counters.read));
    family("node_disk_written_bytes_total", "counter", each(disks, counters.written));
    const adapters = ports.filter(({ kind }) => kind === "infiniband");
    if (adapters.length > 0) {
      const samples = adapters.map((_, at): [string, number] => [
        `{device="mlx5_${at}",port="1"}`,
        Math.floor(counters.ib / adapters.length),
      ]);
      family("node_infiniband_port_data_received_bytes_total", "counter", samples);
      family("node_infiniband_port_data_transmitted_bytes_total", "counter", samples);
    }
    family("node_load1", "gauge", [["", Number((load.busy * threads).toFixed(2))]]);
    const total = memory.moduleMib * memory.serials.length * 2 ** 20;
    family("node_memory_MemAvailable_bytes", "gauge", [
      ["", Math.floor(total * (1 - load.memory))],
    ]);
    family("node_memory_MemTotal_bytes", "gauge", [["", total]]);
    const own = ports.filter(({ kind }) => kind === "ethernet").map((_, at) => `eth${at}`);
    family("node_network_receive_bytes_total", "counter", [
      ...each(own, counters.rx),
      ['{device="lo"}', counters.rx],
    ]);
    family("node_network_transmit_bytes_total", "counter", [
      ...each(own, counters.tx),
      ['{device="lo"}', counters.tx],
    ]);
    return `${lines.join("\n")}\n`;
  }
}
