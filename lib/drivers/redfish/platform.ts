import type {
  InventoryManager,
  InventorySecureBoot,
  InventoryTpm,
} from "#lib/domain/node/inventory";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  type ComputerSystem,
  type Manager,
  manager,
  networkProtocol,
  secureBoot,
} from "#lib/drivers/redfish/resource-schemas";

const optional = { busyIsUnread: true } as const;

/** The security modules that a host lists as present. */
export function tpmsOf(host: ComputerSystem): InventoryTpm[] {
  return host.TrustedModules.filter(({ Status }) => Status.State !== "Absent").map((each) => ({
    kind: each.InterfaceType?.replace("TPM", "TPM ").replace("_", ".") ?? null,
    firmwareVersion: each.FirmwareVersion,
    enabled: each.Status.State === "Enabled",
  }));
}

export async function readSecureBoot(
  reader: Reader,
  path: string | null,
): Promise<InventorySecureBoot | null> {
  const told = await reader.find(path, secureBoot, optional);
  if (told === null) return null;
  const current = told.SecureBootCurrentBoot;
  return {
    enabled: told.SecureBootEnable,
    inForce: current === null ? null : current === "Enabled",
    mode: told.SecureBootMode,
  };
}

/** The controller that a host says it is managed by, and what it tells of itself. */
export async function readManager(
  reader: Reader,
  path: string | null,
): Promise<{ found: InventoryManager | null; body: Manager | null }> {
  const body = await reader.find(path, manager, optional);
  if (body === null) return { found: null, body: null };
  const offMs = body.DateTime === null ? Number.NaN : Date.parse(body.DateTime) - Date.now();
  const protocol = await reader.find(body.NetworkProtocol, networkProtocol, optional);
  return {
    body,
    found: {
      model: body.Model,
      firmwareVersion: body.FirmwareVersion,
      clock: body.DateTime,
      clockOffBySeconds: Number.isNaN(offMs) ? null : Math.round(offMs / 1_000),
      ipmiOverLan: protocol?.IPMI.ProtocolEnabled ?? null,
    },
  };
}
