import { z } from "zod";
import { faultNames } from "./faults.ts";
import { flavourNames } from "./flavours.ts";
import { type GpuModelName, gpuModels } from "./hardware.ts";
import { workloads } from "./load-model.ts";

const milliseconds = z.number().nonnegative();
const gpuModelNames = Object.keys(gpuModels) as GpuModelName[];

export const timingSchema = z
  .strictObject({
    powerMs: milliseconds,
    bootMs: milliseconds,
    installMs: milliseconds,
    wipeDeviceMs: milliseconds,
    shutdownMs: milliseconds,
    retryMs: milliseconds,
    bootTries: z.int().positive(),
  })
  .partial();

/** A fault by name, with a number after a colon where it takes one: `busy:5`. */
export const faultSchema = z
  .string()
  .refine((text) => faultNames.some((name) => name === text.split(":", 1)[0]), {
    error: (issue) => `no fault is called ${JSON.stringify(issue.input)}`,
  });

const nodeGroupSchema = z.strictObject({
  /** How many nodes of this kind. */
  count: z.int().positive().default(1),
  /** The node's name; more than one node of a name get `-1`, `-2`, … By default kind and place. */
  name: z.string().min(1).optional(),
  /** `qemu` is a real machine of one CPU that the controller starts and stops. */
  machine: z.enum(["simulated", "qemu"]).default("simulated"),
  /**
   * Of a qemu machine: `bios` boots from the network by PXE, with iPXE in its network card; `uefi` boots
   * from an address, by itself.
   */
  firmware: z.enum(["bios", "uefi"]).default("bios"),
  memoryMib: z.int().min(256).default(512),
  diskMib: z.int().min(64).default(256),
  /** A second drive, with NVMe's own commands; 0 for none. */
  nvmeMib: z.int().min(0).default(0),
  /** How the controller behaves. */
  flavour: z.enum(flavourNames).default("dgx"),
  /** GPUs in the node; 0 is a CPU node. */
  gpus: z.int().min(0).max(8).default(8),
  gpuModel: z.enum(gpuModelNames).default("h100"),
  workload: z.enum(workloads).default("training"),
  /** Which names its DCGM exporter uses. */
  dcgmNaming: z.enum(["4.8", "4.9"]).default("4.8"),
  /** How many of its GPUs, from the last on, are split into instances (MIG). */
  migGpus: z.int().min(0).max(8).default(0),
  /** Serial number of the rack whose NVLink its GPUs share with the other nodes of it, as of an NVL72. */
  nvlinkRack: z.string().nullable().default(null),
  /** NVSwitches that its DCGM exporter tells of. */
  nvswitches: z.int().min(0).max(18).default(0),
  faults: z.array(faultSchema).default([]),
});

const fixtureSchema = z.strictObject({
  name: z.string().min(1),
  /** A gzipped JSON object: path to body of `GET path`. */
  file: z.string().min(1),
});

export const rackOptionsSchema = z.strictObject({
  /** 0 to 127: racks of different networks can run on one machine. */
  network: z.int().min(0).max(127).default(10),
  nodes: z.array(nodeGroupSchema).default([]),
  fixtures: z.array(fixtureSchema).default([]),
  nodesPerRack: z.int().min(1).max(254).default(32),
  controllerPort: z.int().min(1).max(65_535).default(8_443),
  exporterPort: z.int().min(1).max(65_535).default(9_400),
  nodeExporterPort: z.int().min(1).max(65_535).default(9_100),
  /** 0 takes a free one. */
  controlPort: z.int().min(0).max(65_535).default(0),
  /** Serials, addresses, passwords and loads follow from it. */
  seed: z.string().default("rack"),
  timing: timingSchema.default({}),
  /** Divides every time: 2 is twice as fast. */
  speed: z.number().positive().default(1),
  /** Where the site's DHCP sends a machine that boots by PXE: the portal's boot origin. */
  pxeOrigin: z.url().nullable().default(null),
  /** The share of requests that meet a busy controller: 503, or 409 for a change. */
  awkwardShare: z.number().min(0).max(1).default(0),
  /** Locks an account after so many failed logins in a row. */
  lockout: z
    .strictObject({ after: z.int().positive(), forMs: milliseconds })
    .nullable()
    .default(null),
  sessionLimit: z.int().positive().default(16),
  /** Keeps power, disks and certificates over a restart of the rack. */
  stateFile: z.string().nullable().default(null),
  /** Where qemu's disks and consoles are; a temporary folder by default. */
  directory: z.string().nullable().default(null),
});

/** What a rack is started with; everything has a default. */
export type RackOptions = z.input<typeof rackOptionsSchema>;

export type RackSettings = z.output<typeof rackOptionsSchema>;
export type NodeGroup = RackSettings["nodes"][number];
