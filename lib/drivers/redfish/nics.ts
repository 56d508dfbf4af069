import type { InventoryNic } from "#lib/domain/node/inventory";
import type { Systems } from "#lib/drivers/redfish/host-system";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  chassis,
  ethernetInterface,
  type NetworkAdapter,
  type NetworkDeviceFunction,
  networkAdapter,
  networkDeviceFunction,
  networkInterface,
  type Port,
  port,
} from "#lib/drivers/redfish/resource-schemas";

/**
 * The network ports of a host: those of its adapters, and interfaces of the system that no adapter
 * shows. The interface that only joins host and controller is left out.
 */
export async function readNics(
  reader: Reader,
  { host }: Systems,
): Promise<{ nics: InventoryNic[]; adapters: NetworkAdapter[] }> {
  const adapters = await readAdapters(reader, host.body);
  const read = adapters.map((adapter) => readPorts(reader, adapter));
  const found = (await Promise.all(read)).flat();
  await addGuids(reader, found);
  const ports = found.map(({ nic }) => nic);
  const byMac = new Map(ports.filter((nic) => nic.mac !== null).map((nic) => [nic.mac, nic]));
  const interfaces = await reader.members(host.body.EthernetInterfaces, ethernetInterface);
  for (const { body } of interfaces.found) {
    const mac = readMac(body.PermanentMACAddress ?? body.MACAddress);
    if (body.Links.HostInterface !== null || body.VLAN.VLANEnable) continue;
    const speedGbps = body.SpeedMbps === null ? null : positive(body.SpeedMbps / 1_000);
    const linkUp = readLink(body.LinkStatus);
    const known =
      byMac.get(mac) ?? ports.find((nic) => nic.mac === null && nic.slot.endsWith(`/${body.Id}`));
    if (known) {
      known.mac ??= mac;
      known.speedGbps ??= speedGbps;
      known.linkUp ??= linkUp;
    } else if (mac !== null) {
      const slot = body.Id ?? mac;
      const path = body["@odata.id"];
      ports.push({ slot, mac, model: null, kind: "ethernet", speedGbps, linkUp, path });
    }
  }
  return { nics: ports, adapters };
}

type FoundPort = {
  nic: InventoryNic;
  /** The function whose GUIDs are asked for when the port tells none. */
  device: string | null;
};

/**
 * GUIDs of InfiniBand ports, from their functions where the ports tell none. Some firmware fills
 * neither (DGX H100, AMI 23.11): it is asked for one port and then left alone.
 */
async function addGuids(reader: Reader, found: readonly FoundPort[]): Promise<void> {
  for (const { nic, device } of found) {
    if (nic.kind !== "infiniband" || nic.portGuid || nic.nodeGuid || device === null) continue;
    const body = await reader.find(device, networkDeviceFunction, { busyIsUnread: true });
    if (!body) continue;
    setGuids(nic, body);
    if (!nic.portGuid && !nic.nodeGuid) return;
  }
}

function setGuids(nic: InventoryNic, { InfiniBand: told }: NetworkDeviceFunction): void {
  nic.portGuid ??= readGuid(told.PermanentPortGUID ?? told.PortGUID);
  nic.nodeGuid ??= readGuid(told.PermanentNodeGUID ?? told.NodeGUID);
}

async function readAdapters(
  reader: Reader,
  host: Systems["host"]["body"],
): Promise<NetworkAdapter[]> {
  const interfaces = await adapterLinks(reader, host);
  const found = await Promise.all(interfaces.map((path) => reader.find(path, networkAdapter)));
  return found.filter((adapter) => adapter !== null);
}

/** Adapters of the host's chassis; else those that its network interfaces point to. */
async function adapterLinks(reader: Reader, host: Systems["host"]["body"]): Promise<string[]> {
  const paths = new Set<string>();
  for (const path of host.Links.Chassis) {
    const holder = await reader.find(path, chassis);
    const adapters = await reader.members(holder?.NetworkAdapters ?? null, networkAdapter);
    for (const adapter of adapters.found) paths.add(adapter.path);
  }
  if (paths.size === 0) {
    const interfaces = await reader.members(host.NetworkInterfaces, networkInterface);
    for (const { body } of interfaces.found) {
      if (body.Links.NetworkAdapter !== null) paths.add(body.Links.NetworkAdapter);
    }
  }
  return [...paths];
}

