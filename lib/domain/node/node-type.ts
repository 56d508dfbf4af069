import type { InspectionOrder } from "#lib/domain/inspection/order";
import type { SecurityBaseline } from "#lib/domain/node/baseline-rules";
import { sameCpuModel, sameGpuModel, sameName } from "#lib/domain/node/hardware-name";
import type { Inventory, InventoryDrive } from "#lib/domain/node/inventory";
import type { WipeRules } from "#lib/domain/node/wipe-measure";

/**
 * The hardware a kind of node is expected to have. A part that is left out is not checked, so a
 * type can be as strict as the fleet needs. `gpu: null` says that there must be none.
 */
export type NodeTypeSpec = {
  manufacturer?: string;
  model?: string;
  /** How many units of a rack it fills; 1 when left out. Only for drawing racks. */
  heightUnits?: number;
  cpu?: { sockets: number; coresPerSocket?: number; model?: string };
  memory?: { gib: number; tolerancePercent: number };
  gpu?: { model?: string; count: number; memoryGib?: number } | null;
  /** At least `count` drives of at least `minSizeGb` (decimal gigabytes). */
  drives?: { count: number; minSizeGb?: number };
  /** At least so many ports of each kind; InfiniBand ports of at least so many Gb/s. */
  nics?: { ethernet?: number; infiniband?: number; infinibandGbps?: number };
  /** At least so many DPUs in it. */
  dpus?: { count: number };
  baseline?: SecurityBaseline;
  /** What a wipe does beside the drives; what is left out is as usual. */
  wipe?: WipeRules;
  /** What a node goes through before it is available; nothing when left out. */
  inspection?: InspectionOrder;
  /** Why a burn-in counts without tests of GPUs and fabric; left out, those that there is hardware for must pass. */
  withoutGpuTests?: string;
};

/** One way in which a node is not, or is not known to be, what its type says. */
export type Difference = {
  field: DifferenceField;
  expected: string;
  /** Null: the controller does not say. */
  found: string | null;
  /** `unknown`: the fact could not be read. It is no proof that the hardware is wrong. */
  severity: "mismatch" | "unknown";
  /** The whole difference as a sentence for an operator. */
  words: string;
};

export const differenceFields = [
  "manufacturer",
  "model",
  "cpu.sockets",
  "cpu.coresPerSocket",
  "cpu.model",
  "memory",
  "gpu.count",
  "gpu.model",
  "gpu.memory",
  "drives",
  "nics.ethernet",
  "nics.infiniband",
  "nics.infinibandGbps",
  "dpu.count",
  "firmware",
  "secureBoot",
  "tpm",
  "ipmiOverLan",
  "certificate",
  "accounts",
  "record.accounts",
  "record.firmware",
  "record.bios",
] as const;
export type DifferenceField = (typeof differenceFields)[number];

/** Memory of GPUs is sold in GB and told in GiB: 141 GB of an H200 are 140.4 GiB. */
const gpuMemoryTolerance = 0.05;

/** Firmware keeps some memory for itself, and not always the same amount. */
const defaultMemoryTolerancePercent = 2;

/**
 * Compares what a controller tells with what the type expects, field by field, in the order a
 * person would read them. An empty answer means that everything the type asks for was found.
 */
export function compareInventory(spec: NodeTypeSpec, inventory: Inventory): Difference[] {
  return [
    ...compareSystem(spec, inventory),
    ...compareCpus(spec.cpu, inventory),
    ...compareMemory(spec.memory, inventory),
    ...compareGpus(spec.gpu, inventory),
    ...compareDrives(spec.drives, inventory),
    ...comparePorts(spec.nics?.ethernet, "ethernet", inventory),
    ...comparePorts(spec.nics?.infiniband, "infiniband", inventory),
    ...compareRates(spec.nics?.infinibandGbps, inventory),
    ...compareDpus(spec.dpus, inventory),
  ];
}

