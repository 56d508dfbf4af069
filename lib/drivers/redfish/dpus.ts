import type { InventoryDpu } from "#lib/domain/node/inventory";
import type { Systems } from "#lib/drivers/redfish/host-system";
import { partNames } from "#lib/drivers/redfish/quirks";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  blueField,
  type Chassis,
  type ComputerSystem,
  type NetworkAdapter,
} from "#lib/drivers/redfish/resource-schemas";

const modes: Record<string, InventoryDpu["mode"]> = { DpuMode: "dpu", NicMode: "nic" };

/** Whether a host is a DPU: the controller is its own, and not that of the server it sits in. */
export function isDpu(host: ComputerSystem): boolean {
  return host.SystemType === "DPU" || partNames.dpu.named.test(host.Model ?? "");
}

/** DPUs among a host's adapters; or the host itself, when the controller is a DPU's own. */
export async function readDpus(
  reader: Reader,
  { host }: Systems,
  adapters: readonly NetworkAdapter[],
  holders: readonly Chassis[],
): Promise<InventoryDpu[]> {
  const inHost = adapters
    .filter((adapter) => partNames.dpu.named.test(`${adapter.Model ?? ""} ${adapter.Name ?? ""}`))
    .map((adapter) => ({
      slot: adapter.Id ?? "DPU",
      model: adapter.Model ?? adapter.Name,
      serial: adapter.SerialNumber,
      partNumber: adapter.PartNumber,
      firmwareVersion: adapter.Controllers[0]?.FirmwarePackageVersion ?? null,
      mode: null,
      isSelf: false,
      baseMac: null,
      baseGuid: null,
      path: adapter["@odata.id"],
    }));
  if (!isDpu(host.body)) return inHost;
  const card = holders.find((holder) => partNames.dpu.named.test(holder.Model ?? ""));
  const nvidia = host.body.Oem.Nvidia;
  const more = await reader.find(nvidia["@odata.id"], blueField, { busyIsUnread: true });
  const self: InventoryDpu = {
    slot: host.body.Id ?? "DPU",
    model: card?.Model ?? host.body.Model,
    serial: host.body.SerialNumber ?? card?.SerialNumber ?? null,
    partNumber: card?.PartNumber ?? null,
    firmwareVersion: null,
    mode: modes[more?.Mode ?? nvidia.Mode ?? ""] ?? null,
    isSelf: true,
    baseMac: pairs(more?.BaseMAC ?? null, 12, ":"),
    baseGuid: pairs(more?.BaseGUID ?? null, 16, ""),
    path: host.path,
  };
  return [self, ...inHost];
}

function pairs(text: string | null, digits: number, between: string): string | null {
  const found = (text ?? "").toLowerCase().replace(/[^0-9a-f]/g, "");
  return found.length === digits ? (found.match(/../g)?.join(between) ?? null) : null;
}
