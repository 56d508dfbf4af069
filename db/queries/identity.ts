import { and, asc, eq, isNotNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { groupRoles, identityProviders, signInRules, userIdentities } from "#db/schema/identity";
import { users } from "#db/schema/users";
import type { GroupRole } from "#lib/domain/access/group-roles";
import type { PasswordRule } from "#lib/domain/access/password-rules";
import type { Id } from "#lib/domain/id";

type Reader = Database | Transaction;
export type IdentityProviderRow = typeof identityProviders.$inferSelect;
export type UserIdentityRow = typeof userIdentities.$inferSelect;

/** Every provider, by its label. */
export async function listIdentityProviders(db: Reader): Promise<IdentityProviderRow[]> {
  return db
    .select()
    .from(identityProviders)
    .orderBy(asc(identityProviders.label), asc(identityProviders.id));
}

export async function findIdentityProvider(
  db: Reader,
  id: Id<"identityProvider">,
): Promise<IdentityProviderRow | undefined> {
  const [row] = await db.select().from(identityProviders).where(eq(identityProviders.id, id));
  return row;
}

/**
 * Whose account this identity is linked to. It is held until the transaction ends, also when it is
 * linked to none: of two first sign-ins at the same moment the second finds what the first made.
 */
export async function lockIdentity(
  tx: Transaction,
  issuer: string,
  subject: string,
): Promise<UserIdentityRow | undefined> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`identity|${issuer}|${subject}`}, 0))`,
  );
  const [row] = await tx
    .select()
    .from(userIdentities)
    .where(and(eq(userIdentities.issuer, issuer), eq(userIdentities.subject, subject)));
  return row;
}

/** A person's identities at providers, the longest linked first. */
export async function listIdentities(db: Reader, userId: Id<"user">): Promise<UserIdentityRow[]> {
  return db
    .select()
    .from(userIdentities)
    .where(eq(userIdentities.userId, userId))
    .orderBy(asc(userIdentities.linkedAt), asc(userIdentities.issuer));
}

/** Links an identity to an account; false when it, or another of that issuer, is linked already. */
export async function insertIdentity(
  tx: Transaction,
  identity: typeof userIdentities.$inferInsert,
): Promise<boolean> {
  const made = await tx
    .insert(userIdentities)
    .values(identity)
    .onConflictDoNothing()
    .returning({ subject: userIdentities.subject });
  return made.length > 0;
}

/** What a provider's groups are worth. Only in the scope of the fleet there is something to see. */
export async function listGroupRoles(
  tx: Transaction,
  providerId: Id<"identityProvider">,
): Promise<GroupRole[]> {
  const rows = await tx
    .select()
    .from(groupRoles)
    .where(eq(groupRoles.providerId, providerId))
    .orderBy(asc(groupRoles.group), asc(groupRoles.id));
  return rows.map(asGroupRole);
}

/** A row as the rules know it: which of its columns are set is held by the table. */
export function asGroupRole(row: typeof groupRoles.$inferSelect): GroupRole {
  const { group, operatorRole, tenantId, tenantRole, projectId, projectRole } = row;
  if (operatorRole) return { group, place: "fleet", role: operatorRole };
  if (tenantId && tenantRole) return { group, place: "tenant", tenantId, role: tenantRole };
  if (tenantId && projectId && projectRole) {
    return { group, place: "project", tenantId, projectId, role: projectRole };
  }
  throw new Error("a group's role is in no place");
}

/** Who may sign in with a password. */
export async function readPasswordRule(db: Reader): Promise<PasswordRule> {
  const [row] = await db.select().from(signInRules).where(eq(signInRules.id, 1));
  return row?.passwords ?? "everyone";
}

/** True when operators must have a second factor. */
export async function readFactorRule(db: Reader): Promise<boolean> {
  const [row] = await db.select().from(signInRules).where(eq(signInRules.id, 1));
  return row?.operatorsNeedFactor ?? false;
}

/** Every operator, in one order, so that two who step down at once wait for each other. */
export async function lockOperators(tx: Transaction) {
  return tx
    .select()
    .from(users)
    .where(isNotNull(users.operatorRole))
    .orderBy(users.id)
    .for("no key update");
}

type Managed = { providerId: Id<"identityProvider"> | null; providerGroup: string | null };

/** The provider's label and group that manage a role, or null when people do. */
export async function findManager(
  tx: Transaction,
  managed: Managed | undefined,
): Promise<{ provider: string; group: string } | null> {
  if (!managed?.providerId) return null;
  const provider = await findIdentityProvider(tx, managed.providerId);
  return provider ? { provider: provider.label, group: managed.providerGroup ?? "" } : null;
}