/**
 * The type that a golden node shows: every fact that is known and the same in all its parts.
 * The golden node itself has no difference from it.
 */
export function nodeTypeFromInventory(inventory: Inventory): NodeTypeSpec {
  const { system, cpus, memory, gpus, drives, nics } = inventory;
  const spec: NodeTypeSpec = {};
  if (system.manufacturer !== null) spec.manufacturer = system.manufacturer;
  if (system.model !== null) spec.model = system.model;
  if (cpus.length > 0) {
    const cores = sameInAll(cpus.map((cpu) => cpu.cores));
    const model = sameInAll(cpus.map((cpu) => cpu.model));
    spec.cpu = {
      sockets: cpus.length,
      ...(cores !== null && { coresPerSocket: cores }),
      ...(model !== null && { model }),
    };
  }
  if (memory.totalGib !== null) {
    spec.memory = { gib: memory.totalGib, tolerancePercent: defaultMemoryTolerancePercent };
  }
  if (gpus !== null) {
    const model = sameInAll(gpus.map((gpu) => gpu.model));
    const memoryGib = sameInAll(gpus.map((gpu) => gpu.memoryGib));
    spec.gpu =
      gpus.length === 0
        ? null
        : {
            ...(model !== null && { model }),
            count: gpus.length,
            ...(memoryGib !== null && { memoryGib }),
          };
  }
  if (drives.length > 0) {
    const sizes = drives.map((drive) => drive.sizeGb);
    const smallest = sizes.every((size) => size !== null) ? Math.min(...sizes) : null;
    spec.drives = { count: drives.length, ...(smallest !== null && { minSizeGb: smallest }) };
  }
  const ethernet = nics.filter((nic) => nic.kind === "ethernet").length;
  const infiniband = nics.filter((nic) => nic.kind === "infiniband").length;
  if (ethernet + infiniband > 0) {
    const rates = nics.filter((nic) => nic.kind === "infiniband").map((nic) => nic.speedGbps);
    const rate = sameInAll(rates);
    spec.nics = {
      ...(ethernet > 0 && { ethernet }),
      ...(infiniband > 0 && { infiniband }),
      ...(rate !== null && { infinibandGbps: Math.floor(rate) }),
    };
  }
  const dpus = dpusInside(inventory).length;
  if (dpus > 0) spec.dpus = { count: dpus };
  return spec;
}

function compareSystem(spec: NodeTypeSpec, { system }: Inventory): Difference[] {
  const differences: Difference[] = [];
  for (const field of ["manufacturer", "model"] as const) {
    const expected = spec[field];
    const found = system[field];
    if (expected === undefined || (found !== null && sameName(expected, found))) continue;
    differences.push(
      difference(field, field === "model" ? "Model" : "Manufacturer", expected, found),
    );
  }
  return differences;
}

function compareCpus(cpu: NodeTypeSpec["cpu"], { cpus }: Inventory): Difference[] {
  if (!cpu) return [];
  if (cpus.length === 0) return [difference("cpu.sockets", "CPUs", String(cpu.sockets), null)];
  const differences: Difference[] = [];
  if (cpus.length !== cpu.sockets) {
    differences.push(difference("cpu.sockets", "CPUs", String(cpu.sockets), String(cpus.length)));
  }
  const { coresPerSocket, model } = cpu;
  if (coresPerSocket !== undefined) {
    differences.push(
      ...compareEach(
        "cpu.coresPerSocket",
        "Cores per CPU",
        String(coresPerSocket),
        cpus.map((each) => ({ slot: each.socket, value: each.cores })),
        (cores) => cores === coresPerSocket,
      ),
    );
  }
  if (model !== undefined) {
    differences.push(
      ...compareEach(
        "cpu.model",
        "CPU model",
        model,
        cpus.map((each) => ({ slot: each.socket, value: each.model })),
        (found) => sameCpuModel(model, found),
      ),
    );
  }
  return differences;
}

