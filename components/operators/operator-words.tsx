import type { OperatorRole } from "#lib/domain/access/role";

/** Operators' roles as they are read, and what each may do. */
export const operatorWords: Record<OperatorRole, { title: string; description: string }> = {
  fleet_admin: { title: "Admin", description: "Runs the fleet: nodes, catalogue, tenants, quota." },
  fleet_viewer: { title: "Viewer", description: "Sees everything of the fleet, changes nothing." },
};
