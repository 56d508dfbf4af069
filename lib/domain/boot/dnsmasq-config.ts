import { leaseScriptLines } from "#lib/domain/boot/lease-script";
import { type Address, parseAddress, parseNetwork } from "#lib/domain/network-address";
import { formatAddress } from "#lib/domain/pool/item-text";

/** `dhcp`: dnsmasq gives addresses; `proxy`: another server does, and dnsmasq adds what to boot. */
export const dhcpModes = ["dhcp", "proxy"] as const;
export type DhcpMode = (typeof dhcpModes)[number];

/** The network that nodes boot from by PXE; IPv4, as firmware's PXE is. */
export type Provisioning = {
  mode: DhcpMode;
  /** Of the machine that dnsmasq runs on; null for any. */
  networkInterface: string | null;
  /** CIDR. */
  subnet: string;
  /** Addresses to lease; null in proxy mode. */
  firstAddress: string | null;
  lastAddress: string | null;
  router: string | null;
  dns: string | null;
  leaseMinutes: number;
};

/** A node's boot port, and the address that is its own, if it was entered. */
export type Reservation = { mac: string; name: string; address: string | null };

type Field = keyof Provisioning;

/** What is wrong with the settings, by field; empty when a configuration can be made of them. */
export function checkProvisioning(settings: Provisioning): Partial<Record<Field, string>> {
  const network = parseNetwork(settings.subnet);
  if (network?.family !== 4 || network.prefix < 8 || network.prefix > 30) {
    return { subnet: "Enter an IPv4 network between /8 and /30, as in 10.77.0.0/24." };
  }
  const span = hostsOf(settings.subnet);
  const problems: Partial<Record<Field, string>> = {};
  const valueAt = (field: "firstAddress" | "lastAddress" | "router") => {
    const text = settings[field];
    if (text === null) return null;
    const address = parseAddress(text);
    if (address?.family === 4 && address.value >= span.first && address.value <= span.last) {
      return address.value;
    }
    problems[field] = `Enter an address of ${settings.subnet} that a host can have.`;
    return null;
  };
  valueAt("router");
  const [first, last] = [valueAt("firstAddress"), valueAt("lastAddress")];
  if (settings.mode === "dhcp") {
    if (settings.firstAddress === null) problems.firstAddress = "Enter the first address to lease.";
    if (settings.lastAddress === null) problems.lastAddress = "Enter the last address to lease.";
    if (first !== null && last !== null && first > last) {
      problems.lastAddress = "The last address comes before the first.";
    }
  }
  if (settings.dns !== null && parseAddress(settings.dns)?.family !== 4) {
    problems.dns = "Enter an IPv4 address.";
  }
  return problems;
}

/**
 * A configuration for dnsmasq 2.80 or newer, 2.81 where it tells of leases. Firmware is given iPXE from the machine's own TFTP, by
 * its architecture; iPXE, which says that it is one (option 175), is sent on to the boot server,
 * which knows a node by the MAC address that iPXE fills in. `settings` have no problems.
 */