function compareMemory(memory: NodeTypeSpec["memory"], inventory: Inventory): Difference[] {
  if (!memory) return [];
  const found = inventory.memory.totalGib;
  const expected = `${grouped(memory.gib)} GiB`;
  if (found === null) return [difference("memory", "Memory", expected, null)];
  if (isNear(found, memory.gib, memory.tolerancePercent / 100)) return [];
  return [difference("memory", "Memory", expected, `${grouped(found)} GiB`)];
}

function compareGpus(gpu: NodeTypeSpec["gpu"], { gpus }: Inventory): Difference[] {
  if (gpu === undefined) return [];
  const count = gpu?.count ?? 0;
  const expected =
    count === 0 ? "none" : gpu?.model === undefined ? String(count) : `${count} × ${gpu.model}`;
  if (gpus === null) {
    return [
      {
        field: "gpu.count",
        expected,
        found: null,
        severity: "unknown",
        words: `GPUs: expected ${expected}; they could not be read`,
      },
    ];
  }
  const differences: Difference[] = [];
  if (gpus.length !== count) {
    differences.push(
      difference("gpu.count", "GPUs", expected, gpus.length === 0 ? "none" : String(gpus.length)),
    );
  }
  const { model, memoryGib } = gpu ?? {};
  if (model !== undefined && gpus.length > 0) {
    differences.push(
      ...compareEach(
        "gpu.model",
        "GPU model",
        model,
        gpus.map((each) => ({ slot: each.slot, value: each.model })),
        (found) => sameGpuModel(model, found),
      ),
    );
  }
  if (memoryGib !== undefined && gpus.length > 0) {
    differences.push(
      ...compareEach(
        "gpu.memory",
        "GPU memory",
        `${memoryGib} GiB`,
        gpus.map((each) => ({ slot: each.slot, value: each.memoryGib })),
        (found) => isNear(found, memoryGib, gpuMemoryTolerance),
        (found) => `${found} GiB`,
      ),
    );
  }
  return differences;
}

function compareDrives(drives: NodeTypeSpec["drives"], inventory: Inventory): Difference[] {
  if (!drives) return [];
  const minSizeGb = drives.minSizeGb ?? 0;
  const big = (drive: InventoryDrive) =>
    minSizeGb === 0 || (drive.sizeGb !== null && drive.sizeGb >= minSizeGb);
  const enough = inventory.drives.filter(big).length;
  if (enough >= drives.count) return [];
  const ofSize = minSizeGb === 0 ? "" : ` of ${grouped(minSizeGb)} GB or more`;
  const expected = `at least ${drives.count}${ofSize}`;
  if (inventory.untold?.includes("drives")) return [difference("drives", "Drives", expected, null)];
  const unsized = inventory.drives.filter((drive) => !big(drive) && drive.sizeGb === null).length;
  if (enough + unsized < drives.count) {
    return [difference("drives", "Drives", expected, String(enough))];
  }
  return [
    {
      field: "drives",
      expected,
      found: null,
      severity: "unknown",
      words: `Drives: expected ${expected}, found ${enough} and ${unsized} of unknown size`,
    },
  ];
}

function comparePorts(
  count: number | undefined,
  kind: "ethernet" | "infiniband",
  { nics, untold }: Inventory,
): Difference[] {
  if (count === undefined) return [];
  const found = nics.filter((nic) => nic.kind === kind).length;
  if (found >= count) return [];
  const label = kind === "ethernet" ? "Ethernet ports" : "InfiniBand ports";
  const expected = `at least ${count}`;
  if (untold?.includes("nics")) return [difference(`nics.${kind}`, label, expected, null)];
  const unclear = nics.filter((nic) => nic.kind === "unknown").length;
  if (found + unclear < count) {
    return [difference(`nics.${kind}`, label, expected, String(found))];
  }
  return [
    {
      field: `nics.${kind}`,
      expected,
      found: null,
      severity: "unknown",
      words: `${label}: expected ${expected}, found ${found} and ${unclear} of unknown kind`,
    },
  ];
}

