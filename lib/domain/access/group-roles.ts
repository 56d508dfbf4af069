import {
  type OperatorRole,
  operatorRoles,
  type ProjectRole,
  projectRoles,
  type TenantRole,
  tenantRoles,
} from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";

/** One line of a provider's table: people of the group have the role in the place. */
export type GroupRole = { group: string } & (
  | { place: "fleet"; role: OperatorRole }
  | { place: "tenant"; tenantId: Id<"tenant">; role: TenantRole }
  | { place: "project"; tenantId: Id<"tenant">; projectId: Id<"project">; role: ProjectRole }
);

export type GivenRoles = {
  operator: { role: OperatorRole; group: string } | null;
  tenants: { tenantId: Id<"tenant">; role: TenantRole; group: string }[];
  projects: {
    tenantId: Id<"tenant">;
    projectId: Id<"project">;
    role: ProjectRole;
    group: string;
  }[];
};

/**
 * What a person of these groups gets. Of several roles in one place the most powerful holds. A role
 * in a project alone brings its tenant with it, as member: nobody is in a project without.
 */
export function rolesOfGroups(table: readonly GroupRole[], groups: readonly string[]): GivenRoles {
  const lines = table.filter((line) => groups.includes(line.group));
  const given: GivenRoles = { operator: null, tenants: [], projects: [] };
  for (const line of lines) {
    if (line.place === "fleet") {
      if (!given.operator || isStronger(operatorRoles, line.role, given.operator.role)) {
        given.operator = { role: line.role, group: line.group };
      }
    } else if (line.place === "tenant") {
      const { tenantId, role, group } = line;
      keepStronger(tenantRoles, given.tenants, (at) => at.tenantId === tenantId, {
        tenantId,
        role,
        group,
      });
    } else {
      const { tenantId, projectId, role, group } = line;
      keepStronger(projectRoles, given.projects, (at) => at.projectId === projectId, {
        tenantId,
        projectId,
        role,
        group,
      });
    }
  }
  for (const { tenantId, group } of given.projects) {
    if (given.tenants.every((each) => each.tenantId !== tenantId)) {
      given.tenants.push({ tenantId, role: "member", group });
    }
  }
  return given;
}

function keepStronger<R extends string, T extends { role: R }>(
  strongestFirst: readonly R[],
  list: T[],
  isSamePlace: (each: T) => boolean,
  next: T,
): void {
  const at = list.findIndex(isSamePlace);
  const held = list[at];
  if (!held) list.push(next);
  else if (isStronger(strongestFirst, next.role, held.role)) list[at] = next;
}

function isStronger<R>(strongestFirst: readonly R[], one: R, other: R): boolean {
  return strongestFirst.indexOf(one) < strongestFirst.indexOf(other);
}

/** Who manages a role that a provider gave, for wherever it is shown. */
export function managedWords(provider: string, group: string): string {
  return `by ${provider}: group ${group}`;
}
