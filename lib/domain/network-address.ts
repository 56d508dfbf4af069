import { ok, type Result, refuse } from "#lib/domain/result";

/** Where a controller listens. `host` is a literal address or a lower-case DNS name. */
export type Endpoint = { host: string; port: number; kind: "ipv4" | "ipv6" | "name" };

/** Networks that controllers live in when nobody says otherwise: RFC 1918 and RFC 4193. */
export const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** Where webhooks may be when nobody says otherwise: anywhere on the internet. */
export const everyNetwork = ["0.0.0.0/0", "2000::/3"];

/** What tenants' webhooks reach only by a network that is named on purpose: RFC 1918, 4193 and 6598. */
export const innerNetworks = [...privateNetworks, "100.64.0.0/10"];

/**
 * Networks no outbound call may reach unless a configured network lies wholly inside one of them:
 * `127.0.0.0/8` opens loopback, `0.0.0.0/0` does not. Sources: IANA special-purpose registries;
 * the single addresses are metadata services of clouds. Transition prefixes carry an IPv4 address
 * inside, which would otherwise pass unseen.
 */
const specialNetworks = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2001::/32",
  "2002::/16",
  "fd00:ec2::/32",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
].map(parsedOrThrow);

/**
 * Reads a controller's address as a person types it: `host`, `host:port` or `[ipv6]:port`; the port
 * is 443 when not said. The refusal is a sentence. Only canonical spellings are taken: what some
 * resolver would read as another address (`127.1`, `0x7f.1`, `010.0.0.1`, full-width digits) is
 * refused, as is anything that belongs to a URL and not to an address.
 */
export function parseEndpoint(text: string): Result<Endpoint, string> {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::([0-9]{1,5}))?$/.exec(text);
  if (!match) return refuse("Enter an address as host:port, for example 10.0.4.17:443.");
  const [, bracketed, plain, portText = "443"] = match;
  const port = Number(portText);
  if (port < 1 || port > 65_535 || String(port) !== portText) {
    return refuse("The port is a number from 1 to 65535.");
  }
  if (bracketed !== undefined) {
    const parsed = parseIpv6(bracketed);
    if (!parsed) return refuse("The address in the brackets is not an IPv6 address.");
    return ok({ host: bracketed.toLowerCase(), port, kind: "ipv6" });
  }
  const host = (plain ?? "").toLowerCase();
  if (parseIpv4(host)) return ok({ host, port, kind: "ipv4" });
  if (!isDnsName(host)) {
    return refuse("The host is neither an IPv4 address, an IPv6 address in brackets, nor a name.");
  }
  return ok({ host, port, kind: "name" });
}

/** Writes an endpoint the one way it is stored and compared: `host:port`, IPv6 in brackets. */
export function formatEndpoint({ host, port, kind }: Endpoint): string {
  return kind === "ipv6" ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Whether an outbound connection to this literal address is allowed: it lies in one of the
 * networks (CIDR), and if it is a special address (loopback, link-local, metadata, multicast,
 * transition), then in one that names such a range on purpose. An IPv4 address inside IPv6
 * (`::ffff:a.b.c.d`) counts as the IPv4 address. What is no address is not allowed. The networks in
 * `guarded` are special here, too.
 * Throws a RangeError when a network is not a CIDR.
 */
export function isAllowedAddress(
  ip: string,
  networks: readonly string[],
  guarded: readonly string[] = [],
): boolean {
  const parsedNetworks = networks.map(parsedOrThrow);
  const address = parseAddress(ip);
  if (!address) return false;
  const special = [...specialNetworks, ...guarded.map(parsedOrThrow)].filter((network) =>
    contains(network, address),
  );
  return parsedNetworks.some(
    (network) => contains(network, address) && special.every((range) => isInside(network, range)),
  );
}

/** Whether the text is a network in CIDR notation, for the check of a configuration. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null;
}

export type Address = { family: 4 | 6; value: bigint };
export type Network = { family: 4 | 6; value: bigint; prefix: number };

function bits(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

function contains(network: Network, address: Address): boolean {
  if (network.family !== address.family) return false;
  const shift = BigInt(bits(network.family) - network.prefix);
  return network.value >> shift === address.value >> shift;
}

function isInside(inner: Network, outer: Network): boolean {
  return inner.prefix >= outer.prefix && contains(outer, inner);
}

/** An address as a number; one of IPv4 inside IPv6 counts as the IPv4 one. Null when it is none. */
export function parseAddress(text: string): Address | null {
  const four = parseIpv4(text);
  if (four) return four;
  const six = parseIpv6(text);
  if (!six) return null;
  const isMapped = six.value >> 32n === 0xffffn;
  return isMapped ? { family: 4, value: six.value & 0xffff_ffffn } : six;
}

/** A network in CIDR notation, host bits as they were written. Null when it is none. */
export function parseNetwork(text: string): Network | null {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = match?.[1] === undefined ? null : (parseIpv4(match[1]) ?? parseIpv6(match[1]));
  const prefix = Number(match?.[2]);
  if (!address || prefix > bits(address.family)) return null;
  return { ...address, prefix };
}

function parsedOrThrow(text: string): Network {
  const network = parseNetwork(text);
  if (!network) throw new RangeError(`${JSON.stringify(text)} is not a network like 10.0.0.0/8`);
  return network;
}

function parseIpv4(text: string): Address | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    // No leading zeros: some resolvers read them as octal.
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256n + BigInt(part);
  }
  return { family: 4, value };
}

function parseIpv6(text: string): Address | null {
  if (!/^[0-9A-Fa-f:.]+$/.test(text)) return null;
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map(ipv6Groups);
  if (!head || (halves.length === 2 && !tail)) return null;
  // A dotted quad is the end of an address, so not of the part before "::".
  if (halves.length === 2 && halves[0]?.includes(".")) return null;
  const after = tail ?? [];
  const missing = 8 - head.length - after.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array<number>(missing).fill(0), ...after];
  return { family: 6, value: groups.reduce((value, group) => value * 65_536n + BigInt(group), 0n) };
}

/** The 16-bit groups of one side of `::`; a dotted quad may end it. Null when malformed. */
function ipv6Groups(text: string): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const four = parseIpv4(part);
      if (!four) return null;
      groups.push(Number(four.value >> 16n), Number(four.value & 0xffffn));
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** RFC 1123, and the last label must not be a number: `127.1` and `0x7f000001` are no names. */
function isDnsName(host: string): boolean {
  const labels = host.split(".");
  const last = labels.at(-1) ?? "";
  return (
    host.length <= 253 &&
    labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    !/^(\d+|0x[0-9a-f]*)$/.test(last)
  );
}
