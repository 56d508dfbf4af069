import type { Inventory } from "#lib/domain/node/inventory";
import { readDrives } from "#lib/drivers/redfish/drives";
import { readGpus } from "#lib/drivers/redfish/gpus";
import { findSystems } from "#lib/drivers/redfish/host-system";
import { readNics } from "#lib/drivers/redfish/nics";
import type { Behaviour } from "#lib/drivers/redfish/quirks";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  memory,
  processor,
  type ServiceRoot,
  softwareInventory,
  updateService,
} from "#lib/drivers/redfish/resource-schemas";

/**
 * Reads what a host is made of. The parts are read in the order of their worth, so that a reader
 * with a limit leaves out memory modules and firmware versions and never a GPU.
 * What is broken or missing is left out and named in `unread`.
 */
export async function readInventory(
  reader: Reader,
  root: ServiceRoot,
  behaviour: Behaviour,
): Promise<Inventory> {
  const systems = await findSystems(reader, root, behaviour);
  const host = systems.host.body;
  const processors = await reader.members(host.Processors, processor);
  const gpus = await readGpus(reader, systems, processors, host.Links.Chassis);
  const nics = await readNics(reader, systems);
  const drives = await readDrives(reader, systems);
  const modules = await readMemoryModules(reader, host.Memory);
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
      })),
    memory: { totalGib, modules },
    gpus,
    drives,
    nics,
    firmware: await readFirmware(reader, root.UpdateService),
    unread: reader.unread,
  };
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
    }));
}

/** Firmware that a fleet is watched for: first the controller's, the BIOS and the GPUs. */
const firmwareOrder = [/bmc|ilo|idrac|xcc/i, /bios|uefi/i, /gpu/i, /nvswitch|cpld|fpga|nic/i];

async function readFirmware(
  reader: Reader,
  updateServicePath: string | null,
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
