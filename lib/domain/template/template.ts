export const templateStates = ["draft", "published", "retired"] as const;
export type TemplateState = (typeof templateStates)[number];

export const nodeGroupRoles = ["gpu_worker", "control_plane", "cpu"] as const;
export type NodeGroupRole = (typeof nodeGroupRoles)[number];

/** What a template adds to a node's first boot; a part of cloud-config, never free text. */
export type TemplateBootConfig = {
  packages: string[];
  /** Each command as an argument vector. */
  commands: string[][];
};
