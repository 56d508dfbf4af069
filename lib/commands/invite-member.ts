import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import {
  changePendingInvitation,
  listPendingInvitations,
  newInvitationToken,
} from "#db/queries/invitations";
import { findMember, findProject, lockTenant } from "#db/queries/tenants";
import { findUserByEmail } from "#db/queries/users";
import { invitationProjects, invitations } from "#db/schema/invitations";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { type MemberGrant, standingOf } from "#lib/commands/add-member";
import { refusable, rollBack } from "#lib/commands/roll-back";
import { admitRoleChange, ownersStay } from "#lib/domain/access/membership";
import { endOfTerm, hasEnded, invitationDays } from "#lib/domain/access/term";
import { type Id, newId } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { InvitationInput, InviteMemberInput } from "#lib/schemas/invitation";

/** A link to hand over. Its token is given back here and never again. */
export type InvitationLink = { path: string };

const linkOf = (token: string): InvitationLink => ({ path: `/invitation?token=${token}` });

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
  const admitted = admitRoleChange({ by: standingOf(grant), from: null, to: role, otherOwners: 0 });
  if (!admitted.ok) return admitted;
  if (role === "owner" && days !== null) return ownersStay;
  const known = await findUserByEmail(db, email);
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      if (!(await lockTenant(tx, tenantId))) {
        return refuse({ kind: "not_found", resource: "tenant" });
      }
      const now = await databaseNow(tx, instead);
      const member = known && (await findMember(tx, tenantId, known.id));
      if (member && !hasEnded(member.until, now)) {
        return refuse({ kind: "name_taken", resource: "member", name: email });
      }
      for (const pending of await listPendingInvitations(tx, tenantId)) {
        if (pending.email !== email) continue;
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
    const row = await changePendingInvitation(tx, tenantId, invitationId, { tokenHash, expiresAt });
    if (!row) return refuse({ kind: "not_found", resource: "invitation" });
    await recordAudit(tx, grant, {
      action: "invitation.resend",
      object: { kind: "invitation", id: invitationId, name: row.email },
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
    const row = await changePendingInvitation(tx, tenantId, invitationId, { withdrawnAt });
    if (!row) return refuse({ kind: "not_found", resource: "invitation" });
    await recordAudit(tx, grant, {
      action: "invitation.withdraw",
      object: { kind: "invitation", id: invitationId, name: row.email },
      tenantId,
    });
    return ok(undefined);
  });
}
