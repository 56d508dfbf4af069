import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { invitationHash } from "#db/queries/invitations";
import { findOperatorInvitation } from "#db/queries/operator-invitations";
import { findUserByEmail } from "#db/queries/users";
import { withOperatorInvitation } from "#lib/access/with-grant";
import {
  type OperatorInvitationState,
  operatorInvitationState,
} from "#lib/domain/access/operator-invitation";
import type { OperatorRole } from "#lib/domain/access/role";

export type OperatorInvitationView = {
  state: OperatorInvitationState;
  email: string;
  role: OperatorRole;
  invitedBy: string;
  expiresAt: string;
  /** There is an account with this address: it is signed in to, not made. */
  hasAccount: boolean;
};

/** What a link of an operator's invitation invites to, for whoever holds it; null when it is none. */
export async function operatorInvitationView(
  db: Database,
  token: unknown,
  instead?: Date,
): Promise<OperatorInvitationView | null> {
  if (typeof token !== "string" || token.length > 100) return null;
  const hash = invitationHash(token);
  return withOperatorInvitation(db, hash, null, async (tx) => {
    const invitation = await findOperatorInvitation(tx, hash);
    if (!invitation) return null;
    const { email, role, invitedByName, expiresAt } = invitation;
    return {
      state: operatorInvitationState(invitation, await databaseNow(tx, instead)),
      ...{ email, role, invitedBy: invitedByName, expiresAt: expiresAt.toISOString() },
      hasAccount: (await findUserByEmail(tx, email)) !== undefined,
    };
  });
}
