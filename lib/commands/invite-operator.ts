import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { lockOperators } from "#db/queries/identity";
import { newInvitationToken } from "#db/queries/invitations";
import {
  changePendingOperatorInvitation,
  withdrawPendingOperatorInvitations,
} from "#db/queries/operator-invitations";
import { findUserByEmail } from "#db/queries/users";
import { operatorInvitations } from "#db/schema/operator-invitations";
import { type AuditedAct, recordAudit, recordAudits } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type InvitationLink, linkOf } from "#lib/commands/invite-member";
import { endOfTerm, invitationDays } from "#lib/domain/access/term";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { InvitationInput, InviteOperatorInput } from "#lib/schemas/invitation";

/**
 * Invites someone to run or watch the fleet by a link that works once and for a week. Nothing is theirs
 * until they accept, with the account that they have or make. An invitation of theirs that is pending is
 * replaced: its link stops working.
 */
export async function inviteOperator(
  db: Database,
  grant: Grant<"operator.edit">,
  { email, role }: InviteOperatorInput,
  instead?: Date,
): Promise<Result<InvitationLink, RefusalOf<"not_now">>> {
  return withGrant(db, grant, async (tx) => {
    if (!(await isStillAdmin(tx, grant))) return noAdminNow;
    const known = await findUserByEmail(tx, email);
    if (known?.disabledAt) {
      return refuse({
        kind: "not_now",
        reason: `The account of ${email} is closed.`,
        advice: "Open it again first, under People.",
      });
    }
    if (known?.operatorRole) {
      return refuse({
        kind: "not_now",
        reason: `${email} is an operator already.`,
        advice: "Change their role in the list of operators.",
      });
    }
    const replaced = await withdrawInvitationsOf(tx, { email });
    const now = await databaseNow(tx, instead);
    const { token, tokenHash } = newInvitationToken();
    const id = newId("invitation");
    await tx.insert(operatorInvitations).values({
      ...{ id, email, role, tokenHash, createdAt: now },
      ...{ invitedBy: grant.actorId, invitedByName: grant.actorName },
      expiresAt: endOfTerm(invitationDays, now) ?? now,
    });
    const object = { kind: "invitation", id, name: email };
    const invited = { action: "operator.invite", object, detail: { role } };
    await recordAudits(tx, grant, [...replaced, invited]);
    return ok(linkOf(token));
  });
}

/** Makes a new link for a pending invitation, good for another week; the one before is void. */
export async function resendOperatorInvitation(
  db: Database,
  grant: Grant<"operator.edit">,
  { invitationId }: InvitationInput,
  instead?: Date,
): Promise<Result<InvitationLink, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    if (!(await isStillAdmin(tx, grant))) return noAdminNow;
    const now = await databaseNow(tx, instead);
    const expiresAt = endOfTerm(invitationDays, now) ?? now;
    const { token, tokenHash } = newInvitationToken();
    // Whoever has the link is whom it is withdrawn with.
    const by = { invitedBy: grant.actorId, invitedByName: grant.actorName };
    const change = { tokenHash, expiresAt, ...by };
    const changed = await changePendingOperatorInvitation(tx, invitationId, change);
    if (!changed) return refuse({ kind: "not_found", resource: "invitation" });
    await recordAudit(tx, grant, {
      action: "invitation.resend",
      object: { kind: "invitation", id: invitationId, name: changed.email },
    });
    return ok(linkOf(token));
  });
}

/** Takes a pending invitation back: its link stops working at once. */
export async function withdrawOperatorInvitation(
  db: Database,
  grant: Grant<"operator.edit">,
  { invitationId }: InvitationInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const withdrawnAt = await databaseNow(tx);
    const changed = await changePendingOperatorInvitation(tx, invitationId, { withdrawnAt });
    if (!changed) return refuse({ kind: "not_found", resource: "invitation" });
    await recordAudit(tx, grant, withdrawal(changed));
    return ok(undefined);
  });
}

/**
 * Takes back what is pending of an address and, given its account, what that made: nobody comes back by a
 * link that they kept. Gives what is to be written of it. Needs the lock on operators.
 */
export async function withdrawInvitationsOf(
  tx: Transaction,
  person: { email: string; id?: Id<"user"> },
): Promise<AuditedAct[]> {
  const of = { email: person.email, invitedBy: person.id };
  return (await withdrawPendingOperatorInvitations(tx, of)).map(withdrawal);
}

/**
 * Whether who asks is an admin of the fleet at this moment. Whoever becomes an operator, or is one no more, does
 * so before this or after it: who is removed meanwhile leaves no link behind.
 */
async function isStillAdmin(
  tx: Transaction,
  { actorId }: Grant<"operator.edit">,
): Promise<boolean> {
  const operators = await lockOperators(tx);
  const own = operators.find(({ id }) => id === actorId);
  return own?.operatorRole === "fleet_admin" && own.disabledAt === null;
}

const noAdminNow = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "You are no admin of the fleet any more.",
  advice: "Ask one to send the invitation.",
});

const withdrawal = ({ id, email }: { id: Id<"invitation">; email: string }): AuditedAct => ({
  action: "invitation.withdraw",
  object: { kind: "invitation", id, name: email },
});
