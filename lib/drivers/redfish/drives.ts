import type { InventoryDrive } from "#lib/domain/node/inventory";
import type { Systems } from "#lib/drivers/redfish/host-system";
import { partNames } from "#lib/drivers/redfish/quirks";
import type { Reader } from "#lib/drivers/redfish/reader";
import { drive, simpleStorage, storage } from "#lib/drivers/redfish/resource-schemas";

/**
 * The drives of a host. `Storage` tells serials; `SimpleStorage`, which tells none, is read only
 * when there is nothing in `Storage`.
 */
export async function readDrives(reader: Reader, { host }: Systems): Promise<InventoryDrive[]> {
  const stores = await reader.members(host.body.Storage, storage);
  const paths = [...new Set(stores.found.flatMap(({ body }) => body.Drives))];
  const found = await Promise.all(paths.map((path) => reader.find(path, drive)));
  const drives = found
    .filter((each) => each !== null && each.Status.State !== "Absent")
    .map((each) => ({
      slot: each?.PhysicalLocation.PartLocation.ServiceLabel ?? each?.Id ?? "drive",
      model: each?.Model ?? each?.Name ?? null,
      serial: each?.SerialNumber ?? null,
      sizeGb: toGb(each?.CapacityBytes ?? null),
      media: each?.MediaType ?? null,
      protocol: each?.Protocol ?? null,
      partNumber: each?.PartNumber ?? null,
      firmwareVersion: each?.Revision ?? null,
      lifeLeftPercent: each?.PredictedMediaLifeLeftPercent ?? null,
      failurePredicted: each?.FailurePredicted ?? null,
      path: each?.["@odata.id"] ?? null,
    }));
  return drives.length > 0 ? drives : readSimpleDrives(reader, host.body.SimpleStorage);
}

async function readSimpleDrives(reader: Reader, path: string | null): Promise<InventoryDrive[]> {
  const stores = await reader.members(path, simpleStorage);
  return stores.found.flatMap(({ path, body }) =>
    body.Devices.filter(isRealDrive).map((device) => ({
      slot: device.Name ?? body.Id ?? "drive",
      model: device.Model,
      serial: null,
      sizeGb: toGb(device.CapacityBytes),
      media: null,
      protocol: null,
      path,
    })),
  );
}

/**
 * Backplanes are listed among the devices, without a capacity, and so are the drives that the
 * controller itself emulates over USB.
 */
function isRealDrive(device: {
  Model: string | null;
  CapacityBytes: number | null;
  Status: { State: string | null };
}): boolean {
  return (
    device.Status.State !== "Absent" &&
    device.CapacityBytes !== null &&
    !partNames.emulatedDrive.named.test(device.Model ?? "")
  );
}

function toGb(bytes: number | null): number | null {
  return bytes === null || bytes === 0 ? null : Math.round(bytes / 1e9);
}
