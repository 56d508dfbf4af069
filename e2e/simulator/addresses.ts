/** Where the parts of a rack are, all within 127/8: Linux answers on every address of it. */
export type Place = { rack: number; slot: number };

const fixtureRack = 250;

/** The rack and slot of the n-th node, counted from zero. Throws a RangeError past rack 249. */
export function placeOf(index: number, nodesPerRack: number): Place {
  const place = { rack: Math.floor(index / nodesPerRack) + 1, slot: (index % nodesPerRack) + 1 };
  if (place.rack >= fixtureRack)
    throw new RangeError(`too many nodes: there is no rack ${place.rack}`);
  return place;
}

/** @param network 0 to 127; racks of different networks share no address. */
export function controllerHost(network: number, place: Place): string {
  return `127.${network}.${place.rack}.${place.slot}`;
}

/** The node's own address, which its boot requests come from and its exporter listens on. */
export function nodeHost(network: number, place: Place): string {
  return `127.${network + 128}.${place.rack}.${place.slot}`;
}

/** Controllers that only replay a capture have a rack number of their own. */
export function fixtureHost(network: number, index: number): string {
  return `127.${network}.${fixtureRack}.${index + 1}`;
}
