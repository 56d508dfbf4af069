/** `infiniband`: leaf switches and rails; `nvlink`: a domain of several nodes, as in an NVL72 rack. */
export const fabricKinds = ["infiniband", "nvlink"] as const;
export type FabricKind = (typeof fabricKinds)[number];

export const fabricKindWords = {
  infiniband: "InfiniBand",
  nvlink: "NVLink",
} as const satisfies Record<FabricKind, string>;

/**
 * Where places come from: a list that an operator made, what the fabric says itself, or, of an NVLink
 * domain, what its nodes tell.
 */
export const placeSources = ["list", "ibnetdiscover", "nodes"] as const;
export type PlaceSource = (typeof placeSources)[number];

/** At which leaf switch a port of a node is plugged in. */
export type PortPlace = {
  /** Of the port, 16 hexadecimal digits in lower case. */
  guid: string;
  /** Of the adapter that the port is on, where the source tells it. */
  nodeGuid: string | null;
  leaf: string;
  leafPort: number | null;
  rail: string | null;
  /** What the link runs at, where the source tells it. */
  rateGbps: number | null;
  /** What the port calls itself on the fabric: "gpu-r01-n01 mlx5_0". */
  description: string | null;
};
