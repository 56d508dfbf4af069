/** How a GPU of its nodes may be shared between workloads; one way, or none. */
export const gpuSharings = ["none", "mig", "time_slicing", "mps"] as const;
export type GpuSharing = (typeof gpuSharings)[number];

/** What runs containers on its nodes, where anything does. */
export const containerRuntimes = ["runc", "kata"] as const;
export type ContainerRuntime = (typeof containerRuntimes)[number];

/** A name as Kubernetes takes it for a storage class (RFC 1123, a subdomain). */
export const storageClassPattern = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;

/**
 * What hooks, providers and the nodes themselves are told of the profile that a group takes its nodes
 * from. None of it is set up by Ingot: the platform team's own hooks and commands act on it.
 */
export type ProfileFacts = {
  name: string;
  gpuSharing: GpuSharing;
  containerRuntime: ContainerRuntime;
  storageClasses: string[];
};

/** Whether a profile says anything but what is so of every node. */
export function saysMore(facts: Omit<ProfileFacts, "name">): boolean {
  const { gpuSharing, containerRuntime, storageClasses } = facts;
  return gpuSharing !== "none" || containerRuntime !== "runc" || storageClasses.length > 0;
}
