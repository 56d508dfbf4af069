import { BlockList, isIPv6 } from "node:net";

/**
 * True when two addresses are as good as one: the same, or of one IPv6 subnet of 64 bits, within which
 * a machine changes its address by itself (RFC 8981).
 */
export function isSamePlace(one: string, other: string): boolean {
  if (one === other) return true;
  if (!isIPv6(one) || !isIPv6(other)) return false;
  const subnet = new BlockList();
  subnet.addSubnet(one, 64, "ipv6");
  return subnet.check(other, "ipv6");
}
