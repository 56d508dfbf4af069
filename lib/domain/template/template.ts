export const templateStates = ["draft", "published", "retired"] as const;
export type TemplateState = (typeof templateStates)[number];

export const nodeGroupRoles = ["gpu_worker", "control_plane", "cpu"] as const;
export type NodeGroupRole = (typeof nodeGroupRoles)[number];

/**
 * Whether a role is about GPUs that nodes of a profile do not have (`missing`), or has no use for those
 * that they have (`unused`); null where neither is so. A control plane may stand anywhere.
 */
export function roleAgainstProfile(group: {
  role: NodeGroupRole;
  gpusPerNode: number;
}): "missing" | "unused" | null {
  if (group.role === "gpu_worker" && group.gpusPerNode === 0) return "missing";
  return group.role === "cpu" && group.gpusPerNode > 0 ? "unused" : null;
}

/** What a template adds to a node's first boot; a part of cloud-config, never free text. */
export type TemplateBootConfig = {
  packages: string[];
  /** Each command as an argument vector. */
  commands: string[][];
};

/** How far an environment is set apart from others on the network; what it needs for it is drawn at launch. */
export type TemplateNetwork = {
  /** A VLAN of its own with a private prefix of each family that the site has. */
  isPrivate: boolean;
  /** An InfiniBand partition of its own. */
  hasPartition: boolean;
  publicAddresses: "none" | "per_node";
};

/** Whatever network the site gives to all. */
export const noNetwork: TemplateNetwork = {
  isPrivate: false,
  hasPartition: false,
  publicAddresses: "none",
};
