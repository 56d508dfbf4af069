import type { ConformanceReport } from "#lib/domain/node/conformance";

/**
 * What a node is made of, as its controller tells it. Absent facts are null, never zero. A part
 * that is left out altogether was not asked for: by an earlier version, or another way of asking.
 */
export type Inventory = {
  system: {
    manufacturer: string | null;
    model: string | null;
    serial: string | null;
    uuid: string | null;
    sku: string | null;
    biosVersion: string | null;
  };
  cpus: InventoryCpu[];
  memory: { totalGib: number | null; modules: InventoryMemoryModule[] };
  /** Null: the GPU tray could not be read (host off, 503); empty: it was read and holds none. */
  gpus: InventoryGpu[] | null;
  drives: InventoryDrive[];
  nics: InventoryNic[];
  /** Version null: the controller lists the component and was not asked, or did not say. */
  firmware: { id: string; name: string; version: string | null }[];
  /** Parts that this kind of controller knows nothing of: empty above means unknown, not none. */
  untold?: readonly ("cpus" | "gpus" | "drives" | "nics")[];
  /** What the controller pointed to and could not be read, so that an absence can be explained. */
  unread?: { path: string; reason: string }[];
  /** Null: the controller says nothing of it. */
  nvlinkPlace?: InventoryNvlinkPlace | null;
  dpus?: InventoryDpu[];
  pcieDevices?: InventoryPcieDevice[];
  powerSupplies?: InventoryPowerSupply[];
  tpms?: InventoryTpm[];
  /** Null: the controller says nothing of it. */
  secureBoot?: InventorySecureBoot | null;
  manager?: InventoryManager | null;
  /** Null: the controller lists none, or not all of them could be read. */
  accounts?: InventoryAccount[] | null;
  /** Where each section was read, and when. */
  sources?: InventorySource[];
  /** Measured at the moment of reading: temperatures, fans, power. */
  readings?: InventoryReading[];
  /** Newest first, as many as were asked for. */
  log?: InventoryLogEntry[];
  conformance?: ConformanceReport;
};

export const inventorySections = [
  "system",
  "cpus",
  "memory",
  "gpus",
  "drives",
  "nics",
  "dpus",
  "pcieDevices",
  "firmware",
  "powerSupplies",
  "readings",
  "tpms",
  "secureBoot",
  "manager",
  "accounts",
  "log",
] as const;
export type InventorySection = (typeof inventorySections)[number];

export type InventorySource = {
  section: InventorySection;
  /** Path on the controller that the section begins at; null when it points to none. */
  path: string | null;
  readAt: string;
  /** False: something of it could not be read, so what is missing may be there all the same. */
  complete: boolean;
};

/** A part of a node, with where its controller told of it; absent where that is not known. */
type Told = { path?: string | null };

export type InventoryCpu = Told & {
  socket: string;
  model: string | null;
  cores: number | null;
  threads: number | null;
};

export type InventoryMemoryModule = Told & {
  slot: string;
  sizeGib: number | null;
  type: string | null;
  speedMhz: number | null;
  serial: string | null;
  partNumber?: string | null;
  /** As the standard has it: `NoECC`, `SingleBitECC`, `MultiBitECC`. */
  errorCorrection?: string | null;
};

export type InventoryGpu = Told & {
  slot: string;
  model: string | null;
  memoryGib: number | null;
  serial: string | null;
  uuid: string | null;
  firmwareVersion: string | null;
  partNumber?: string | null;
  /** Links to other GPUs or to switches that the controller lists; null when it lists none. */
  nvlinks?: number | null;
  /** `Gen5 x16`. */
  pcie?: string | null;
};

/** Where a tray lies in a rack whose NVLink reaches over several nodes, as of an NVL72. */
export type InventoryNvlinkPlace = {
  /** Of the rack that the trays share: by it they are told to be of one domain. */
  chassisSerial: string | null;
  slot: number | null;
  /** Among the compute trays, from 0. */
  tray: number | null;
};

export type InventoryDrive = Told & {
  slot: string;
  model: string | null;
  serial: string | null;
  sizeGb: number | null;
  media: string | null;
  protocol: string | null;
  partNumber?: string | null;
  firmwareVersion?: string | null;
  lifeLeftPercent?: number | null;
  /** The drive expects to fail. */
  failurePredicted?: boolean | null;
};

export type InventoryNic = Told & {
  slot: string;
  /** Lower case, colon separated. */
  mac: string | null;
  model: string | null;
  kind: "ethernet" | "infiniband" | "unknown";
  speedGbps: number | null;
  linkUp: boolean | null;
  /** InfiniBand, 16 hexadecimal digits in lower case: of the port, and of the adapter's node. */
  portGuid?: string | null;
  nodeGuid?: string | null;
  /** Of the adapter that the port is on. */
  serial?: string | null;
  partNumber?: string | null;
  firmwareVersion?: string | null;
};

/** A network adapter that is a computer with a controller of its own, such as a BlueField. */
export type InventoryDpu = Told & {
  slot: string;
  model: string | null;
  serial: string | null;
  partNumber: string | null;
  firmwareVersion: string | null;
  /** `dpu`: it stands between host and network; `nic`: it is a plain adapter. Null: not told. */
  mode: "dpu" | "nic" | null;
  /** Whether the controller that was asked is the DPU's own, not that of the host it sits in. */
  isSelf: boolean;
  /** By which a DPU and the host it sits in are paired. */
  baseMac: string | null;
  baseGuid: string | null;
};

export type InventoryPcieDevice = Told & {
  slot: string;
  name: string | null;
  manufacturer: string | null;
  /** Four hexadecimal digits in lower case. */
  vendorId: string | null;
  deviceId: string | null;
  /** As the standard names it: `DisplayController`. */
  deviceClass: string | null;
  pcie: string | null;
};

export type InventoryPowerSupply = Told & {
  slot: string;
  model: string | null;
  serial: string | null;
  partNumber: string | null;
  firmwareVersion: string | null;
  capacityWatts: number | null;
  health: string | null;
};

export type InventoryTpm = {
  kind: string | null;
  firmwareVersion: string | null;
  enabled: boolean;
};

export type InventorySecureBoot = {
  /** Whether it is on at the next start, and whether it was at this one. */
  enabled: boolean | null;
  inForce: boolean | null;
  mode: string | null;
};

export type InventoryManager = {
  model: string | null;
  firmwareVersion: string | null;
  /** Its clock when it was read, as it wrote it, and how far that is from ours. */
  clock: string | null;
  clockOffBySeconds: number | null;
  /** Whether it answers IPMI over the network. */
  ipmiOverLan: boolean | null;
};

/** An account of a node's controller. */
export type InventoryAccount = {
  username: string;
  /** Null: the controller does not say. */
  enabled: boolean | null;
  role: string | null;
  /** The one that Ingot signs in with. */
  isOwn: boolean;
  /** Made by the controller itself for its host's firmware, under a name that changes. */
  isHosts: boolean;
};

export type InventoryReading = {
  kind: "temperature" | "fan" | "power";
  name: string;
  value: number;
  unit: "°C" | "rpm" | "%" | "W";
  /** From where on the controller calls it critical. */
  criticalAt: number | null;
  health: string | null;
};

export type InventoryLogEntry = {
  at: string | null;
  severity: "ok" | "warning" | "critical" | null;
  message: string;
};
