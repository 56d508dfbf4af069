import { eq } from "drizzle-orm";
import { type Database, inScope, type Transaction } from "#db/client";
import { findOperatorInvitation } from "#db/queries/operator-invitations";
import { invitations } from "#db/schema/invitations";
import type { Actor, AnyGrant, Membership } from "#lib/access/authorize";
import { traced } from "#lib/config/trace";
import type { ActorId, Id } from "#lib/domain/id";

/** Runs `work` in one transaction, a span of its own, that sees exactly what the grant's scope may see. */
export function withGrant<T>(
  db: Database,
  grant: AnyGrant,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const scope =
    grant.scope !== "fleet"
      ? ({ tenant: grant.tenantId, user: grant.actorId, fleet: "" } as const)
      : ({
          ...{ tenant: "", user: grant.actorId },
          fleet: grant.operatorRole === "fleet_admin" ? "write" : "read",
        } as const);
  const { permission } = grant;
  return traced(`as ${permission}`, { "ingot.permission": permission }, () =>
    inScope(db, scope, work),
  );
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

/**
 * Runs `work` for a sign-in with an identity provider, before there is an actor: with the fleet's
 * reach, since a provider's groups have roles in several tenants at once. Only what operators entered
 * for the provider decides what is done with it.
 */
export function withProvider<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return inScope(db, { tenant: "", user: "", fleet: "write" }, work);
}

/** Runs `work` for whoever has the server itself, with its database's address: they have everything. */
export function withServer<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return inScope(db, { tenant: "", user: "", fleet: "write" }, work);
}

/**
 * Runs `work` in the tenant that an invitation is for, as the person who accepts it; null when no
 * invitation has that token. Holding the token is the proof: it cannot be guessed.
 */
export async function withInvitation<T>(
  db: Database,
  tokenHash: string,
  userId: Id<"user">,
  work: (tx: Transaction) => Promise<T>,
): Promise<T | null> {
  const [found] = await inScope(db, { tenant: "", user: "", fleet: "read" }, (tx) =>
    tx
      .select({ tenantId: invitations.tenantId })
      .from(invitations)
      .where(eq(invitations.tokenHash, tokenHash)),
  );
  return found ? inScope(db, { tenant: found.tenantId, user: userId, fleet: "" }, work) : null;
}

/**
 * Runs `work` for whoever holds the link of an operator's invitation, as the person who takes it up: with
 * the fleet's reach, which is what they are given. Without a person it only reads. Null when no invitation
 * has that token.
 */
export async function withOperatorInvitation<T>(
  db: Database,
  tokenHash: string,
  userId: Id<"user"> | null,
  work: (tx: Transaction) => Promise<T>,
): Promise<T | null> {
  const looks = { tenant: "", user: "", fleet: "read" } as const;
  const found = await inScope(db, looks, (tx) => findOperatorInvitation(tx, tokenHash));
  if (!found) return null;
  return inScope(db, userId ? { tenant: "", user: userId, fleet: "write" } : looks, work);
}

/** Runs `work` in a tenant that a person is a member of, for what is theirs there. */
export function withMembership<T>(
  db: Database,
  actor: Actor,
  { tenantId }: Pick<Membership, "tenantId">,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return inScope(db, { tenant: tenantId, user: actor.userId, fleet: "" }, work);
}
