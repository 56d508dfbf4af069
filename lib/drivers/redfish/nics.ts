import type { InventoryNic } from "#lib/domain/node/inventory";
import type { Systems } from "#lib/drivers/redfish/host-system";
import type { Reader } from "#lib/drivers/redfish/reader";
import {
  chassis,
  ethernetInterface,
  type NetworkAdapter,
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
export async function readNics(reader: Reader, { host }: Systems): Promise<InventoryNic[]> {
  const adapters = await readAdapters(reader, host.body);
  const ports = (await Promise.all(adapters.map((adapter) => readPorts(reader, adapter)))).flat();
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
      ports.push({ slot: body.Id ?? mac, mac, model: null, kind: "ethernet", speedGbps, linkUp });
    }
  }
  return ports;
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

async function readPorts(reader: Reader, adapter: NetworkAdapter): Promise<InventoryNic[]> {
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
    return listed.found.map(({ body }) => toNic(adapter, model, body, portMac(body)));
  }
  return Promise.all(
    paired.map(async ({ path, device }) => {
      const body = await reader.find(path, port);
      if (body === null) return null;
      const told = portMac(body);
      // InfiniBand functions have no Ethernet address worth a request.
      const mac =
        told ?? (kindOf(body) === "infiniband" ? null : await functionMac(reader, device));
      return toNic(adapter, model, body, mac);
    }),
  ).then((nics) => nics.filter((nic) => nic !== null));
}

/** An adapter's name when it is one, and not its id or the name of its kind. */
function productName({ Id, Name }: NetworkAdapter): string | null {
  return Name === null || Name === Id || /^network\s?adapter/i.test(Name) ? null : Name;
}

async function functionMac(reader: Reader, path: string | null): Promise<string | null> {
  const device = await reader.find(path, networkDeviceFunction);
  return readMac(device?.Ethernet.PermanentMACAddress ?? device?.Ethernet.MACAddress ?? null);
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

function readLink(status: string | null): boolean | null {
  if (status === null) return null;
  if (/^(linkup|up)$/i.test(status)) return true;
  return /^(linkdown|down|nolink)$/i.test(status) ? false : null;
}

/** A speed of zero is how firmware says that it does not know, or that there is no link. */
function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}