async function readPorts(reader: Reader, adapter: NetworkAdapter): Promise<FoundPort[]> {
  const model = adapter.Model ?? productName(adapter);
  const paired = adapter.Controllers.flatMap(({ Links }) => {
    const ports = Links.Ports.length > 0 ? Links.Ports : Links.NetworkPorts;
    return ports.map((path, index) => ({
      path,
      device: Links.NetworkDeviceFunctions[index] ?? null,
    }));
  });
  if (paired.length === 0) {
    const listed = await reader.members(adapter.Ports ?? adapter.NetworkPorts, port);
    return listed.found.map(({ body }) => ({
      nic: toNic(adapter, model, body, portMac(body)),
      device: null,
    }));
  }
  return Promise.all(
    paired.map(async ({ path, device }) => {
      const body = await reader.find(path, port);
      if (body === null) return null;
      const nic = toNic(adapter, model, body, portMac(body));
      // InfiniBand functions have no Ethernet address worth a request.
      if (nic.mac === null && nic.kind !== "infiniband") {
        const told = await reader.find(device, networkDeviceFunction);
        nic.mac = readMac(told?.Ethernet.PermanentMACAddress ?? told?.Ethernet.MACAddress ?? null);
        if (told) setGuids(nic, told);
      }
      return { nic, device };
    }),
  ).then((found) => found.filter((each) => each !== null));
}

/** An adapter's name when it is one, and not its id or the name of its kind. */
function productName({ Id, Name }: NetworkAdapter): string | null {
  return Name === null || Name === Id || /^network\s?adapter/i.test(Name) ? null : Name;
}

function toNic(
  adapter: NetworkAdapter,
  model: string | null,
  body: Port,
  mac: string | null,
): InventoryNic {
  const mbps = body.CurrentLinkSpeedMbps;
  return {
    slot: [adapter.Id, body.Id].filter((part) => part !== null).join("/"),
    mac,
    model,
    kind: kindOf(body),
    speedGbps: positive(body.CurrentSpeedGbps ?? (mbps === null ? null : mbps / 1_000)),
    linkUp: readLink(body.LinkStatus),
    portGuid: readGuid(body.InfiniBand.AssociatedPortGUIDs[0] ?? null),
    nodeGuid: readGuid(body.InfiniBand.AssociatedNodeGUIDs[0] ?? null),
    serial: adapter.SerialNumber,
    partNumber: adapter.PartNumber,
    firmwareVersion: adapter.Controllers[0]?.FirmwarePackageVersion ?? null,
    path: body["@odata.id"],
  };
}

function kindOf(body: Port): InventoryNic["kind"] {
  const told = body.LinkNetworkTechnology ?? body.ActiveLinkTechnology ?? body.PortProtocol ?? "";
  if (/infiniband/i.test(told)) return "infiniband";
  return /ethernet/i.test(told) ? "ethernet" : "unknown";
}

function portMac(body: Port): string | null {
  const [first] = [...body.Ethernet.AssociatedMACAddresses, ...body.AssociatedNetworkAddresses];
  return readMac(first ?? null);
}

/** Lower case with colons; null for what is no MAC address, and for the one made of zeros. */
function readMac(text: string | null): string | null {
  const digits = (text ?? "").toLowerCase().replace(/[^0-9a-f]/g, "");
  if (digits.length !== 12 || /^0+$/.test(digits)) return null;
  return digits.match(/../g)?.join(":") ?? null;
}

/** 16 digits in lower case; null for what is no GUID, and for the one made of zeros. */
function readGuid(text: string | null): string | null {
  const digits = (text ?? "")
    .toLowerCase()
    .replace(/^0x/, "")
    .replace(/[^0-9a-f]/g, "");
  return digits.length !== 16 || /^0+$/.test(digits) ? null : digits;
}

function readLink(status: string | null): boolean | null {
  if (status === null) return null;
  if (/^(linkup|up)$/i.test(status)) return true;
  return /^(linkdown|down|nolink)$/i.test(status) ? false : null;
}

/** A speed of zero is how firmware says that it does not know, or that there is no link. */
function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}
