/**
 * What a host says of itself, from a small system that we booted on it. It is a claim of the host:
 * whoever runs code on it can say anything. What it could not find out is null, never zero.
 */
export type HostFacts = {
  /** The running kernel, as in 6.1.0-18-amd64. */
  kernel: string | null;
  /** How its firmware started it. */
  firmware: "uefi" | "bios" | null;
  system: {
    manufacturer: string | null;
    model: string | null;
    serial: string | null;
    uuid: string | null;
    boardSerial: string | null;
    biosVendor: string | null;
    biosVersion: string | null;
    biosDate: string | null;
  };
  cpu: {
    model: string | null;
    sockets: number | null;
    cores: number | null;
    threads: number | null;
  };
  memory: {
    /** What the kernel has of it; firmware and kernel keep some for themselves. */
    totalMib: number | null;
    /** Null: the tables of the firmware could not be read. */
    modules: HostMemoryModule[] | null;
  };
  drives: HostDrive[];
  nics: HostNic[];
  infiniband: HostInfinibandPort[];
  /** Every PCI device that is no bridge. */
  pci: HostPciDevice[];
  /** What nvidia-smi says; null when it is not there or did not answer. */
  gpus: HostGpu[] | null;
  tpm: boolean | null;
  /** Null: the host was not started by UEFI, or does not tell. */
  secureBoot: boolean | null;
};

export type HostMemoryModule = {
  slot: string;
  sizeMib: number | null;
  serial: string | null;
  partNumber: string | null;
  speedMhz: number | null;
};

export type HostDrive = {
  name: string;
  model: string | null;
  serial: string | null;
  sizeBytes: number | null;
  rotational: boolean | null;
};

export type HostNic = {
  name: string;
  /** Lower case, colon separated. */
  mac: string | null;
  driver: string | null;
  speedMbps: number | null;
  linkUp: boolean | null;
};

export type HostInfinibandPort = {
  device: string;
  port: number;
  /** 16 hexadecimal digits. */
  guid: string | null;
  /** As the kernel words it: `400 Gb/sec (4X NDR)`. */
  rate: string | null;
  state: string | null;
};

export type HostPciDevice = {
  /** `0000:1b:00.0`. */
  address: string;
  /** Four hexadecimal digits each; of the class all six. */
  vendorId: string | null;
  deviceId: string | null;
  classId: string | null;
  width: number | null;
  maxWidth: number | null;
  /** As the kernel words it: `32.0 GT/s PCIe`. */
  speed: string | null;
  maxSpeed: string | null;
};

export type HostGpu = {
  model: string | null;
  serial: string | null;
  uuid: string | null;
  memoryMib: number | null;
  /**
   * The NVLink domain that the driver has joined, and the partition of it. Null: it has joined none;
   * left out: an earlier ramdisk did not ask.
   */
  cluster?: { uuid: string; clique: number } | null;
};

// A display controller may be the picture of the remote console (ASPEED, Matrox); those of these
// two are GPUs. 3D controllers (0302) and processing accelerators (1200) always are.
const gpuVendors = ["10de", "1002"];

/** The GPUs among the PCI devices, by class and vendor (PCI Code and ID Assignment, 1.16). */
export function gpusOnPci(pci: readonly HostPciDevice[]): HostPciDevice[] {
  return pci.filter(({ classId, vendorId }) => {
    const kind = classId?.slice(0, 4);
    if (kind === "0302" || kind === "1200") return true;
    return (kind === "0300" || kind === "0380") && gpuVendors.includes(vendorId ?? "");
  });
}

/** Devices whose link has fewer lanes than they can use: a bad slot, riser or contact. */
export function narrowLinks(pci: readonly HostPciDevice[]): HostPciDevice[] {
  return pci.filter(
    ({ width, maxWidth }) => width !== null && maxWidth !== null && width < maxWidth,
  );
}
