import { and, asc, eq, isNull, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { operatorInvitations } from "#db/schema/operator-invitations";
import type { Id } from "#lib/domain/id";

export type OperatorInvitationRow = typeof operatorInvitations.$inferSelect;

const pending = and(
  isNull(operatorInvitations.acceptedAt),
  isNull(operatorInvitations.withdrawnAt),
);

/** The invitation of a link, whatever has become of it. */
export async function findOperatorInvitation(
  tx: Transaction,
  tokenHash: string,
): Promise<OperatorInvitationRow | undefined> {
  const [row] = await tx
    .select()
    .from(operatorInvitations)
    .where(eq(operatorInvitations.tokenHash, tokenHash));
  return row;
}

/** As `findOperatorInvitation`; nobody takes it up or changes it until the transaction ends. */
export async function lockOperatorInvitation(
  tx: Transaction,
  tokenHash: string,
): Promise<OperatorInvitationRow | undefined> {
  const [row] = await tx
    .select()
    .from(operatorInvitations)
    .where(eq(operatorInvitations.tokenHash, tokenHash))
    .for("update");
  return row;
}

/** Invitations that nobody has used and nobody withdrew, also those that are too old. */
export async function listPendingOperatorInvitations(
  tx: Transaction,
): Promise<OperatorInvitationRow[]> {
  return tx
    .select()
    .from(operatorInvitations)
    .where(pending)
    .orderBy(asc(operatorInvitations.createdAt), asc(operatorInvitations.id));
}

/** Changes a pending invitation; undefined when there is none, or it is pending no more. */
export async function changePendingOperatorInvitation(
  tx: Transaction,
  id: Id<"invitation">,
  change: Partial<
    Pick<
      OperatorInvitationRow,
      | "acceptedAt"
      | "acceptedBy"
      | "withdrawnAt"
      | "tokenHash"
      | "expiresAt"
      | "invitedBy"
      | "invitedByName"
    >
  >,
): Promise<OperatorInvitationRow | undefined> {
  const [row] = await tx
    .update(operatorInvitations)
    .set(change)
    .where(and(eq(operatorInvitations.id, id), pending))
    .returning();
  return row;
}

/** Withdraws what is pending of an address, or was made by its account; gives what that was. */
export async function withdrawPendingOperatorInvitations(
  tx: Transaction,
  of: { email: string; invitedBy?: Id<"user"> },
): Promise<OperatorInvitationRow[]> {
  const { email, invitedBy } = of;
  const theirs = or(
    eq(operatorInvitations.email, email),
    invitedBy && eq(operatorInvitations.invitedBy, invitedBy),
  );
  return tx
    .update(operatorInvitations)
    .set({ withdrawnAt: sql`now()` })
    .where(and(theirs, pending))
    .returning();
}
