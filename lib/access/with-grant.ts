import { type Database, inScope, type Transaction } from "#db/client";
import type { AnyGrant } from "#lib/access/authorize";
import type { ActorId, Id } from "#lib/domain/id";

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

/** Runs `work` as one person, or service account, outside any tenant: their own keys, memberships and sessions. */
export function withUser<T>(
  db: Database,
  userId: ActorId,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return inScope(db, { tenant: "", user: userId, fleet: "" }, work);
}

/** Runs `work` as one caller in a tenant they belong to, or outside any: to note what they were refused. */
export function withCaller<T>(
  db: Database,
  callerId: ActorId,
  tenantId: Id<"tenant"> | undefined,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return inScope(db, { tenant: tenantId ?? "", user: callerId, fleet: "" }, work);
}
