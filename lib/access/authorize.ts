import {
  effectiveProjectRole,
  type FleetPermission,
  operatorMay,
  type Permission,
  type ProjectPermission,
  projectRoleMay,
  type TenantPermission,
  tenantRoleMay,
} from "#lib/access/policy";
import type { OperatorRole, ProjectRole, TenantRole } from "#lib/domain/access/role";
import type { Proof } from "#lib/domain/access/second-factor";
import type { ActorId, Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Who is asking, with everything that decides what they may do; read afresh on every request. */
export type Actor = {
  readonly userId: Id<"user">;
  readonly name: string;
  readonly email: string;
  readonly operatorRole: OperatorRole | null;
  readonly memberships: readonly Membership[];
  /** For the audit log. */
  readonly requestId: string;
  readonly ipAddress: string | null;
  /** The API token that was shown; absent for a person in a browser. */
  readonly token?: ActorToken;
  /** The session of a person in a browser; absent where a token was shown. */
  readonly sessionId?: Id<"session">;
  /**
   * What this person can show again, before an act of weight, that it is they: one of these, since they
   * last did too long ago. Absent while that is fresh; empty for who has nothing left to show.
   */
  readonly proofDue?: readonly Proof[];
  /** Tenants of theirs that ask for a second factor, and are closed to them until they have one. */
  readonly factorDueIn?: readonly Pick<Membership, "tenantId" | "tenantSlug" | "tenantName">[];
};

/** A token may do what its owner's role allows and its scopes include, and nothing more. */
export type ActorToken = {
  readonly id: Id<"apiToken">;
  readonly name: string;
  readonly scopes: readonly string[];
};

/** Whoever can be given a grant: a person, or a service account. */
export type Caller = Actor | (Omit<Actor, "userId"> & { readonly userId: Id<"serviceAccount"> });

export type Membership = {
  readonly tenantId: Id<"tenant">;
  readonly tenantSlug: string;
  readonly tenantName: string;
  readonly role: TenantRole;
  readonly projects: readonly {
    readonly projectId: Id<"project">;
    readonly slug: string;
    readonly name: string;
    /** The role given in this project; absent when the tenant role alone decides. */
    readonly role: ProjectRole | undefined;
  }[];
};

declare const granted: unique symbol;

type GrantBase<P extends Permission> = {
  readonly [granted]: P;
  readonly permission: P;
  readonly actorId: ActorId;
  readonly actorName: string;
  readonly requestId: string;
  readonly ipAddress: string | null;
  readonly token?: ActorToken;
  readonly sessionId?: Id<"session">;
  readonly proofDue?: readonly Proof[];
};

export type FleetGrant<P extends FleetPermission = FleetPermission> = GrantBase<P> & {
  readonly scope: "fleet";
  /** Operators are people. */
  readonly actorId: Id<"user">;
  readonly operatorRole: OperatorRole;
};
export type TenantGrant<P extends TenantPermission = TenantPermission> = GrantBase<P> & {
  readonly scope: "tenant";
  readonly tenantId: Id<"tenant">;
  readonly tenantSlug: string;
  readonly role: TenantRole;
};
export type ProjectGrant<P extends ProjectPermission = ProjectPermission> = GrantBase<P> & {
  readonly scope: "project";
  readonly tenantId: Id<"tenant">;
  readonly tenantSlug: string;
  readonly projectId: Id<"project">;
  readonly projectSlug: string;
  readonly role: ProjectRole;
};

/**
 * Proof that one actor may use one permission in one place. Only the three functions below make
 * one, and every command and view asks for one, so an unchecked path does not compile.
 */
export type Grant<P extends Permission> = P extends FleetPermission
  ? FleetGrant<P>
  : P extends TenantPermission
    ? TenantGrant<P>
    : P extends ProjectPermission
      ? ProjectGrant<P>
      : never;

export type AnyGrant = FleetGrant | TenantGrant | ProjectGrant;

type Refused = RefusalOf<"not_found" | "forbidden">;

const who = (actor: Caller) => ({
  actorId: actor.userId,
  actorName: actor.name,
  requestId: actor.requestId,
  ipAddress: actor.ipAddress,
  token: actor.token,
  sessionId: actor.sessionId,
  proofDue: actor.proofDue,
});

/** What the role allows, a token may still lack. */
const lacksScope = (actor: Caller, permission: Permission) =>
  actor.token !== undefined && !actor.token.scopes.includes(permission);
const beyondToken = (permission: Permission) =>
  refuse({ kind: "forbidden" as const, permission, by: "token" as const });

/** Lets an operator act on the fleet. People who are not operators learn nothing: not found. */
export function authorizeFleet<P extends FleetPermission>(
  actor: Caller,
  permission: P,
): Result<FleetGrant<P>, Refused> {
  if (!actor.operatorRole) return refuse({ kind: "not_found", resource: "tenant" });
  if (!operatorMay(actor.operatorRole, permission))
    return refuse({ kind: "forbidden", permission });
  if (lacksScope(actor, permission)) return beyondToken(permission);
  return ok({
    scope: "fleet",
    permission,
    operatorRole: actor.operatorRole,
    ...who(actor),
  } as FleetGrant<P>);
}

/** Lets a member act in a tenant. A stranger learns nothing, not even that the tenant exists. */
export function authorizeTenant<P extends TenantPermission>(
  actor: Caller,
  tenantSlug: string,
  permission: P,
): Result<TenantGrant<P>, Refused> {
  const membership = actor.memberships.find((m) => m.tenantSlug === tenantSlug);
  if (!membership) return refuse({ kind: "not_found", resource: "tenant" });
  if (!tenantRoleMay(membership.role, permission)) return refuse({ kind: "forbidden", permission });
  if (lacksScope(actor, permission)) return beyondToken(permission);
  return ok({
    scope: "tenant",
    permission,
    tenantId: membership.tenantId,
    tenantSlug: membership.tenantSlug,
    role: membership.role,
    ...who(actor),
  } as TenantGrant<P>);
}

/** Lets a member act in one project; a project one has no role in does not exist. */
export function authorizeProject<P extends ProjectPermission>(
  actor: Caller,
  tenantSlug: string,
  projectSlug: string,
  permission: P,
): Result<ProjectGrant<P>, Refused> {
  const membership = actor.memberships.find((m) => m.tenantSlug === tenantSlug);
  const project = membership?.projects.find((p) => p.slug === projectSlug);
  if (!membership || !project) return refuse({ kind: "not_found", resource: "project" });
  const role = effectiveProjectRole(membership.role, project.role);
  if (!role) return refuse({ kind: "not_found", resource: "project" });
  if (!projectRoleMay(role, permission)) return refuse({ kind: "forbidden", permission });
  if (lacksScope(actor, permission)) return beyondToken(permission);
  return ok({
    scope: "project",
    permission,
    tenantId: membership.tenantId,
    tenantSlug: membership.tenantSlug,
    projectId: project.projectId,
    projectSlug: project.slug,
    role,
    ...who(actor),
  } as ProjectGrant<P>);
}
