import { digest } from "./random.ts";

/** What a GPU model can do; from NVIDIA's data sheets. */
export type GpuModel = {
  /** As the driver and the exporter name it. */
  name: string;
  /** As the controller's Processor resource names it. */
  controllerName: string;
  memoryMib: number;
  idleWatts: number;
  limitWatts: number;
  maxClockMhz: number;
  memoryClockMhz: number;
  /** Bytes a second in both directions together over all links; zero without NVLink. */
  nvlinkBytesPerSecond: number;
  nvlinks: number;
};

export const gpuModels = {
  h100: {
    name: "NVIDIA H100 80GB HBM3",
    controllerName: "H100 80GB HBM3",
    memoryMib: 81_559,
    idleWatts: 69,
    limitWatts: 700,
    maxClockMhz: 1_980,
    memoryClockMhz: 2_619,
    nvlinkBytesPerSecond: 900e9,
    nvlinks: 18,
  },
  h200: {
    name: "NVIDIA H200",
    controllerName: "H200 141GB HBM3e",
    memoryMib: 143_771,
    idleWatts: 76,
    limitWatts: 700,
    maxClockMhz: 1_980,
    memoryClockMhz: 3_201,
    nvlinkBytesPerSecond: 900e9,
    nvlinks: 18,
  },
  b200: {
    name: "NVIDIA B200",
    controllerName: "B200 180GB HBM3e",
    memoryMib: 183_359,
    idleWatts: 140,
    limitWatts: 1_000,
    maxClockMhz: 1_965,
    memoryClockMhz: 3_996,
    nvlinkBytesPerSecond: 1_800e9,
    nvlinks: 18,
  },
  l40s: {
    name: "NVIDIA L40S",
    controllerName: "L40S 48GB",
    memoryMib: 46_068,
    idleWatts: 33,
    limitWatts: 350,
    maxClockMhz: 2_520,
    memoryClockMhz: 9_001,
    nvlinkBytesPerSecond: 0,
    nvlinks: 0,
  },
} as const satisfies Record<string, GpuModel>;

export type GpuModelName = keyof typeof gpuModels;

export type Gpu = {
  index: number;
  /** Lower case, without the `GPU-` that the driver puts before it. */
  uuid: string;
  serial: string;
  pciBusId: string;
  firmwareVersion: string;
};

export type Drive = {
  index: number;
  kind: "nvme" | "virtio";
  serial: string;
  model: string;
  sizeBytes: number;
};

export type NetworkPort = {
  index: number;
  kind: "ethernet" | "infiniband";
  model: string;
  serial: string;
  /** Lower case, colon separated. InfiniBand ports have a GUID instead. */
  mac: string | null;
  guid: string | null;
  speedGbps: number;
};

export type Hardware = {
  model: string;
  serial: string;
  uuid: string;
  sku: string;
  biosVersion: string;
  controllerVersion: string;
  cpu: { model: string; count: number; cores: number; threads: number };
  memory: { moduleMib: number; serials: string[] };
  gpuModel: GpuModel | null;
  gpus: Gpu[];
  /** Null: its NVLink is within it. */
  nvlinkRack: { serial: string; cluster: string; slot: number } | null;
  drives: Drive[];
  ports: NetworkPort[];
  /** Null: there is no TPM. */
  tpmSerial: string | null;
};

// The PCI addresses of the eight GPUs of an HGX H100 board, as its exporter prints them.
const gpuBuses = ["1B", "43", "52", "61", "9D", "C3", "D1", "DF"];

/**
 * What a node is made of. Equal seeds and names give equal serials, so a rack is the same rack
 * after a restart.
 * @param gpus How many GPUs, 0 to 8; a node without is a CPU node with fewer parts.
 */
