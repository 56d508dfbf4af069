import type { InventoryGpu, InventoryNvlinkPlace } from "#lib/domain/node/inventory";
import type { Systems } from "#lib/drivers/redfish/host-system";
import { pcieWords } from "#lib/drivers/redfish/pcie";
import { partNames } from "#lib/drivers/redfish/quirks";
import type { Members, Reader } from "#lib/drivers/redfish/reader";
import {
  chassis,
  collection,
  isRecord,
  memory,
  type PcieDevice,
  type Processor,
  pcieDevice,
  processor,
} from "#lib/drivers/redfish/resource-schemas";

/**
 * How many PCIe devices of a host, or else chassis, are looked through when no processor is a GPU.
 * Current firmware lists GPUs as processors; a CPU node must not cost a request for every bridge.
 */
const maxPcieDevices = 40;
const maxChassis = 8;

export type FoundGpus = {
  gpus: InventoryGpu[] | null;
  /** Where the links of each GPU are listed, in the order of the GPUs. */
  ports: (string | null)[];
  /** As the GPUs themselves tell it; null when none does. */
  nvlinkPlace: InventoryNvlinkPlace | null;
};

/**
 * The GPUs of a host: processors of the host or of a tray beside it, else PCIe devices. Null when
 * a place that may hold GPUs did not answer: a tray is silent while its host is off, and "none"
 * would read as eight GPUs gone.
 */
export async function readGpus(
  reader: Reader,
  systems: Systems,
  hostProcessors: Members<Processor>,
  chassisPaths: string[],
): Promise<FoundGpus> {
  const found = [...hostProcessors.found];
  let mayBeMore = isSilent(hostProcessors) || systems.silent.length > 0;
  for (const tray of systems.others) {
    const inTray = await reader.members(tray.body.Processors, processor, { busyIsUnread: true });
    found.push(...inTray.found);
    mayBeMore ||= isSilent(inTray);
  }
  const gpus = found.filter(({ body }) => isGpu(body) && isPresent(body));
  if (gpus.length === 0 && !mayBeMore) {
    const onPcie = await readPcieGpus(reader, systems, chassisPaths);
    return { gpus: onPcie, ports: [], nvlinkPlace: null };
  }
  // A host that shows its GPUs itself does not need a tray that is silent.
  const trayHoldsGpus = !gpus.some(({ path }) => hostProcessors.found.some((p) => p.path === path));
  if (mayBeMore && trayHoldsGpus) return { gpus: null, ports: [], nvlinkPlace: null };
  const bodies = gpus.map(({ body }) => body);
  return {
    gpus: await toGpus(reader, bodies),
    ports: bodies.map(({ Ports }) => Ports),
    nvlinkPlace: nvlinkPlaceOf(bodies),
  };
}

/** All GPUs of a tray lie in the same one, so the first that says anything speaks for them. */
function nvlinkPlaceOf(gpus: readonly Processor[]): InventoryNvlinkPlace | null {
  for (const gpu of gpus) {
    const told = gpu.Oem.Nvidia.MNNVLinkTopology;
    const place = {
      chassisSerial: told.ChassisSerialNumber,
      slot: told.TraySlotNumber,
      tray: told.TraySlotIndex,
    };
    if (Object.values(place).some((each) => each !== null)) return place;
  }
  return null;
}

/**
 * GPUs of one part number have the same memory, so it is asked for once for each; eight requests
 * for one answer is what makes a controller slow.
 */
async function toGpus(reader: Reader, found: Processor[]): Promise<InventoryGpu[]> {
  const byPart = new Map<string, Promise<number | null>>();
  return Promise.all(
    found.map(async (gpu) => {
      const model = await modelOf(reader, gpu);
      const ask = () => gpuMemoryGib(reader, gpu, model);
      const part = gpu.PartNumber;
      const asked = part === null ? ask() : (byPart.get(part) ?? ask());
      if (part !== null) byPart.set(part, asked);
      return toGpu(gpu, model, await asked);
    }),
  );
}

/** Counts the links between GPUs that their controller lists, as long as reads are left for it. */
export async function addNvlinks(reader: Reader, { gpus, ports }: FoundGpus): Promise<void> {
  for (const [index, gpu] of (gpus ?? []).entries()) {
    const path = ports[index] ?? null;
    if (path === null || reader.left() === 0) continue;
    const listed = await reader.find(path, collection, { busyIsUnread: true });
    const links = listed?.Members.filter((member) => /nvlink/i.test(pathOf(member))).length ?? 0;
    gpu.nvlinks = links > 0 ? links : null;
  }
}

