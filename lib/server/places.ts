import "server-only";
import type { Actor } from "#lib/access/authorize";

export type Places = {
  isOperator: boolean;
  tenants: { slug: string; name: string; projects: { slug: string; name: string }[] }[];
};

/** Where a person can go: the fleet, their tenants, and the projects they have a role in. */
export function placesOf(actor: Actor): Places {
  return {
    isOperator: actor.operatorRole !== null,
    tenants: actor.memberships.map((membership) => ({
      slug: membership.tenantSlug,
      name: membership.tenantName,
      projects: membership.projects.map(({ slug, name }) => ({ slug, name })),
    })),
  };
}
