import "server-only";
import {
  type Actor,
  authorizeFleet,
  authorizeProject,
  authorizeTenant,
} from "#lib/access/authorize";
import { loadSession } from "#lib/access/load-actor";
import type { FleetPermission, ProjectPermission, TenantPermission } from "#lib/access/policy";
import type { TenantRole } from "#lib/domain/access/role";
import { readSessionToken } from "#lib/server/auth";
import { database } from "#lib/server/database";
import { requestFacts } from "#lib/server/request";
import { stopOf } from "#lib/server/session";

// What a stream asks now and then, since it outlives its request: whether the person still is let in
// where they were. The question is made while the request is there, and asked when it is not.

type StillMay = Promise<() => Promise<boolean>>;

/** Of an operator. */
export function stillMayFleet(permission: FleetPermission): StillMay {
  return question((actor) => authorizeFleet(actor, permission).ok);
}

/** Of a tenant's member, in the same role: in another one other projects are seen. */
export function stillMayTenant(
  tenantSlug: string,
  permission: TenantPermission,
  role: TenantRole,
): StillMay {
  return question((actor) => {
    const now = authorizeTenant(actor, tenantSlug, permission);
    return now.ok && now.value.role === role;
  });
}

/** Of a member in a project. */
export function stillMayProject(
  tenantSlug: string,
  projectSlug: string,
  permission: ProjectPermission,
): StillMay {
  return question((actor) => authorizeProject(actor, tenantSlug, projectSlug, permission).ok);
}

async function question(isAllowed: (actor: Actor) => boolean): StillMay {
  const [token, facts] = [await readSessionToken(), await requestFacts()];
  return async () => {
    const session = token && (await loadSession(database(), token, { ...facts, counts: false }));
    return session !== null && !stopOf(session) && isAllowed(session.actor);
  };
}
