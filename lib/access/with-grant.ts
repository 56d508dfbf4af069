import { type Database, inScope, type Transaction } from "#db/client";
import type { AnyGrant } from "#lib/access/authorize";
import type { Id } from "#lib/domain/id";

/** Runs `work` in one transaction that sees exactly what the grant's scope may see. */
export function withGrant<T>(
  db: Database,
  grant: AnyGrant,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  if (grant.scope !== "fleet") {
    return inScope(db, { tenant: grant.tenantId, user: grant.actorId, fleet: "" }, work);
  }
  const fleet = grant.operatorRole === "fleet_admin" ? "write" : "read";
  return inScope(db, { tenant: "", user: grant.actorId, fleet }, work);
}

/** Runs `work` as one person outside any tenant: their own keys, memberships and sessions. */
export function withUser<T>(
  db: Database,
  userId: Id<"user">,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return inScope(db, { tenant: "", user: userId, fleet: "" }, work);
}

/**
 * Runs `work` for a sign-in with an identity provider, before there is an actor: with the fleet's
 * reach, since a provider's groups have roles in several tenants at once. Only what operators entered
 * for the provider decides what is done with it.
 */
export function withProvider<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return inScope(db, { tenant: "", user: "", fleet: "write" }, work);
}
