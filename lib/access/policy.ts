import {
  type OperatorRole,
  type ProjectRole,
  runsTenant,
  type TenantRole,
} from "#lib/domain/access/role";
import { type TokenScope, tokenScopes } from "#lib/domain/access/token-scope";

// The one table of who may do what. A permission is `scope.verb`; where it is asked (fleet,
// tenant, project) is part of its row, so that `authorize` cannot be asked the wrong question.

/** What operators may do, anywhere. */
export const fleetPolicy = {
  "fleet.read": ["fleet_admin", "fleet_viewer"],
  "fleet.audit": ["fleet_admin", "fleet_viewer"],
  "node.enrol": ["fleet_admin"],
  "node.operate": ["fleet_admin"],
  "credential.edit": ["fleet_admin"],
  "pool.edit": ["fleet_admin"],
  "catalogue.edit": ["fleet_admin"],
  "provider.edit": ["fleet_admin"],
  "context.edit": ["fleet_admin"],
  "approval.decide": ["fleet_admin"],
  "tenant.create": ["fleet_admin"],
  "tenant.edit": ["fleet_admin"],
  "quota.edit": ["fleet_admin"],
  "operator.edit": ["fleet_admin"],
  "identity.edit": ["fleet_admin"],
  "webhook.edit": ["fleet_admin"],
} as const satisfies Record<string, readonly OperatorRole[]>;

/** What a tenant's people may do in the tenant as a whole. */
export const tenantPolicy = {
  "tenant.read": ["owner", "admin", "member", "viewer"],
  "tenant.audit": ["owner", "admin"],
  "tenant.use": ["owner", "admin"],
  "member.read": ["owner", "admin", "member", "viewer"],
  "member.edit": ["owner", "admin"],
  "project.create": ["owner", "admin"],
  "quota.split": ["owner", "admin"],
  // Who decides what is the template's to say: its tenant's admins, or people that it names.
  "approval.answer": ["owner", "admin", "member", "viewer"],
  "tenant.webhooks": ["owner", "admin"],
} as const satisfies Record<string, readonly TenantRole[]>;

/**
 * What people may do in one project. A tenant's owners and admins have every project; a tenant's
 * members and viewers have only the projects they were given, with the role given there.
 */
export const projectPolicy = {
  "project.read": ["admin", "member", "viewer"],
  "environment.read": ["admin", "member", "viewer"],
  "environment.launch": ["admin", "member"],
  "environment.operate": ["admin", "member"],
  // Each action says besides which of them may press it (`mayPress`).
  "environment.act": ["admin", "member"],
  "environment.release": ["admin", "member"],
  "environment.keys": ["admin", "member"],
  "project.keys": ["admin"],
  "project.automation": ["admin"],
} as const satisfies Record<string, readonly ProjectRole[]>;

export type FleetPermission = keyof typeof fleetPolicy;
export type TenantPermission = keyof typeof tenantPolicy;
export type ProjectPermission = keyof typeof projectPolicy;
export type Permission = FleetPermission | TenantPermission | ProjectPermission;

/**
 * What a browser's session may do only while its person has shown that it is they in the last minutes:
 * whatever makes a new way in, or hands one to someone else. Programs with a token are not asked: none
 * of it is a scope of theirs.
 */
const withFreshProof: readonly Permission[] = [
  "operator.edit",
  "identity.edit",
  "provider.edit",
  "credential.edit",
  "tenant.edit",
  "member.edit",
  "environment.keys",
  "project.keys",
  "project.automation",
];

/** True when a permission is used with a fresh proof only. */
export function needsFreshProof(permission: Permission): boolean {
  return withFreshProof.includes(permission);
}

/** Acts on one's own account that ask for the same; they have no permission, since everyone has them. */
export type WeightyOwnAct = "token.create" | "second_factor.change" | "identity.change";

/** Nodes given back at once without a fresh proof. */
export const mostReleasedUnproved = 1;

/** The role a person has in a project, by their role in the tenant and the one given in the project. */
export function effectiveProjectRole(
  tenantRole: TenantRole,
  given: ProjectRole | undefined,
): ProjectRole | undefined {
  if (runsTenant(tenantRole)) return "admin";
  // A tenant's viewer stays a viewer whatever a project says: the narrower role wins.
  if (tenantRole === "viewer") return given === undefined ? undefined : "viewer";
  return given;
}

const allows = (roles: readonly string[], role: string) => roles.includes(role);

export function operatorMay(role: OperatorRole, permission: FleetPermission): boolean {
  return allows(fleetPolicy[permission], role);
}
export function tenantRoleMay(role: TenantRole, permission: TenantPermission): boolean {
  return allows(tenantPolicy[permission], role);
}
export function projectRoleMay(role: ProjectRole, permission: ProjectPermission): boolean {
  return allows(projectPolicy[permission], role);
}

/** The scopes that a role in a project can use: all that a token bound to the project can have. */
export function scopesOfProjectRole(role: ProjectRole): TokenScope[] {
  return tokenScopes.filter((scope) => isProjectPermission(scope) && projectRoleMay(role, scope));
}

export function isProjectPermission(permission: string): permission is ProjectPermission {
  return Object.hasOwn(projectPolicy, permission);
}

/** The scopes that a person can use somewhere: a token with others would only disappoint. */
export function scopesOfPerson(who: {
  operatorRole: OperatorRole | null;
  memberships: readonly {
    role: TenantRole;
    projects: readonly { role: ProjectRole | undefined }[];
  }[];
}): TokenScope[] {
  const usable = new Set<string>();
  const note = <P extends string>(policy: Record<P, unknown>, may: (permission: P) => boolean) => {
    for (const permission of Object.keys(policy) as P[])
      if (may(permission)) usable.add(permission);
  };
  const { operatorRole } = who;
  if (operatorRole) note(fleetPolicy, (permission) => operatorMay(operatorRole, permission));
  for (const { role, projects } of who.memberships) {
    note(tenantPolicy, (permission) => tenantRoleMay(role, permission));
    for (const project of projects) {
      const own = effectiveProjectRole(role, project.role);
      if (own) note(projectPolicy, (permission) => projectRoleMay(own, permission));
    }
  }
  return tokenScopes.filter((scope) => usable.has(scope));
}
