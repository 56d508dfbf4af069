import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import {
  changePendingInvitation,
  type InvitationRow,
  listPendingInvitations,
  lockPendingInvitation,
  newInvitationToken,
} from "#db/queries/invitations";
import { findMember, findProject, lockTenant } from "#db/queries/tenants";
import { findUserByEmail } from "#db/queries/users";
import { invitationProjects, invitations } from "#db/schema/invitations";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { admitRole, type MemberGrant } from "#lib/commands/admit-role";
import { refusable, rollBack } from "#lib/commands/roll-back";
import { ownersStay } from "#lib/domain/access/membership";
import type { TenantRole } from "#lib/domain/access/role";
import { endOfTerm, hasEnded, invitationDays } from "#lib/domain/access/term";
import { type Id, newId } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { InvitationInput, InviteMemberInput } from "#lib/schemas/invitation";

/** A link to hand over. Its token is given back here and never again. */
export type InvitationLink = { path: string };

export const linkOf = (token: string): InvitationLink => ({ path: `/invitation?token=${token}` });

/**
 * Invites someone into a tenant by a link that works once and for a week. Nothing is theirs until
 * they accept. An invitation of theirs that is pending is replaced: its link stops working.
 */
export async function inviteMember(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  { email, role, days, projects }: InviteMemberInput,
  instead?: Date,
): Promise<Result<InvitationLink, Refusal>> {
  if (role === "owner" && days !== null) return ownersStay;
  const known = await findUserByEmail(db, email);
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      if (!(await lockTenant(tx, tenantId))) {
        return refuse({ kind: "not_found", resource: "tenant" });
      }
      const offered = await admitOffer(tx, grant, tenantId, "member.invite", { email, role });
      if (!offered.ok) return offered;
      const now = await databaseNow(tx, instead);
      const member = known && (await findMember(tx, tenantId, known.id));
      if (member && !hasEnded(member.until, now)) {
        return refuse({ kind: "name_taken", resource: "member", name: email });
      }
      for (const pending of await listPendingInvitations(tx, tenantId)) {
        if (pending.email !== email) continue;
        const isGood = pending.expiresAt > now;
        if (isGood && !(await admitOffer(tx, grant, tenantId, "invitation.withdraw", pending)).ok) {
          return refuse({
            kind: "not_now",
            reason: `${email} is invited as an owner already, and this would take that back.`,
            advice: "Ask one of the tenant's owners.",
          });
        }
        await changePendingInvitation(tx, tenantId, pending.id, { withdrawnAt: now });
      }
      const { token, tokenHash } = newInvitationToken();
      const id = newId("invitation");
      await tx.insert(invitations).values({
        ...{ id, tenantId, email, role, tokenHash, memberDays: days },
        ...{ invitedBy: grant.actorId, invitedByName: grant.actorName, createdAt: now },
        expiresAt: endOfTerm(invitationDays, now) ?? now,
      });
      for (const { projectId, role: projectRole } of projects) {
        if (!(await findProject(tx, tenantId, projectId))) {
          rollBack({ kind: "not_found", resource: "project" });
        }
        await tx
          .insert(invitationProjects)
          .values({ tenantId, invitationId: id, projectId, role: projectRole })
          .onConflictDoNothing();
      }
      await recordAudit(tx, grant, {
        action: "member.invite",
        object: { kind: "invitation", id, name: email },
        detail: { role, days, projects: projects.length },
        tenantId,
      });
      return ok(linkOf(token));
    }),
  );
}

/** Makes a new link for a pending invitation, good for another week; the one before is void. */
export async function resendInvitation(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  { invitationId }: InvitationInput,
  instead?: Date,
): Promise<Result<InvitationLink, Refusal>> {
  return withGrant(db, grant, async (tx) => {
    const { token, tokenHash } = newInvitationToken();
    const now = await databaseNow(tx, instead);
    const expiresAt = endOfTerm(invitationDays, now) ?? now;
    const found = await findOffer(tx, grant, tenantId, "invitation.resend", invitationId);
    if (!found.ok) return found;
    await changePendingInvitation(tx, tenantId, invitationId, { tokenHash, expiresAt });
    await recordAudit(tx, grant, {
      action: "invitation.resend",
      object: { kind: "invitation", id: invitationId, name: found.value.email },
      tenantId,
    });
    return ok(linkOf(token));
  });
}

/** Takes a pending invitation back: its link stops working at once. */
export async function withdrawInvitation(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  { invitationId }: InvitationInput,
  instead?: Date,
): Promise<Result<void, Refusal>> {
  return withGrant(db, grant, async (tx) => {
    const withdrawnAt = await databaseNow(tx, instead);
    const found = await findOffer(tx, grant, tenantId, "invitation.withdraw", invitationId);
    if (!found.ok) return found;
    await changePendingInvitation(tx, tenantId, invitationId, { withdrawnAt });
    await recordAudit(tx, grant, {
      action: "invitation.withdraw",
      object: { kind: "invitation", id: invitationId, name: found.value.email },
      tenantId,
    });
    return ok(undefined);
  });
}

/**
 * A pending invitation that who asks may change, held until the transaction ends. Whoever has the link
 * has the role, so the link of an owner-to-be is an owner's to make and to take back.
 */
async function findOffer(
  tx: Transaction,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  action: string,
  invitationId: Id<"invitation">,
): Promise<Result<InvitationRow, Refusal>> {
  await lockTenant(tx, tenantId);
  const pending = await lockPendingInvitation(tx, tenantId, invitationId);
  if (!pending) return refuse({ kind: "not_found", resource: "invitation" });
  const admitted = await admitOffer(tx, grant, tenantId, action, pending);
  return admitted.ok ? ok(pending) : admitted;
}

function admitOffer(
  tx: Transaction,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  action: string,
  { id, email, role }: { id?: Id<"invitation">; email: string; role: TenantRole },
) {
  const change = { from: null, to: role, otherOwners: 0 };
  const object = { kind: "invitation", id: id ?? email, name: email };
  return admitRole(tx, grant, tenantId, change, { action, object });
}
