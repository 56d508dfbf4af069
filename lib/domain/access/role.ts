/** Roles of people who run the fleet. */
export const operatorRoles = ["fleet_admin", "fleet_viewer"] as const;
export type OperatorRole = (typeof operatorRoles)[number];

/** Roles inside a tenant, most powerful first. */
export const tenantRoles = ["owner", "admin", "member", "viewer"] as const;
export type TenantRole = (typeof tenantRoles)[number];

/** Roles inside one project, most powerful first. */
export const projectRoles = ["admin", "member", "viewer"] as const;
export type ProjectRole = (typeof projectRoles)[number];

/** Whether this role runs the tenant, with every project of it. */
export function runsTenant(role: TenantRole): boolean {
  return role === "owner" || role === "admin";
}
