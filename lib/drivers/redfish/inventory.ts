import type {
  Inventory,
  InventoryNvlinkPlace,
  InventorySection,
  InventorySource,
} from "#lib/domain/node/inventory";
import { readAccounts } from "#lib/drivers/redfish/accounts";
import { judgeConformance, readForConformance } from "#lib/drivers/redfish/conformance";
import { isDpu, readDpus } from "#lib/drivers/redfish/dpus";
import { readDrives } from "#lib/drivers/redfish/drives";
import { readEventLog } from "#lib/drivers/redfish/event-log";
import { addNvlinks, readGpus } from "#lib/drivers/redfish/gpus";
import { findSystems } from "#lib/drivers/redfish/host-system";
import { readNics } from "#lib/drivers/redfish/nics";
import { readPcieDevices } from "#lib/drivers/redfish/pcie";
import { readManager, readSecureBoot, tpmsOf } from "#lib/drivers/redfish/platform";
import type { Behaviour } from "#lib/drivers/redfish/quirks";
import type { Reader } from "#lib/drivers/redfish/reader";
import { readPowerAndReadings } from "#lib/drivers/redfish/readings";
import {
  type Chassis,
  type ComputerSystem,
  chassis,
  collection,
  isRecord,
  memory,
  processor,
  type ServiceRoot,
  softwareInventory,
  updateService,
} from "#lib/drivers/redfish/resource-schemas";

/** Chassis of a host whose sensors and power supplies are read. */
const maxChassis = 2;

/**
 * Reads what a host is made of. The parts are read in the order of their worth, so that a reader
 * with a limit leaves out firmware versions and PCIe devices and never a GPU.
 * What is broken or missing is left out and named in `unread`.
 */
export async function readInventory(
  reader: Reader,
  root: ServiceRoot,
  behaviour: Behaviour,
  rootBody: unknown,
  username: string,
): Promise<Inventory> {
  const sources: InventorySource[] = [];
  /** Does one section, and notes where it was read and whether all of it was. */
  async function section<T>(
    name: InventorySection,
    path: string | null,
    read: () => Promise<T>,
  ): Promise<T> {
    const unreadBefore = reader.unread.length;
    const found = await read();
    const complete = reader.unread.length === unreadBefore;
    sources.push({ section: name, path, readAt: new Date().toISOString(), complete });
    return found;
  }

  const systems = await findSystems(reader, root, behaviour);
  const { path: hostPath, body: host } = systems.host;
  await section("system", hostPath, async () => undefined);
  const processors = await section("cpus", host.Processors, () =>
    reader.members(host.Processors, processor),
  );
  const tray = systems.others[0]?.body.Processors ?? host.Processors;
  const foundGpus = await section("gpus", tray, () =>
    readGpus(reader, systems, processors, host.Links.Chassis),
  );
  const { nics, adapters } = await section("nics", host.NetworkInterfaces, () =>
    readNics(reader, systems),
  );
  const drives = await section("drives", host.Storage ?? host.SimpleStorage, () =>
    readDrives(reader, systems),
  );
  const holders = await readHolders(reader, host);
  const dpus = await section("dpus", host.Links.Chassis[0] ?? null, () =>
    readDpus(reader, systems, adapters, holders),
  );
  const tpms = await section("tpms", hostPath, async () => tpmsOf(host));
  const secureBoot = await section("secureBoot", host.SecureBoot, () =>
    readSecureBoot(reader, host.SecureBoot),
  );
  const managerPath = host.Links.ManagedBy[0] ?? (await firstManager(reader, root));
  const managing = await section("manager", managerPath, () => readManager(reader, managerPath));
  const chassisPath = host.Links.Chassis[0] ?? null;
  const accounts = await section("accounts", root.AccountService, () =>
    readAccounts(reader, root, username),
  );
  const read = await readForConformance(reader, systems.host, behaviour);
  const measured = await section("readings", chassisPath, () =>
    readPowerAndReadings(reader, holders),
  );
  await section("powerSupplies", chassisPath, async () => undefined);
  const modules = await section("memory", host.Memory, () =>
    readMemoryModules(reader, host.Memory),
  );
  const logPlaces = [host.LogServices, managing.body?.LogServices ?? null];
  const log = await section("log", null, () => readEventLog(reader, logPlaces, behaviour.logs));
  for (const source of sources) if (source.section === "log") source.path = log.path;
  const firmware = await section("firmware", root.UpdateService, () =>
    readFirmware(reader, root.UpdateService, behaviour.firmwareOrder),
  );
  await addNvlinks(reader, foundGpus);
  const pcieDevices = await section("pcieDevices", chassisPath, () =>
    readPcieDevices(reader, systems, holders),
  );
  const summed = modules.every((module) => module.sizeGib !== null)
    ? modules.reduce((total, module) => total + (module.sizeGib ?? 0), 0)
    : 0;
  const told = host.MemorySummary.TotalSystemMemoryGiB ?? 0;
  const totalGib = told > 0 ? told : summed > 0 ? summed : null;
  return {
    system: {
      manufacturer: host.Manufacturer,
      model: host.Model,
      serial: host.SerialNumber,
      uuid: host.UUID?.toLowerCase() ?? null,
      sku: host.SKU,
      biosVersion: host.BiosVersion,
    },
    cpus: processors.found
      .map(({ body }) => body)
      .filter((body) => (body.ProcessorType ?? "CPU") === "CPU" && body.Status.State !== "Absent")
      .map((body) => ({
        socket: body.Socket ?? body.Id ?? "CPU",
        model: body.Model,
        cores: body.TotalCores,
        threads: body.TotalThreads,
        path: body["@odata.id"],
      })),
    memory: { totalGib, modules },
    gpus: foundGpus.gpus,
    nvlinkPlace: foundGpus.nvlinkPlace ?? cartridgePlaceOf(holders),
    drives,
    nics,
    dpus,
    pcieDevices,
    firmware,
    powerSupplies: measured.supplies,
    tpms,
    secureBoot,
    manager: managing.found,
    accounts,
    readings: measured.readings,
    log: log.entries.map(({ id: _, ...entry }) => entry),
    sources,
    conformance: judgeConformance({ reader, rootBody, host: systems.host, managerPath, read }),
    unread: reader.unread,
  };
}

