/** What a node is made of, as its controller tells it. Absent facts are null, never zero. */
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
};

export type InventoryCpu = {
  socket: string;
  model: string | null;
  cores: number | null;
  threads: number | null;
};

export type InventoryMemoryModule = {
  slot: string;
  sizeGib: number | null;
  type: string | null;
  speedMhz: number | null;
  serial: string | null;
};

export type InventoryGpu = {
  slot: string;
  model: string | null;
  memoryGib: number | null;
  serial: string | null;
  uuid: string | null;
  firmwareVersion: string | null;
};

export type InventoryDrive = {
  slot: string;
  model: string | null;
  serial: string | null;
  sizeGb: number | null;
  media: string | null;
  protocol: string | null;
};

export type InventoryNic = {
  slot: string;
  /** Lower case, colon separated. */
  mac: string | null;
  model: string | null;
  kind: "ethernet" | "infiniband" | "unknown";
  speedGbps: number | null;
  linkUp: boolean | null;
};
