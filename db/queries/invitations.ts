import { createHash, randomBytes } from "node:crypto";
import { and, asc, eq, gt, isNull } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { invitationProjects, invitations } from "#db/schema/invitations";
import { projects } from "#db/schema/tenants";
import type { Id } from "#lib/domain/id";

export type InvitationRow = typeof invitations.$inferSelect;

/** A token of 192 random bits for a link, and the hash that is kept of it. */
export function newInvitationToken(): { token: string; tokenHash: string } {
  const token = randomBytes(24).toString("base64url");
  return { token, tokenHash: invitationHash(token) };
}

export function invitationHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The invitation that a link opens: not used, not withdrawn, not too old. */
export async function findOpenInvitation(
  tx: Transaction,
  tokenHash: string,
  now: Date,
): Promise<InvitationRow | undefined> {
  const [row] = await tx
    .select()
    .from(invitations)
    .where(
      and(
        eq(invitations.tokenHash, tokenHash),
        isNull(invitations.acceptedAt),
        isNull(invitations.withdrawnAt),
        gt(invitations.expiresAt, now),
      ),
    );
  return row;
}

/** A tenant's invitations that nobody has used and nobody withdrew, also those that are too old. */
export async function listPendingInvitations(
  tx: Transaction,
  tenantId: Id<"tenant">,
): Promise<InvitationRow[]> {
  return tx
    .select()
    .from(invitations)
    .where(
      and(
        eq(invitations.tenantId, tenantId),
        isNull(invitations.acceptedAt),
        isNull(invitations.withdrawnAt),
      ),
    )
    .orderBy(asc(invitations.createdAt), asc(invitations.id));
}

/** One of a tenant's pending invitations, which nobody accepts or changes until the transaction ends. */
export async function lockPendingInvitation(
  tx: Transaction,
  tenantId: Id<"tenant">,
  id: Id<"invitation">,
): Promise<InvitationRow | undefined> {
  const [row] = await tx
    .select()
    .from(invitations)
    .where(
      and(
        eq(invitations.tenantId, tenantId),
        eq(invitations.id, id),
        isNull(invitations.acceptedAt),
        isNull(invitations.withdrawnAt),
      ),
    )
    .for("update");
  return row;
}

/** The roles in projects that come with an invitation, by the project's name. */
export async function listInvitationProjects(tx: Transaction, id: Id<"invitation">) {
  return tx
    .select({
      projectId: invitationProjects.projectId,
      role: invitationProjects.role,
      name: projects.name,
    })
    .from(invitationProjects)
    .innerJoin(projects, eq(projects.id, invitationProjects.projectId))
    .where(eq(invitationProjects.invitationId, id))
    .orderBy(asc(projects.name));
}

/** Marks a pending invitation; false when it is none of the tenant's, or pending no more. */
export async function changePendingInvitation(
  tx: Transaction,
  tenantId: Id<"tenant">,
  id: Id<"invitation">,
  change: Partial<
    Pick<InvitationRow, "acceptedAt" | "acceptedBy" | "withdrawnAt" | "tokenHash" | "expiresAt">
  >,
): Promise<InvitationRow | undefined> {
  const [row] = await tx
    .update(invitations)
    .set(change)
    .where(
      and(
        eq(invitations.tenantId, tenantId),
        eq(invitations.id, id),
        isNull(invitations.acceptedAt),
        isNull(invitations.withdrawnAt),
      ),
    )
    .returning();
  return row;
}
