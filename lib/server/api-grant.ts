import "server-only";
import {
  type Actor,
  authorizeFleet,
  authorizeProject,
  authorizeTenant,
  type Grant,
} from "#lib/access/authorize";
import type { FleetPermission, ProjectPermission, TenantPermission } from "#lib/access/policy";
import { type RefusalOf, refusalMessage } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { noteDenied } from "#lib/server/denied";
import { problem } from "#lib/server/problem";
import { currentActor } from "#lib/server/session";

// What a route handler asks first. The refusal is the response to send: 401 to nobody, 404 to a
// stranger, 403 to a member without the permission.

/** Who asks for what is their own, or the response that refuses nobody. */
export async function ownApiActor(): Promise<Result<Actor, Response>> {
  const actor = await currentActor();
  return actor ? ok(actor) : refuse(problem(401, "Sign in first."));
}

/** The operator's grant for one permission, or the response that refuses it. */
export async function fleetApiGrant<P extends FleetPermission>(
  permission: P,
): Promise<Result<Grant<P>, Response>> {
  return answer(permission, "fleet", (actor) => authorizeFleet(actor, permission)) as Promise<
    Result<Grant<P>, Response>
  >;
}

/** The member's grant for one permission in a tenant, or the response that refuses it. */
export async function tenantApiGrant<P extends TenantPermission>(
  tenantSlug: string,
  permission: P,
): Promise<Result<Grant<P>, Response>> {
  return answer(permission, tenantSlug, (actor) =>
    authorizeTenant(actor, tenantSlug, permission),
  ) as Promise<Result<Grant<P>, Response>>;
}

/** The member's grant for one permission in a project, or the response that refuses it. */
export async function projectApiGrant<P extends ProjectPermission>(
  tenantSlug: string,
  projectSlug: string,
  permission: P,
): Promise<Result<Grant<P>, Response>> {
  return answer(permission, `${tenantSlug}/${projectSlug}`, (actor) =>
    authorizeProject(actor, tenantSlug, projectSlug, permission),
  ) as Promise<Result<Grant<P>, Response>>;
}

async function answer<T>(
  permission: string,
  place: string,
  authorize: (actor: Actor) => Result<T, RefusalOf<"not_found" | "forbidden">>,
): Promise<Result<T, Response>> {
  const actor = await currentActor();
  if (!actor) return refuse(problem(401, "Sign in first."));
  const granted = authorize(actor);
  if (granted.ok) return ok(granted.value);
  await noteDenied(actor, permission, place);
  const status = granted.refusal.kind === "forbidden" ? 403 : 404;
  return refuse(problem(status, refusalMessage(granted.refusal)));
}
