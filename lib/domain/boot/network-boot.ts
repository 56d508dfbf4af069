import type { Inventory } from "#lib/domain/node/inventory";

/**
 * The ways in which a controller can have its host start what we give it, best first: from an address, by
 * PXE, or from a CD that it emulates.
 */
export const networkBoots = ["http", "pxe", "cd", "none"] as const;
export type NetworkBoot = (typeof networkBoots)[number];

/**
 * Why a host cannot be started from the network in the way that its controller offers, in a sentence
 * for the operator; null when nothing is known to be in the way.
 * @param mac The address that the boot is awaited from; null where there is none.
 */
export function networkBootObstacle(
  way: NetworkBoot,
  { mac, inventory }: { mac: string | null; inventory: Pick<Inventory, "secureBoot"> | null },
): string | null {
  if (way === "none") {
    return "The controller offers no network boot, neither by HTTP nor by PXE, and no virtual drive that takes a CD.";
  }
  if (way === "pxe") {
    if (mac !== null) return null;
    return "It boots by PXE, where a node is known by the MAC address of its network port, and that address is not known: its controller does not tell it.";
  }
  // What a site's DHCP has its nodes load by PXE may well be signed; what we make for one boot is not.
  const { enabled = null, inForce = null } = inventory?.secureBoot ?? {};
  if (enabled !== true || inForce === false) return null;
  return "Secure Boot is on in its firmware, which then starts signed programs alone; the one that a node boots over HTTP or from a medium is made for each boot and not signed. Turn Secure Boot off in the node's BIOS.";
}
