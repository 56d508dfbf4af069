import { parseAddress } from "#lib/domain/network-address";

/**
 * True when two addresses are of two machines or networks, as far as addresses tell: not of one IPv6
 * subnet of 64 bits, within which a machine changes its address by itself (RFC 8981), and not one of each
 * family, of which many a machine has both. What is no address tells nothing.
 */
export function isOtherPlace(one: string, other: string): boolean {
  const [first, second] = [parseAddress(one), parseAddress(other)];
  if (!first || !second || first.family !== second.family) return false;
  const ownBits = first.family === 4 ? 0n : 64n;
  return first.value >> ownBits !== second.value >> ownBits;
}
