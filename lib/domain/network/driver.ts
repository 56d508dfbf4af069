export const networkDrivers = ["http", "linux_bridge"] as const;
export type NetworkDriverKind = (typeof networkDrivers)[number];

/** What joins the nodes of a site to networks, in a few words. */
export function driverWords(network: {
  driver: NetworkDriverKind;
  address: string | null;
  bridge: string | null;
  namespace: string | null;
}): string {
  if (network.driver === "http") return `the network controller at ${network.address}`;
  const inside = network.namespace === null ? "" : ` in the namespace ${network.namespace}`;
  return `the bridge ${network.bridge}${inside} on the worker's machine`;
}