export function dnsmasqConfig(input: {
  site: string;
  bootOrigin: string;
  settings: Provisioning;
  reservations: readonly Reservation[];
  /** There is a script that tells of leases, for this configuration to name. */
  tellsLeases: boolean;
}): string {
  const { site, bootOrigin, settings } = input;
  const script = `${bootOrigin}/pxe/\${netX/mac:hexhyp}/boot.ipxe`;
  return `${[
    `# dnsmasq for the nodes of ${site} that boot by PXE. Made by Ingot; changes here are lost when it`,
    "# is made again. iPXE's programs are those of Debian's package ipxe.",
    ...(bootOrigin.startsWith("https:")
      ? ["# The boot address is https: iPXE's ready-made programs do not speak it."]
      : []),
    "",
    "# No DNS.",
    "port=0",
    ...(settings.networkInterface
      ? [`interface=${settings.networkInterface}`, "bind-interfaces"]
      : []),
    "log-dhcp",
    "",
    ...(settings.mode === "dhcp" ? leases(settings) : proxy(settings)),
    // Beside another server, dnsmasq gives no leases to tell of.
    ...(input.tellsLeases && settings.mode === "dhcp" ? ["", ...leaseScriptLines] : []),
    "",
    "# iPXE's programs, over TFTP.",
    "enable-tftp",
    "tftp-root=/usr/lib/ipxe",
    "",
    "# Who asks: iPXE itself, firmware of 64-bit UEFI, or firmware of old.",
    "dhcp-match=set:ipxe,175",
    "dhcp-match=set:efi64,option:client-arch,7",
    "dhcp-match=set:efi64,option:client-arch,9",
    "dhcp-match=set:bios,option:client-arch,0",
    "dhcp-vendorclass=set:pxe,PXEClient",
    "",
    "# iPXE goes on to Ingot's boot server, with its own MAC address in the path.",
    `dhcp-boot=tag:ipxe,${script}`,
    ...(settings.mode === "dhcp"
      ? [
          "dhcp-boot=tag:!ipxe,tag:pxe,tag:efi64,snponly.efi",
          "dhcp-boot=tag:!ipxe,tag:pxe,tag:bios,undionly.kpxe",
        ]
      : [
          'pxe-service=tag:!ipxe,X86-64_EFI,"iPXE",snponly.efi',
          'pxe-service=tag:!ipxe,BC_EFI,"iPXE",snponly.efi',
          'pxe-service=tag:!ipxe,X86PC,"iPXE",undionly.kpxe',
          // Beside another server iPXE, too, takes what a PXE service says, and nothing else.
          ...["X86-64_EFI", "BC_EFI", "X86PC"].map(
            (system) => `pxe-service=tag:ipxe,${system},"Ingot",${script}`,
          ),
        ]),
    "",
    ...(settings.mode === "dhcp" ? hosts(settings, input.reservations) : []),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

function leases(settings: Provisioning): string[] {
  const { mask } = hostsOf(settings.subnet);
  const { firstAddress, lastAddress, leaseMinutes, router, dns } = settings;
  return [
    "# Addresses for as long as a node boots.",
    `dhcp-range=${firstAddress},${lastAddress},${mask},${leaseMinutes}m`,
    "dhcp-authoritative",
    // With nothing after the number, none is told: dnsmasq would name itself.
    router ? `dhcp-option=option:router,${router}` : "dhcp-option=3",
    dns ? `dhcp-option=option:dns-server,${dns}` : "dhcp-option=6",
  ];
}

function proxy({ subnet }: Provisioning): string[] {
  const { network, mask } = hostsOf(subnet);
  return [
    "# Another server gives the addresses; this one adds what to boot.",
    `dhcp-range=${network},proxy,${mask}`,
  ];
}

function hosts(settings: Provisioning, reservations: readonly Reservation[]): string[] {
  if (reservations.length === 0) return ["# No node's boot MAC address is known yet."];
  return [
    "# Nodes by the MAC address that they boot from.",
    ...reservations.map(({ mac, name, address }) => {
      const value = address === null ? null : parseAddress(address);
      const isInside = value !== null && isHostOf(settings.subnet, value);
      return `dhcp-host=${mac},${isInside ? `${address},` : ""}${hostName(name)}`;
    }),
  ];
}

/** Whether a host of the network, IPv4 in CIDR notation, can have this address. */
export function isHostOf(subnet: string, { family, value }: Address): boolean {
  const { first, last } = hostsOf(subnet);
  return family === 4 && value >= first && value <= last;
}

/** A name may have what no host name has. */
function hostName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 63);
}

function hostsOf(subnet: string) {
  const network = parseNetwork(subnet);
  if (!network) throw new Error(`${subnet} is no network`);
  const size = 1n << BigInt(32 - network.prefix);
  const base = (network.value / size) * size;
  return {
    network: formatAddress(4, base),
    mask: formatAddress(4, (1n << 32n) - size),
    first: base + 1n,
    last: base + size - 2n,
  };
}
