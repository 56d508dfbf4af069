import { randomUUID } from "node:crypto";
import { and, count, eq } from "drizzle-orm";
import { type Database, inScope, type Transaction } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { auditEvents } from "#db/schema/audit-events";
import { type Actor, authorizeFleet, type Grant } from "#lib/access/authorize";
import { type LoadedSession, loadSession } from "#lib/access/load-actor";
import type { FleetPermission } from "#lib/access/policy";
import { signIn } from "#lib/commands/sign-in";
import { newId } from "#lib/domain/id";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

// How a seed or a test acts: as a person who is in the database, with the grants that `authorize`
// gives that person, through the commands that the portal's actions run.

export type GrantsOf = <P extends FleetPermission>(permission: P) => Grant<P>;

/**
 * The person with this address, as one who asks from no browser and belongs to no tenant: enough for
 * an operator. Throws when there is none.
 */
export async function actorOf(db: Database, email: string): Promise<Actor> {
  const user = await findUserByEmail(db, email);
  if (!user) throw new Error(`nobody has the address ${email}`);
  return {
    userId: user.id,
    name: user.name,
    email: user.email,
    operatorRole: user.operatorRole,
    memberships: [],
    requestId: newId("session"),
    ipAddress: null,
  };
}

type Credentials = { email: string; password: string };

/** The person as a sign-in of theirs shows them, with the tenants and projects they belong to. */
export async function signedInActor(db: Database, who: Credentials): Promise<Actor> {
  return (await signedIn(db, who)).actor;
}

/** A session of somebody who signs in with a password. */
export async function signedIn(db: Database, who: Credentials): Promise<LoadedSession> {
  const request = { requestId: randomUUID(), ipAddress: null, userAgent: null, earlier: null };
  const session = must(await signIn(db, request, who));
  const loaded = await loadSession(db, session, { ...request, counts: false });
  if (!loaded) throw new Error(`${who.email} has no session`);
  return loaded;
}

/** What an operator is allowed; throws when the policy says no. */
export function grantsOf(operator: Actor): GrantsOf {
  return <P extends FleetPermission>(permission: P) => {
    const allowed = authorizeFleet(operator, permission);
    if (!allowed.ok) throw new Error(`${operator.email} may not ${permission}`);
    return allowed.value as Grant<P>;
  };
}

/** What a command gave; throws its refusal in words. */
export function must<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(refusalMessage(result.refusal));
  return result.value;
}

/** Reads as an operator may. */
export function reading<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return inScope(db, { tenant: "", user: "", fleet: "read" }, work);
}

/**
 * How often this was done to an object. The audit log keeps it, whatever people have made of the object
 * since: what a seed has done once it leaves to them.
 */
export async function timesDone(db: Database, action: string, objectId: string): Promise<number> {
  const those = and(eq(auditEvents.action, action), eq(auditEvents.objectId, objectId));
  const [row] = await reading(db, (tx) =>
    tx.select({ times: count() }).from(auditEvents).where(those),
  );
  return row?.times ?? 0;
}

/** Asks until the answer is something; throws in words after `limitMs`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  limitMs = 180_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not so after ${Math.round(limitMs / 1000)} s`);
}
