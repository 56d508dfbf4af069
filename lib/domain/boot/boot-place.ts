/**
 * The parts of a boot, each of which asks from one address: what firmware has loaded (`program`), our own
 * system in memory (`job`), and what a node is deployed with (`system`). Each asks DHCP anew, as another
 * client, and may be given another address than the one before. A `medium` is read by the controller, which
 * has an address of its own in another network: where that is says nothing of where the node will be.
 */
export const bootStages = ["medium", "program", "job", "system"] as const;
export type BootStage = (typeof bootStages)[number];

/** Where each part of a boot asks from. One that has not asked yet is no key. */
export type BootPlaces = Partial<Record<BootStage, string>>;

/**
 * Whose an address is, by the leases that a site's DHCP server told of. `unknown` as well where it tells
 * of none, where requests come through a router that changes addresses, and of a MAC that no node has.
 */
export type AddressHolder =
  | { kind: "own" }
  | { kind: "other"; mac: string; node: string }
  | { kind: "unknown" };

/**
 * Whether a part of a boot may ask from this address from now on: null when it may, else why not, as
 * half a sentence. The first that asks has the place, unless DHCP gave its address to another node; and
 * only an address that DHCP gave to the node itself takes the place over.
 */
export function whyElsewhere(
  place: string | undefined,
  peer: string,
  holder: AddressHolder,
): string | null {
  if (holder.kind === "own" || place === peer) return null;
  if (holder.kind === "other") {
    return `it came from ${peer}, which DHCP has given to ${holder.node} (${holder.mac})`;
  }
  return place === undefined ? null : `it came from ${peer}, and this boot asks from ${place}`;
}