/** A port without a link has no rate, and the controller of a node that is off tells none: both are no difference. */
function compareRates(least: number | undefined, { nics }: Inventory): Difference[] {
  if (least === undefined) return [];
  const linked = nics.filter((nic) => nic.kind === "infiniband" && nic.speedGbps !== null);
  return compareEach(
    "nics.infinibandGbps",
    "InfiniBand rate",
    `at least ${least} Gb/s`,
    linked.map((nic) => ({ slot: nic.slot, value: nic.speedGbps })),
    (rate) => rate >= least,
    (rate) => `${rate} Gb/s`,
  );
}

/** DPUs that a host holds; one that is asked by its own controller is no part of itself. */
function dpusInside({ dpus = [] }: Inventory) {
  return dpus.filter(({ isSelf }) => !isSelf);
}

/** A DPU is one of the network adapters, so what is unread of those may be the one that is missing. */
function compareDpus(dpus: NodeTypeSpec["dpus"], inventory: Inventory): Difference[] {
  if (!dpus) return [];
  const inside = dpusInside(inventory);
  if (inside.length >= dpus.count) return [];
  const expected = `at least ${dpus.count}`;
  const isPart = inventory.sources?.some(
    ({ section, complete }) => !complete && (section === "dpus" || section === "nics"),
  );
  if (inventory.dpus === undefined || inventory.untold?.includes("nics") || isPart) {
    return [difference("dpu.count", "DPUs", expected, null)];
  }
  const found = inside.length === 0 ? "none" : `${inside.length} in ${slots(inside)}`;
  return [difference("dpu.count", "DPUs", expected, found)];
}

/**
 * Compares one fact of every part of a kind. Parts that differ are named with their slot, so that
 * an operator knows which one to pull; parts that say nothing make a separate, weaker difference.
 */
function compareEach<T extends string | number>(
  field: DifferenceField,
  label: string,
  expected: string,
  parts: { slot: string; value: T | null }[],
  fits: (value: T) => boolean,
  show: (value: T) => string = String,
): Difference[] {
  const differences: Difference[] = [];
  const wrong = parts.filter((part) => part.value !== null && !fits(part.value));
  if (wrong.length > 0) {
    const values = [...new Set(wrong.map((part) => (part.value === null ? "" : show(part.value))))];
    const found = values.join(", ");
    const where = wrong.length === parts.length ? "" : ` in ${slots(wrong)}`;
    differences.push({
      field,
      expected,
      found,
      severity: "mismatch",
      words: `${label}: expected ${expected}, found ${found}${where}`,
    });
  }
  const silent = parts.filter((part) => part.value === null);
  if (silent.length > 0) {
    const where = silent.length === parts.length ? "" : ` for ${slots(silent)}`;
    differences.push({
      field,
      expected,
      found: null,
      severity: "unknown",
      words: `${label}: expected ${expected}; the controller does not say${where}`,
    });
  }
  return differences;
}

function difference(
  field: DifferenceField,
  label: string,
  expected: string,
  found: string | null,
): Difference {
  return found === null
    ? {
        field,
        expected,
        found,
        severity: "unknown",
        words: `${label}: expected ${expected}; the controller does not say`,
      }
    : {
        field,
        expected,
        found,
        severity: "mismatch",
        words: `${label}: expected ${expected}, found ${found}`,
      };
}

function slots(parts: { slot: string }[]): string {
  const named = parts.slice(0, 4).map((part) => part.slot);
  const rest = parts.length - named.length;
  return rest > 0 ? `${named.join(", ")} and ${rest} more` : named.join(", ");
}

function sameInAll<T>(values: (T | null)[]): T | null {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : null;
}

function isNear(found: number, expected: number, tolerance: number): boolean {
  return Math.abs(found - expected) <= expected * tolerance;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
