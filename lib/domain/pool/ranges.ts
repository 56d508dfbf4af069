import { type Network, parseAddress, parseNetwork } from "#lib/domain/network-address";
import { formatAddress } from "#lib/domain/pool/item-text";
import { familyBits, type PoolFamily, type PoolKind, type PoolRange } from "#lib/domain/pool/pool";
import { ok, type Result, refuse } from "#lib/domain/result";

const mostParts = 64;

/** Bounds of ids, both included, and why there are no others. */
const idBounds = {
  // IEEE 802.1Q: 0 means "no VLAN" and 4095 is kept for the implementation.
  vlan: { first: 1n, last: 4094n, words: "VLAN ids go from 1 to 4094." },
  // InfiniBand: 0 is invalid, 0x7fff is the default partition, the top bit says full membership.
  pkey: {
    first: 0x0001n,
    last: 0x7ffen,
    words: "P_Keys go from 0x0001 to 0x7ffe, without the membership bit.",
  },
} as const;

/** What no host can be given: "this network", loopback, link-local, multicast, future use. */
const unusable = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/127",
  "fe80::/10",
  "ff00::/8",
].map((text) => spanOf(parseNetwork(text) as Network));

type Span = PoolRange & { family: PoolFamily };

/**
 * Reads what an operator enters as the content of a pool, separated by commas or white space. Gives
 * the family and the ranges in order, neighbours joined. The refusal is a sentence.
 *
 * - `vlan`: ids and ranges of them, `100-199, 300`
 * - `pkey`: the same in hexadecimal, `0x0001-0x00ff`
 * - `public_ip`: networks, ranges and addresses; of a network, the addresses that a host can have
 * - `private_prefix`: networks, each at least as large as one item
 */
export function parseRanges(
  kind: PoolKind,
  text: string,
  itemLength: number | null,
): Result<{ family: PoolFamily; ranges: PoolRange[] }, string> {
  const parts = text
    .replaceAll(/\s*[-–]\s*/g, "-")
    .split(/[\s,;]+/)
    .filter(Boolean);
  if (parts.length === 0) return refuse("Enter at least one range.");
  if (parts.length > mostParts) return refuse(`At most ${mostParts} ranges.`);
  const spans: Span[] = [];
  for (const part of parts) {
    const span = readPart(kind, part, itemLength);
    if (!span.ok) return span;
    spans.push(span.value);
  }
  const family = spans[0]?.family ?? 0;
  if (spans.some((span) => span.family !== family)) {
    return refuse("A pool holds either IPv4 or IPv6. Make one pool for each.");
  }
  return ok({ family, ranges: joined(spans) });
}

function readPart(kind: PoolKind, part: string, itemLength: number | null): Result<Span, string> {
  if (kind === "vlan" || kind === "pkey") return readIds(kind, part);
  const span = kind === "private_prefix" ? readPrefix(part, itemLength) : readAddresses(part);
  if (!span.ok) return span;
  const { family, first, last } = span.value;
  const bad = unusable.some((no) => no.family === family && first <= no.last && no.first <= last);
  return bad ? refuse(`${part} has addresses that no host can be given.`) : span;
}

function readIds(kind: "vlan" | "pkey", part: string): Result<Span, string> {
  const bounds = idBounds[kind];
  const pattern = kind === "vlan" ? /^(\d{1,6})(?:-(\d{1,6}))?$/ : hexIds;
  const match = pattern.exec(part);
  if (!match?.[1]) {
    const example = kind === "vlan" ? "100-199, 300" : "0x0001-0x00ff";
    return refuse(`${quoted(part)} is not a range like ${example}.`);
  }
  const first = BigInt(match[1]);
  const last = BigInt(match[2] ?? match[1]);
  if (first > last) return refuse(`${part} runs backwards. Write ${match[2]}-${match[1]}.`);
  if (first < bounds.first || last > bounds.last) return refuse(`${part}: ${bounds.words}`);
  return ok({ family: 0, first, last });
}

const hexIds = /^(0x[0-9a-f]{1,4})(?:-(0x[0-9a-f]{1,4}))?$/i;

function readAddresses(part: string): Result<Span, string> {
  if (part.includes("/")) {
    const network = readNetwork(part);
    return network.ok ? ok(hostsOf(network.value)) : network;
  }
  const [from = "", to = from, more] = part.split("-");
  const first = parseAddress(from);
  const last = parseAddress(to);
  if (!first || !last || more !== undefined) {
    return refuse(`${quoted(part)} is not an address, nor a range or network of addresses.`);
  }
  if (first.family !== last.family) return refuse(`${part} goes from IPv4 to IPv6.`);
  if (first.value > last.value) return refuse(`${part} runs backwards. Write ${to}-${from}.`);
  return ok({ family: first.family, first: first.value, last: last.value });
}

/** The addresses of a network that a host can have. */
function hostsOf(network: Network): Span {
  const span = spanOf(network);
  const hostBits = familyBits(network.family) - network.prefix;
  // RFC 3021, RFC 6164: a network of one or two addresses has nothing but hosts.
  if (hostBits <= 1) return span;
  // IPv4 keeps the first for the network and the last for broadcasts; IPv6 keeps the first for the
  // routers of the subnet (RFC 4291, 2.6.1).
  return network.family === 4
    ? { ...span, first: span.first + 1n, last: span.last - 1n }
    : { ...span, first: span.first + 1n };
}

function readPrefix(part: string, itemLength: number | null): Result<Span, string> {
  const network = readNetwork(part);
  if (!network.ok) return network;
  const { family, prefix } = network.value;
  const longest = family === 4 ? 30 : 64;
  if (itemLength === null || itemLength < 8 || itemLength > longest) {
    return refuse(
      `Say how long each ${family === 4 ? "IPv4" : "IPv6"} prefix is: from 8 to ${longest}.`,
    );
  }
  if (prefix > itemLength) {
    return refuse(`${part} is smaller than one prefix of /${itemLength}.`);
  }
  return ok(spanOf(network.value));
}

function readNetwork(part: string): Result<Network, string> {
  const network = parseNetwork(part);
  if (!network) return refuse(`${quoted(part)} is not a network like 10.20.0.0/16 or fd00::/48.`);
  const span = spanOf(network);
  if (span.first !== network.value) {
    const meant = `${formatAddress(network.family, span.first)}/${network.prefix}`;
    return refuse(`${part} is not the beginning of its network. Write ${meant}.`);
  }
  return ok(network);
}

function spanOf({ family, value, prefix }: Network): Span {
  const hostBits = BigInt(familyBits(family) - prefix);
  const first = (value >> hostBits) << hostBits;
  return { family, first, last: first + (1n << hostBits) - 1n };
}

/** In order, with those joined that touch or overlap. */
function joined(spans: readonly PoolRange[]): PoolRange[] {
  const ranges: PoolRange[] = [];
  for (const { first, last } of [...spans].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    const before = ranges.at(-1);
    if (before && first <= before.last + 1n) {
      if (last > before.last) before.last = last;
    } else {
      ranges.push({ first, last });
    }
  }
  return ranges;
}

function quoted(part: string): string {
  return JSON.stringify(part.length > 60 ? `${part.slice(0, 60)}…` : part);
}
