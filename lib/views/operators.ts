import { asc, isNotNull } from "drizzle-orm";
import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { listIdentityProviders } from "#db/queries/identity";
import { listPendingOperatorInvitations } from "#db/queries/operator-invitations";
import { withSecondFactor } from "#db/queries/second-factors";
import { users } from "#db/schema/users";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { managedWords } from "#lib/domain/access/group-roles";
import type { OperatorRole } from "#lib/domain/access/role";
import { hasEnded } from "#lib/domain/access/term";
import type { Id } from "#lib/domain/id";

export type OperatorView = {
  userId: Id<"user">;
  name: string;
  email: string;
  role: OperatorRole;
  /** Who manages the role, in words, where no operator does. */
  manager: string | null;
  isSelf: boolean;
  /** Nobody signs in to this account. */
  isClosed: boolean;
  /** Has not replaced the one-time password yet. */
  hasNotSignedIn: boolean;
  hasSecondFactor: boolean;
  createdAt: string;
};

/** One that nobody has taken up yet. */
export type PendingOperatorView = {
  id: Id<"invitation">;
  email: string;
  role: OperatorRole;
  invitedBy: string;
  createdAt: string;
  expiresAt: string;
  isTooOld: boolean;
};

/** Everyone who runs or watches the fleet, and who is invited to. */
export async function operatorsView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<{ operators: OperatorView[]; invitations: PendingOperatorView[] }> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select()
      .from(users)
      .where(isNotNull(users.operatorRole))
      .orderBy(asc(users.name), asc(users.id));
    const secured = await withSecondFactor(
      tx,
      rows.map((row) => row.id),
    );
    const providers = await listIdentityProviders(tx);
    const managerOf = ({ operatorProviderId, operatorGroup }: (typeof rows)[number]) => {
      const label = providers.find((each) => each.id === operatorProviderId)?.label;
      return label ? managedWords(label, operatorGroup ?? "") : null;
    };
    const now = await databaseNow(tx);
    const pending = await listPendingOperatorInvitations(tx);
    const operators = rows.map((row) => ({
      userId: row.id,
      name: row.name,
      email: row.email,
      role: row.operatorRole ?? "fleet_viewer",
      manager: managerOf(row),
      isSelf: row.id === grant.actorId,
      isClosed: row.disabledAt !== null,
      hasNotSignedIn: row.mustChangePassword,
      hasSecondFactor: secured.has(row.id),
      createdAt: row.createdAt.toISOString(),
    }));
    const invitations = pending.map((each) => ({
      ...{ id: each.id, email: each.email, role: each.role, invitedBy: each.invitedByName },
      createdAt: each.createdAt.toISOString(),
      expiresAt: each.expiresAt.toISOString(),
      isTooOld: hasEnded(each.expiresAt, now),
    }));
    return { operators, invitations };
  });
}
