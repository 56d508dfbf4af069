import type { InventoryPcieDevice } from "#lib/domain/node/inventory";
import type { Systems } from "#lib/drivers/redfish/host-system";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  type Chassis,
  type PcieDevice,
  pcieDevice,
  pcieFunction,
} from "#lib/drivers/redfish/resource-schemas";

/** Devices whose functions are looked at before a controller is taken to tell nothing of them. */
const functionsTried = 3;

/** Devices whose functions are asked for: most of a large host's are bridges. */
const maxFunctions = 24;

/** `Gen5 x16`; null when neither generation nor lanes are told. */
export function pcieWords(told: { PCIeType: string | null; LanesInUse: number | null }) {
  const lanes = told.LanesInUse === null || told.LanesInUse === 0 ? null : `x${told.LanesInUse}`;
  return [told.PCIeType, lanes].filter((part) => part !== null).join(" ") || null;
}

/** The PCIe devices of a host, with the ids of their first function while reads are left for it. */
export async function readPcieDevices(
  reader: Reader,
  { host }: Systems,
  holders: readonly Chassis[],
): Promise<InventoryPcieDevice[]> {
  const devices: PcieDevice[] = [];
  for (const holder of holders) {
    const inside = await reader.members(holder.PCIeDevices, pcieDevice, { busyIsUnread: true });
    devices.push(...inside.found.map(({ body }) => body));
  }
  if (devices.length === 0) {
    const direct = await Promise.all(
      host.body.PCIeDevices.map((path) => reader.find(path, pcieDevice, { busyIsUnread: true })),
    );
    devices.push(...direct.filter((device) => device !== null));
  }
  const present = devices.filter((device) => device.Status.State !== "Absent");
  const found: InventoryPcieDevice[] = [];
  let told = 0;
  for (const device of present) {
    const isWorthAsking = found.length < (told > 0 ? maxFunctions : functionsTried);
    const ids = isWorthAsking ? await idsOf(reader, device) : null;
    if (ids?.vendorId) told++;
    found.push({
      slot: device.Slot.Location.PartLocation.ServiceLabel ?? device.Id ?? "PCIe",
      name: device.Model ?? device.Name,
      manufacturer: device.Manufacturer,
      vendorId: ids?.vendorId ?? null,
      deviceId: ids?.deviceId ?? null,
      deviceClass: ids?.deviceClass ?? null,
      pcie: pcieWords(device.PCIeInterface),
      path: device["@odata.id"],
    });
  }
  return found;
}

async function idsOf(reader: Reader, device: PcieDevice) {
  const [direct] = device.Links.PCIeFunctions;
  if (reader.left() < 2) return null;
  const first =
    direct !== undefined
      ? await reader.find(direct, pcieFunction, { busyIsUnread: true })
      : (await reader.members(device.PCIeFunctions, pcieFunction, { busyIsUnread: true })).found[0]
          ?.body;
  if (!first || first.Status.State === "Absent") return null;
  return {
    vendorId: hex4(first.VendorId),
    deviceId: hex4(first.DeviceId),
    deviceClass: first.DeviceClass,
  };
}

function hex4(text: string | null): string | null {
  return /^0x([0-9a-f]{4})$/i.exec(text ?? "")?.[1]?.toLowerCase() ?? null;
}
