import "server-only";
import {
  type Actor,
  authorizeFleet,
  authorizeProject,
  authorizeTenant,
  type Grant,
} from "#lib/access/authorize";
import { countRead } from "#lib/access/keep-pace";
import type { FleetPermission, ProjectPermission, TenantPermission } from "#lib/access/policy";
import { mostPerMinute } from "#lib/domain/access/pace";
import { type RefusalOf, refusalMessage } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { database } from "#lib/server/database";
import { noteDenied } from "#lib/server/denied";
import { problem } from "#lib/server/problem";
import { currentActor } from "#lib/server/session";

// What a route handler asks first. The refusal is the response to send: 401 to nobody, 429 to whoever reads
// too much, 404 to a stranger, 403 to a member without the permission.

/** Who asks for what is their own, or the response that refuses nobody. */
export async function ownApiActor(): Promise<Result<Actor, Response>> {
  return readingActor();
}

/** Who asks, once more in this minute; or the response that refuses nobody, and whoever asks too often. */
async function readingActor(): Promise<Result<Actor, Response>> {
  const actor = await currentActor();
  if (!actor) return refuse(problem(401, "Sign in first."));
  const { left, secondsLeft, tooFast } = await countRead(database(), actor, "page");
  if (!tooFast) return ok(actor);
  const response = problem(429, "Too much at once", refusalMessage(tooFast));
  response.headers.set("retry-after", String(secondsLeft));
  response.headers.set("ratelimit-policy", `"read";q=${mostPerMinute.read};w=60`);
  response.headers.set("ratelimit", `"read";r=${left};t=${secondsLeft}`);
  return refuse(response);
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

/**
 * The member's grant for one permission in the project that the address names, `?tenant=…&project=…`, or the
 * response that refuses it.
 */
export async function projectApiGrant<P extends ProjectPermission>(
  query: URLSearchParams,
  permission: P,
): Promise<Result<Grant<P>, Response>> {
  const [tenantSlug, projectSlug] = [query.get("tenant") ?? "", query.get("project") ?? ""];
  return answer(permission, `${tenantSlug}/${projectSlug}`, (actor) =>
    authorizeProject(actor, tenantSlug, projectSlug, permission),
  ) as Promise<Result<Grant<P>, Response>>;
}

async function answer<T>(
  permission: string,
  place: string,
  authorize: (actor: Actor) => Result<T, RefusalOf<"not_found" | "forbidden">>,
): Promise<Result<T, Response>> {
  const reading = await readingActor();
  if (!reading.ok) return reading;
  const actor = reading.value;
  const granted = authorize(actor);
  if (granted.ok) return ok(granted.value);
  await noteDenied(actor, permission, place);
  const status = granted.refusal.kind === "forbidden" ? 403 : 404;
  return refuse(problem(status, refusalMessage(granted.refusal)));
}