/** The chassis of a host; of a DPU's own controller also the card that its board is on. */
export async function readHolders(reader: Reader, host: ComputerSystem): Promise<Chassis[]> {
  const read = async (paths: readonly string[]) => {
    const found = await Promise.all(
      paths.slice(0, maxChassis).map((path) => reader.find(path, chassis, { busyIsUnread: true })),
    );
    return found.filter((each) => each !== null);
  };
  const own = await read(host.Links.Chassis);
  if (!isDpu(host)) return own;
  const cards = own.map((each) => each.Links.ContainedBy).filter((path) => path !== null);
  return [...own, ...(await read(cards))];
}

/** What a cable cartridge among the chassis that were read anyway tells of where the tray lies. */
function cartridgePlaceOf(holders: readonly Chassis[]): InventoryNvlinkPlace | null {
  for (const { SerialNumber, Oem } of holders) {
    const { ChassisPhysicalSlotNumber: slot, ComputeTrayIndex: tray } = Oem.Nvidia;
    if (slot !== null || tray !== null) return { chassisSerial: SerialNumber, slot, tray };
  }
  return null;
}

/** The first manager that the service lists; null when it lists none. */
export async function firstManager(reader: Reader, root: ServiceRoot): Promise<string | null> {
  const listed = await reader.find(root.Managers, collection, { busyIsUnread: true });
  const [first] = listed?.Members ?? [];
  const path = isRecord(first) ? first["@odata.id"] : null;
  return typeof path === "string" ? path : null;
}

async function readMemoryModules(
  reader: Reader,
  path: string | null,
): Promise<Inventory["memory"]["modules"]> {
  const { found } = await reader.members(path, memory);
  return found
    .map(({ body }) => body)
    .filter((body) => body.Status.State !== "Absent" && body.CapacityMiB !== 0)
    .map((body) => ({
      slot: body.DeviceLocator ?? body.Id ?? "memory",
      sizeGib: body.CapacityMiB === null ? null : body.CapacityMiB / 1024,
      type: body.MemoryDeviceType ?? body.MemoryType,
      speedMhz: body.OperatingSpeedMhz,
      serial: body.SerialNumber,
      partNumber: body.PartNumber,
      errorCorrection: body.ErrorCorrection,
      path: body["@odata.id"],
    }));
}

async function readFirmware(
  reader: Reader,
  updateServicePath: string | null,
  firmwareOrder: readonly RegExp[],
): Promise<Inventory["firmware"]> {
  const service = await reader.find(updateServicePath, updateService, { busyIsUnread: true });
  const listed = await reader.members(service?.FirmwareInventory ?? null, softwareInventory, {
    busyIsUnread: true,
    rank: (path) => {
      const place = firmwareOrder.findIndex((pattern) => pattern.test(lastPart(path)));
      return place === -1 ? firmwareOrder.length : place;
    },
  });
  return [
    ...listed.found.map(({ path, body }) => ({
      id: body.Id ?? lastPart(path),
      name: body.Name ?? body.Id ?? lastPart(path),
      version: body.Version,
    })),
    ...listed.missing.map((path) => ({
      id: lastPart(path),
      name: lastPart(path),
      version: null,
    })),
  ];
}

function lastPart(path: string): string {
  return path.replace(/\/$/, "").split("/").at(-1) ?? path;
}