function pathOf(member: unknown): string {
  return isRecord(member) ? String(member["@odata.id"]) : "";
}

async function modelOf(reader: Reader, gpu: Processor): Promise<string | null> {
  const named = gpuModel(gpu);
  if (named !== null) return named;
  const device = await reader.find(gpu.Links.PCIeDevice, pcieDevice, { busyIsUnread: true });
  return (device && gpuModel(device)) ?? gpu.PartNumber;
}

function toGpu(gpu: Processor, model: string | null, memoryGib: number | null): InventoryGpu {
  return {
    slot: gpu.Location.PartLocation.ServiceLabel ?? gpu.Id ?? gpu.Name ?? "GPU",
    model,
    memoryGib,
    serial: gpu.SerialNumber,
    uuid: gpu.UUID,
    firmwareVersion: gpu.FirmwareVersion,
    partNumber: gpu.PartNumber,
    nvlinks: null,
    pcie: pcieWords(gpu.SystemInterface.PCIe),
    path: gpu["@odata.id"],
  };
}

/** The name people use. Some firmware puts the part number where the model belongs. */
function gpuModel(device: Processor | PcieDevice): string | null {
  if (device.Model !== null && device.Model !== device.PartNumber) return device.Model;
  return device.Name !== null && partNames.gpu.named.test(device.Name) ? device.Name : null;
}

async function gpuMemoryGib(
  reader: Reader,
  gpu: Processor,
  model: string | null,
): Promise<number | null> {
  const told = gpu.MemorySummary.TotalMemorySizeMiB;
  if (told !== null && told > 0) return toGib(told);
  const own = gpu.ProcessorMemory.filter((each) => !each.MemoryType?.includes("Cache"));
  const ownMib = sum(own.map((each) => each.CapacityMiB));
  if (ownMib !== null) return toGib(ownMib);
  const linked = await Promise.all(
    gpu.Links.Memory.map((path) => reader.find(path, memory, { busyIsUnread: true })),
  );
  const linkedMib = sum(linked.map((each) => each?.CapacityMiB ?? null));
  if (linkedMib !== null) return toGib(linkedMib);
  // Last, the size that the maker put in the name: "H100 80GB HBM3".
  const inName = /\b(\d+)\s?GB\b/.exec(model ?? "")?.[1];
  return inName === undefined ? null : Number(inName);
}

async function readPcieGpus(
  reader: Reader,
  { host }: Systems,
  chassisPaths: string[],
): Promise<InventoryGpu[]> {
  const direct = await Promise.all(
    host.body.PCIeDevices.slice(0, maxPcieDevices).map((path) => reader.find(path, pcieDevice)),
  );
  const devices = direct.filter((device) => device !== null);
  if (devices.length === 0) {
    for (const path of chassisPaths.slice(0, maxChassis)) {
      const holder = await reader.find(path, chassis, { busyIsUnread: true });
      const inside = await reader.members(holder?.PCIeDevices ?? null, pcieDevice, {
        busyIsUnread: true,
      });
      devices.push(...inside.found.map(({ body }) => body));
    }
  }
  return devices
    .filter((device) => isPresent(device) && isGpuDevice(device))
    .map((device) => ({
      slot: device.Id ?? device.Name ?? "GPU",
      model: gpuModel(device),
      memoryGib: null,
      serial: device.SerialNumber,
      uuid: device.UUID,
      firmwareVersion: device.FirmwareVersion,
      partNumber: device.PartNumber,
      nvlinks: null,
      pcie: pcieWords(device.PCIeInterface),
      path: device["@odata.id"],
    }));
}

/** Whether there may be processors that the answer does not tell of. */
export function isSilent({ listed, silent }: Members<Processor>): boolean {
  return !listed || silent.length > 0;
}

function isGpuDevice(device: PcieDevice): boolean {
  const { makers, named, except } = partNames.gpu;
  const name = `${device.Model ?? ""} ${device.Name ?? ""}`;
  const isMakers = makers.test(`${device.Manufacturer ?? ""} ${name}`);
  return isMakers && named.test(name) && !except.test(name);
}

/** Whether a processor is a GPU; others are CPUs, or what has no word yet. */
export function isGpu(device: Processor): boolean {
  return device.ProcessorType === "GPU";
}

function isPresent(device: { Status: { State: string | null } }): boolean {
  return device.Status.State !== "Absent";
}

function sum(values: (number | null)[]): number | null {
  let total = 0;
  for (const value of values) {
    if (value === null) return null;
    total += value;
  }
  return total > 0 ? total : null;
}

function toGib(mib: number): number {
  return Math.round(mib / 1024);
}
