import { and, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import {
  changePendingInvitation,
  findOpenInvitation,
  type InvitationRow,
  invitationHash,
  listInvitationProjects,
} from "#db/queries/invitations";
import { holdSession } from "#db/queries/sessions";
import { findMember, lockTenant } from "#db/queries/tenants";
import { projectMembers, tenantMembers, tenants } from "#db/schema/tenants";
import { recordEvents } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import { withInvitation } from "#lib/access/with-grant";
import { hasAccount, makeAccount, newAccount } from "#lib/commands/make-account";
import { renewForRole } from "#lib/commands/renew-session";
import { sessionEnded } from "#lib/domain/access/session-life";
import { endOfTerm, hasEnded } from "#lib/domain/access/term";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { JoinInput } from "#lib/schemas/invitation";

type Request = {
  requestId: string;
  ipAddress: string | null;
  sessionId?: Id<"session">;
  /** What the session of who accepts is called from then on. */
  renewedAs?: Id<"session">;
};
type Person = { id: Id<"user">; name: string; email: string };

/** Where one is a member now. */
export type Joined = { tenantSlug: string; email: string };

/**
 * Accepts an invitation for the account that is signed in. It must be that of the address invited. Their
 * session, which reaches further now, goes on under another id, which is given back.
 */
export async function acceptInvitation(
  db: Database,
  actor: Actor,
  { token }: { token: string },
  instead?: Date,
): Promise<Result<Joined & { sessionId?: Id<"session"> }, RefusalOf<"not_now">>> {
  const answer = await withInvitation(db, invitationHash(token), actor.userId, async (tx) => {
    const now = await databaseNow(tx, instead);
    const invitation = await findOpenInvitation(tx, invitationHash(token), now);
    if (!invitation) return closed;
    if (invitation.email !== actor.email) {
      return refuse<RefusalOf<"not_now">>({
        kind: "not_now",
        reason: `The invitation is for ${invitation.email}, and you are ${actor.email}.`,
        advice: "Sign out and open the link again, or ask for an invitation of your address.",
      });
    }
    const { userId, sessionId } = actor;
    // In the order of a sign-in, which ends the session that the browser had.
    await lockTenant(tx, invitation.tenantId);
    if (sessionId && !(await holdSession(tx, userId, sessionId))) return sessionEnded;
    const renewedAs = sessionId && newId("session");
    const person = { ...actor, id: userId };
    const joined = await settle(tx, invitation, person, { ...actor, renewedAs }, now);
    if (!joined.ok) return joined;
    if (sessionId && renewedAs) {
      await renewForRole(tx, { userId, sessionId }, renewedAs, actor.operatorRole !== null);
    }
    return ok({ ...joined.value, sessionId: renewedAs });
  });
  return answer ?? closed;
}

/** Makes an account for the address invited, with a password, and accepts for it. */
export async function joinByInvitation(
  db: Database,
  request: Request,
  { token, name, password }: JoinInput,
  instead?: Date,
): Promise<Result<Joined, RefusalOf<"not_now" | "invalid_input">>> {
  const hash = invitationHash(token);
  // Asked before the costly hash, so that nobody can make us hash without a link.
  const email = await withInvitation(
    db,
    hash,
    newId("user"),
    async (tx) => (await findOpenInvitation(tx, hash, await databaseNow(tx, instead)))?.email,
  );
  if (!email) return closed;
  const account = await newAccount(db, { email, name, password });
  if (!account.ok) return account;
  const answer = await withInvitation(db, hash, account.value.id, async (tx) => {
    const now = await databaseNow(tx, instead);
    const invitation = await findOpenInvitation(tx, hash, now);
    if (!invitation) return closed;
    await lockTenant(tx, invitation.tenantId);
    if (!(await makeAccount(tx, account.value))) return hasAccount;
    return settle(tx, invitation, account.value, request, now);
  });
  return answer ?? closed;
}

/**
 * Makes a person the member that an invitation says, and uses it up. Of two at the same moment one
 * is refused, and then nothing was written by this. A role that they have already stays.
 */
export async function settle(
  tx: Transaction,
  invitation: InvitationRow,
  person: Person,
  request: Request,
  now: Date,
): Promise<Result<Joined, RefusalOf<"not_now">>> {
  const { id, tenantId, role, memberDays } = invitation;
  await lockTenant(tx, tenantId);
  const used = { acceptedAt: now, acceptedBy: person.id };
  if (!(await changePendingInvitation(tx, tenantId, id, used))) return closed;
  const until = endOfTerm(memberDays, now);
  const member = await findMember(tx, tenantId, person.id);
  // A membership that has ended begins anew; its rows in projects are those of then.
  if (member && hasEnded(member.until, now)) {
    await tx
      .delete(projectMembers)
      .where(and(eq(projectMembers.tenantId, tenantId), eq(projectMembers.userId, person.id)));
  }
  if (!member || hasEnded(member.until, now)) {
    const byPeople = { role, until, providerId: null, providerGroup: null };
    await tx
      .insert(tenantMembers)
      .values({ tenantId, userId: person.id, ...byPeople })
      .onConflictDoUpdate({
        target: [tenantMembers.tenantId, tenantMembers.userId],
        set: byPeople,
      });
  }
  for (const project of await listInvitationProjects(tx, id)) {
    await tx
      .insert(projectMembers)
      .values({ tenantId, projectId: project.projectId, userId: person.id, role: project.role })
      .onConflictDoNothing();
  }
  const doer = {
    actorId: person.id,
    actorName: person.name,
    requestId: request.requestId,
    ipAddress: request.ipAddress,
    sessionId: request.sessionId,
  };
  await recordEvents(tx, doer, [
    {
      tenantId,
      action: "member.join",
      object: { kind: "user", id: person.id, name: person.email },
      detail: {
        ...{ role, until: until?.toISOString() ?? null, invitedBy: invitation.invitedByName },
        ...(request.renewedAs && { renewedAs: request.renewedAs }),
      },
    },
  ]);
  const [tenant] = await tx.select().from(tenants).where(eq(tenants.id, tenantId));
  return ok({ tenantSlug: tenant?.slug ?? "", email: person.email });
}

/** What is said of a link that opens nothing any more. */
export const closed = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This invitation was used, withdrawn, or is too old.",
  advice: "Ask who invited you for another.",
});
