import type { Id } from "#lib/domain/id";

/** A port of a node as its inventory tells it, as far as it matters where it is plugged in. */
export type NodePort = { portGuid?: string | null; nodeGuid?: string | null };

/** A port of a fabric, as far as it matters whose it is and where. */
export type FabricPort = {
  fabricId: Id<"fabric">;
  guid: string;
  nodeGuid: string | null;
  leaf: string;
  nodeId: Id<"node"> | null;
};

/**
 * Where a node lies on InfiniBand. Two nodes with the same leaves reach each other through one
 * switch, on every rail.
 */
export type NodePlace = {
  /** Ids of its fabrics, in order, joined by blanks. */
  fabricKey: string;
  /** Fabric and leaf of every port whose place is known, in order, each once. */
  leafKeys: string[];
};

/**
 * The ports of a fabric that are a node's: by the GUID of the port; by that of its adapter, where
 * the controller tells no other and the adapter has one port on the fabric; or by an operator's word.
 */
export function portsOfNode<P extends FabricPort>(
  node: { id: Id<"node">; ports: readonly NodePort[] },
  places: PlacesByGuid<P>,
): P[] {
  const found = new Set<P>(places.byNode.get(node.id));
  for (const { portGuid, nodeGuid } of node.ports) {
    const port = portGuid
      ? places.byGuid.get(portGuid)
      : nodeGuid
        ? onlyOne(places.byNodeGuid.get(nodeGuid))
        : undefined;
    if (port) found.add(port);
  }
  return [...found];
}

export type PlacesByGuid<P extends FabricPort> = {
  byGuid: ReadonlyMap<string, P>;
  byNodeGuid: ReadonlyMap<string, P[]>;
  byNode: ReadonlyMap<Id<"node">, P[]>;
};

/** Makes the ports of fabrics ready to be looked up. */
export function placesByGuid<P extends FabricPort>(ports: readonly P[]): PlacesByGuid<P> {
  const byNodeGuid = new Map<string, P[]>();
  const byNode = new Map<Id<"node">, P[]>();
  for (const port of ports) {
    if (port.nodeGuid)
      byNodeGuid.set(port.nodeGuid, [...(byNodeGuid.get(port.nodeGuid) ?? []), port]);
    if (port.nodeId) byNode.set(port.nodeId, [...(byNode.get(port.nodeId) ?? []), port]);
  }
  return { byGuid: new Map(ports.map((port) => [port.guid, port])), byNodeGuid, byNode };
}

/** Where a node lies, by the ports of fabrics that are its own; null when that is not known. */
export function placeOf(ports: readonly FabricPort[]): NodePlace | null {
  if (ports.length === 0) return null;
  const fabrics = [...new Set(ports.map((port) => port.fabricId))].sort();
  const leaves = [...new Set(ports.map((port) => `${port.fabricId} ${port.leaf}`))].sort();
  return { fabricKey: fabrics.join(" "), leafKeys: leaves };
}

/**
 * How nodes lie to each other, in words to stand after their number: "2 nodes on one leaf". Null
 * of a node whose place is not known. `together` when all of their traffic stays within a leaf.
 */
export function layWords(places: readonly (NodePlace | null)[]): {
  words: string;
  together: boolean;
} {
  const known = places.filter((place) => place !== null);
  const unknown = places.length - known.length;
  if (known.length === 0) return { words: "places on InfiniBand unknown", together: false };
  const groups = new Set(known.map((place) => place.leafKeys.join("\n")));
  const leaves = new Set(known.flatMap((place) => place.leafKeys));
  const fabrics = new Set(known.map((place) => place.fabricKey));
  const [first] = known;
  const rails = first?.leafKeys.length ?? 0;
  const rest = unknown > 0 ? `, the place of ${unknown} unknown` : "";
  if (fabrics.size > 1) return { words: `on ${fabrics.size} fabrics${rest}`, together: false };
  if (groups.size === 1) {
    const words = rails === 1 ? "on one leaf" : `on the same ${rails} leaves`;
    return { words: `${words}${rest}`, together: unknown === 0 };
  }
  return { words: `across ${leaves.size} leaves${rest}`, together: false };
}

/**
 * Where a launch of so many nodes would put them, of those that are free now: on the fullest leaves
 * that have enough; else on one fabric, on as few leaves as there can be; else wherever some are.
 */
export function likelyPlaces(
  free: readonly { place: NodePlace | null; free: number }[],
  count: number,
): (NodePlace | null)[] {
  const onFabric = new Map<string, number>();
  for (const { place, free: there } of free) {
    if (place) onFabric.set(place.fabricKey, (onFabric.get(place.fabricKey) ?? 0) + there);
  }
  const rank = ({ place, free: there }: (typeof free)[number]) => {
    const suffices = place !== null && there >= count;
    const fabricSuffices = place !== null && (onFabric.get(place.fabricKey) ?? 0) >= count;
    return [
      suffices ? 0 : 1,
      suffices ? there : 0,
      fabricSuffices ? 0 : 1,
      place?.fabricKey ?? "~",
      place ? -there : 0,
      place ? JSON.stringify(place.leafKeys) : "~",
    ];
  };
  return [...free]
    .map((each) => ({ ...each, rank: rank(each) }))
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .flatMap((each) => Array<NodePlace | null>(each.free).fill(each.place))
    .slice(0, count);
}

function compareRanks(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  const [left, right] = [a[at], b[at]];
  if (left === undefined || right === undefined) return 0;
  return left < right ? -1 : 1;
}

function onlyOne<P>(ports: readonly P[] | undefined): P | undefined {
  return ports?.length === 1 ? ports[0] : undefined;
}
