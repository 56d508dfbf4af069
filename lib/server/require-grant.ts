import "server-only";
import type { Route } from "next";
import { forbidden, notFound, redirect } from "next/navigation";
import {
  type Actor,
  authorizeFleet,
  authorizeProject,
  authorizeTenant,
  type Grant,
} from "#lib/access/authorize";
import type { FleetPermission, ProjectPermission, TenantPermission } from "#lib/access/policy";
import type { RefusalOf } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { noteDenied } from "#lib/server/denied";
import { requestFacts } from "#lib/server/request";
import { currentSession, stopOf } from "#lib/server/session";

// What a page asks before it shows anything. Nobody is sent to sign in, a stranger is told that
// there is nothing here, a member without the permission that their role lacks it.

/** Who is asking; sends nobody to the sign-in page and back here afterwards. */
export async function requireActor(): Promise<Actor> {
  const session = await currentSession();
  if (!session) {
    const { path } = await requestFacts();
    redirect(`/sign-in?next=${encodeURIComponent(path)}` as Route);
  }
  const stop = stopOf(session);
  if (stop) redirect(stop);
  return session.actor;
}

/** The operator's grant for one permission, or no page. */
export async function requireFleetGrant<P extends FleetPermission>(
  permission: P,
): Promise<Grant<P>> {
  const actor = await requireActor();
  return grantOrStop(actor, permission, "fleet", authorizeFleet(actor, permission)) as Promise<
    Grant<P>
  >;
}

/** The member's grant for one permission in a tenant, or no page. */
export async function requireTenantGrant<P extends TenantPermission>(
  tenantSlug: string,
  permission: P,
): Promise<Grant<P>> {
  const actor = await requireActor();
  const answer = authorizeTenant(actor, tenantSlug, permission);
  return grantOrStop(actor, permission, tenantSlug, answer) as Promise<Grant<P>>;
}

/** The member's grant for one permission in a project, or no page. */
export async function requireProjectGrant<P extends ProjectPermission>(
  tenantSlug: string,
  projectSlug: string,
  permission: P,
): Promise<Grant<P>> {
  const actor = await requireActor();
  const answer = authorizeProject(actor, tenantSlug, projectSlug, permission);
  return grantOrStop(actor, permission, `${tenantSlug}/${projectSlug}`, answer) as Promise<
    Grant<P>
  >;
}

async function grantOrStop<T>(
  actor: Actor,
  permission: string,
  place: string,
  answer: Result<T, RefusalOf<"not_found" | "forbidden">>,
): Promise<T> {
  if (answer.ok) return answer.value;
  const [tenantSlug] = place.split("/");
  if (actor.factorDueIn?.some((tenant) => tenant.tenantSlug === tenantSlug)) {
    redirect("/set-up-factor" as Route);
  }
  await noteDenied(actor, permission, place);
  if (answer.refusal.kind === "forbidden") forbidden();
  notFound();
}
