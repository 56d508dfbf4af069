import type { Actor } from "#lib/access/authorize";
import {
  effectiveProjectRole,
  fleetPolicy,
  mostReleasedUnproved,
  needsFreshProof,
  operatorMay,
  type Permission,
  projectPolicy,
  projectRoleMay,
  tenantPolicy,
  tenantRoleMay,
} from "#lib/access/policy";
import { tokenScopes } from "#lib/domain/access/token-scope";

/** Every permission in the words of who has it: "may …". */
const permissionWords: Record<Permission, string> = {
  "fleet.read": "see the whole fleet",
  "fleet.audit": "read the fleet's audit log",
  "node.enrol": "enrol nodes",
  "node.operate": "order power, wipes, maintenance and retirement of nodes",
  "credential.edit":
    "change how Ingot signs in to controllers, and which network drivers and fabric managers it calls",
  "pool.edit": "change pools of VLANs, prefixes, addresses and P_Keys",
  "catalogue.edit": "change node types, images, profiles and templates",
  "tenant.create": "make tenants",
  "tenant.edit": "change tenants, their members and projects",
  "quota.edit": "set the quota of tenants and projects",
  "operator.edit": "make and unmake operators",
  "identity.edit": "change how people sign in",
  "provider.edit": "register providers that hooks call",
  "context.edit": "change config contexts, their secrets and what they are attached to",
  "webhook.edit": "say which endpoints are told of what happens in the fleet",
  "approval.decide": "decide approvals that operators are asked for",
  "tenant.read": "see the tenant",
  "tenant.audit": "read the tenant's audit log",
  "tenant.use": "read what the tenant's GPUs were used for",
  "approval.answer": "decide approvals that they are asked for",
  "tenant.webhooks": "say which endpoints are told of what happens in the tenant",
  "member.read": "see who is a member",
  "member.edit": "invite, change and remove members",
  "project.create": "make projects",
  "quota.split": "divide the tenant's quota among projects",
  "project.read": "see the project",
  "environment.read": "see environments and their GPUs",
  "environment.launch": "launch environments",
  "environment.operate":
    "start, stop, restart, reinstall, abort and retry environments, change their inputs, and set when they end",
  "environment.act": "press the actions that environments offer, each as far as it allows",
  "environment.release": "release environments",
  "environment.keys": "change which SSH keys open an environment's nodes",
  "project.keys": "add and remove the project's SSH keys",
  "project.automation": "make service accounts and their tokens",
};

export type AccessLine = {
  permission: string;
  words: string;
  allowed: boolean;
  /** Which roles have it: one of them is what is missing. */
  roles: string[];
  /** What else it takes of who has the role, and whether a program can do it with a token. */
  besides: string;
};

export type AccessPlace = {
  name: string;
  /** Where it is. */
  href: string;
  role: string;
  /** Who can give a role there that has more. */
  grantedBy: string;
  lines: AccessLine[];
};

/**
 * What a person may do in each of their places, which role what they may not would take, and what else is
 * asked: the policy table itself, as the next request will ask it.
 */
export function ownAccess(actor: Actor): AccessPlace[] {
  const places: AccessPlace[] = [];
  const { operatorRole } = actor;
  if (operatorRole) {
    places.push({
      name: "Fleet",
      href: "/fleet",
      role: inWords(operatorRole),
      grantedBy: "an operator who is a fleet admin",
      lines: linesOf(fleetPolicy, (permission) => operatorMay(operatorRole, permission)),
    });
  }
  for (const { tenantName, tenantSlug, role, projects } of actor.memberships) {
    places.push({
      name: tenantName,
      href: `/${tenantSlug}`,
      role,
      grantedBy: "an owner or admin of the tenant; owners are made by owners alone",
      lines: linesOf(tenantPolicy, (permission) => tenantRoleMay(role, permission)),
    });
    for (const project of projects) {
      const held = effectiveProjectRole(role, project.role);
      if (!held) continue;
      places.push({
        name: `${tenantName} / ${project.name}`,
        href: `/${tenantSlug}/projects/${project.slug}`,
        role: held === project.role ? held : `${held}, as ${role} of the tenant`,
        grantedBy: "an owner or admin of the tenant",
        lines: linesOf(projectPolicy, (permission) => projectRoleMay(held, permission)),
      });
    }
  }
  return places;
}

/** What is said of some beside what is said of all. */
const more: Partial<Record<Permission, string>> = {
  "environment.act": "each action says who presses it",
  "environment.release": `of more than ${mostReleasedUnproved} node at once with a fresh proof`,
};

function besidesOf(permission: Permission): string {
  if (needsFreshProof(permission)) return "with a fresh proof that it is you; no token can";
  const token = tokenScopes.some((scope) => scope === permission)
    ? "a token can, too"
    : "in the portal alone";
  return [more[permission], token].filter(Boolean).join("; ");
}

function linesOf<P extends Permission>(
  policy: Record<P, readonly string[]>,
  may: (permission: P) => boolean,
): AccessLine[] {
  return (Object.keys(policy) as P[]).map((permission) => ({
    permission,
    words: permissionWords[permission],
    allowed: may(permission),
    roles: policy[permission].map(inWords),
    besides: besidesOf(permission),
  }));
}

const inWords = (role: string) => role.replace("_", " ");