export function buildHardware(input: {
  seed: string;
  name: string;
  gpus: number;
  gpuModel: GpuModelName;
  nvlinkRack?: string | null;
}): Hardware {
  const { seed, name } = input;
  const mark = (part: string, bytes: number) =>
    digest(seed, name, part).toString("hex", 0, bytes).toUpperCase();
  const range = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  const hasGpus = input.gpus > 0;
  const model = gpuModels[input.gpuModel];
  const number = digest(seed, name, "serial").readUIntBE(0, 5) % 1e9;

  return {
    model: hasGpus ? `${input.gpuModel.toUpperCase()}-SXM 8U` : "Compute 1U",
    serial: `16${String(number).padStart(11, "0")}`,
    uuid: uuidOf(digest(seed, name, "uuid")),
    sku: hasGpus ? "920-24387-2540-000" : "8675309",
    biosVersion: "1.1.3",
    controllerVersion: "24.09.17",
    cpu: {
      model: hasGpus ? "Intel(R) Xeon(R) Platinum 8480C" : "AMD EPYC 9354 32-Core Processor",
      count: 2,
      cores: hasGpus ? 56 : 32,
      threads: hasGpus ? 112 : 64,
    },
    memory: {
      moduleMib: 65_536,
      serials: range(hasGpus ? 32 : 12, (index) => mark(`dimm${index}`, 4)),
    },
    gpuModel: hasGpus ? model : null,
    gpus: range(input.gpus, (index) => ({
      index,
      uuid: uuidOf(digest(seed, name, "gpu", index)),
      serial: `165${String(digest(seed, name, "gpu-serial", index).readUIntBE(0, 5) % 1e10).padStart(10, "0")}`,
      pciBusId: `00000000:${gpuBuses[index % gpuBuses.length]}:00.0`,
      firmwareVersion: "96.00.89.00.01",
    })),
    nvlinkRack: input.nvlinkRack
      ? {
          serial: input.nvlinkRack,
          cluster: uuidOf(digest(seed, "nvlink", input.nvlinkRack)),
          slot: digest(seed, name, "slot").readUIntBE(0, 1) % 18,
        }
      : null,
    drives: [
      ...range(2, (index) => ({
        index,
        kind: "nvme" as const,
        serial: `S64G${mark(`boot-drive${index}`, 5)}`,
        model: "SAMSUNG MZ1L21T9HCLS-00A07",
        sizeBytes: 1_920_383_410_176,
      })),
      ...range(hasGpus ? 8 : 2, (index) => ({
        index: index + 2,
        kind: "nvme" as const,
        serial: `S6EJ${mark(`data-drive${index}`, 5)}`,
        model: "SAMSUNG MZWLO3T8HCLS-00A07",
        sizeBytes: 3_840_755_982_336,
      })),
    ],
    ports: [
      ...range(2, (index) => ({
        index,
        kind: "ethernet" as const,
        model: "ConnectX-7 200GbE",
        serial: `MT2245${mark("ethernet", 3)}`,
        mac: macOf(digest(seed, name, "mac", index)),
        guid: null,
        speedGbps: 200,
      })),
      ...range(input.gpus, (index) => ({
        index: index + 2,
        kind: "infiniband" as const,
        model: "ConnectX-7 NDR 400Gb/s InfiniBand",
        serial: `MT2251${mark(`infiniband${index}`, 3)}`,
        mac: null,
        guid: `0x5c257303${mark(`guid${index}`, 4).toLowerCase()}`,
        speedGbps: 400,
      })),
    ],
    tpmSerial: mark("tpm", 8),
  };
}

/** What a qemu machine of the rack is made of; its one drive is the file that qemu opens. */
export function buildQemuHardware(input: {
  seed: string;
  name: string;
  memoryMib: number;
  diskBytes: number;
  /** Of a second drive; 0 for none. */
  nvmeBytes: number;
}): Hardware {
  const { seed, name, memoryMib, diskBytes, nvmeBytes } = input;
  const mark = (part: string) => digest(seed, name, part).toString("hex", 0, 5).toUpperCase();
  const octets = digest(seed, name, "mac");
  return {
    model: "Standard PC",
    serial: `VM${mark("serial")}`,
    uuid: uuidOf(digest(seed, name, "uuid")),
    sku: "qemu",
    biosVersion: "SeaBIOS",
    controllerVersion: "1.0.0",
    // As qemu's firmware and its CPU qemu64 name themselves to the host, less their versions.
    cpu: { model: "QEMU Virtual CPU", count: 1, cores: 1, threads: 1 },
    memory: { moduleMib: memoryMib, serials: [mark("dimm")] },
    gpuModel: null,
    gpus: [],
    nvlinkRack: null,
    drives: [
      { index: 0, kind: "virtio", serial: mark("disk"), model: "virtio-blk", sizeBytes: diskBytes },
      ...(nvmeBytes > 0
        ? [
            {
              index: 1,
              kind: "nvme" as const,
              serial: mark("nvme"),
              model: "QEMU NVMe Ctrl",
              sizeBytes: nvmeBytes,
            },
          ]
        : []),
    ],
    ports: [
      {
        index: 0,
        kind: "ethernet",
        model: "virtio-net",
        serial: mark("nic"),
        // 52:54:00 is the prefix that qemu uses.
        mac: `52:54:00:${[...octets.subarray(0, 3)].map(hexByte).join(":")}`,
        guid: null,
        speedGbps: 10,
      },
    ],
    tpmSerial: null,
  };
}

/** The address of the port that a node boots from. */
export function bootMac(hardware: Hardware): string {
  const mac = hardware.ports.find((port) => port.mac !== null)?.mac;
  if (mac === undefined || mac === null) throw new Error("a node has an Ethernet port");
  return mac;
}

export function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function macOf(bytes: Buffer): string {
  return `5c:ff:35:${[...bytes.subarray(0, 3)].map(hexByte).join(":")}`;
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
