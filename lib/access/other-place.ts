import { BlockList, isIP } from "node:net";

/**
 * True when two addresses are of two machines or networks, as far as addresses tell: not of one IPv6
 * subnet of 64 bits, within which a machine changes its address by itself (RFC 8981), and not one of each
 * family, of which many a machine has both.
 */
export function isOtherPlace(one: string, other: string): boolean {
  const [first, second] = [plain(one), plain(other)];
  if (first === second || isIP(first) !== isIP(second)) return false;
  if (isIP(first) !== 6) return true;
  const subnet = new BlockList();
  subnet.addSubnet(first, 64, "ipv6");
  return !subnet.check(second, "ipv6");
}

/** Of an IPv4 address as a socket of both families gives it, the address itself (RFC 4291, 2.5.5.2). */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
