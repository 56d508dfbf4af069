import { asc, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { listOwnTokens } from "#db/queries/api-tokens";
import { databaseNow } from "#db/queries/clock";
import { listIdentities, listIdentityProviders } from "#db/queries/identity";
import { listPasskeys } from "#db/queries/passkeys";
import { findTotp } from "#db/queries/second-factors";
import { listSessions } from "#db/queries/sessions";
import { findUser } from "#db/queries/users";
import { tenantMembers, tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { waysIn } from "#lib/access/ways-in";
import { withGrant } from "#lib/access/with-grant";
import { managedWords } from "#lib/domain/access/group-roles";
import { hasEnded } from "#lib/domain/access/term";
import { wayInWords } from "#lib/domain/access/way-in";
import type { Id } from "#lib/domain/id";
import type { PersonView } from "#lib/schemas/person-view";

/** One account as operators see it: what it reaches, how it is signed in to, what is open of it. */
export async function personView(
  db: Database,
  grant: Grant<"fleet.read">,
  userId: Id<"user">,
): Promise<PersonView | null> {
  return withGrant(db, grant, async (tx) => {
    const user = await findUser(tx, userId);
    if (!user) return null;
    const providers = await listIdentityProviders(tx);
    const labelOf = (id: Id<"identityProvider"> | null) =>
      providers.find((each) => each.id === id)?.label ?? null;
    const identities = await listIdentities(tx, userId);
    const passkeys = (await listPasskeys(tx, userId)).length;
    const hasPassword = user.passwordHash !== null;
    const memberships = await membershipsOf(tx, userId, labelOf);
    const ways = await waysIn(tx, { userId, operatorRole: user.operatorRole });
    return {
      userId,
      name: user.name,
      email: user.email,
      isSelf: userId === grant.actorId,
      createdAt: user.createdAt.toISOString(),
      closedAt: user.disabledAt?.toISOString() ?? null,
      operatorRole: user.operatorRole,
      hasPassword,
      hasNotSignedIn: user.mustChangePassword,
      hasApp: Boolean((await findTotp(tx, userId))?.confirmedAt),
      passkeys,
      memberships,
      linked: identities.map((each) => ({
        issuer: each.issuer,
        label: providers.find(({ issuer }) => issuer === each.issuer)?.label ?? each.issuer,
        name: each.name,
        linkedAt: each.linkedAt.toISOString(),
        lastUsedAt: each.lastUsedAt.toISOString(),
        without:
          ways.password || ways.passkey || ways.issuers.some((issuer) => issuer !== each.issuer)
            ? "another way"
            : ways.mayUsePassword && !user.operatorRole && memberships.length > 0
              ? "one-time password"
              : "nothing",
      })),
      sessions: (await listSessions(tx, userId)).map((each) => ({
        id: each.id,
        signedInBy: wayInWords({ ...each, provider: labelOf(each.providerId) }),
        ipAddress: each.ipAddress,
        createdAt: each.createdAt.toISOString(),
        lastSeenAt: each.lastSeenAt.toISOString(),
      })),
      tokens: (await listOwnTokens(tx, userId))
        .filter((each) => !each.revokedAt && !each.expired)
        .map((each) => ({
          id: each.id,
          name: each.name,
          createdAt: each.createdAt.toISOString(),
          expiresAt: each.expiresAt.toISOString(),
          lastUsedAt: each.lastUsedAt?.toISOString() ?? null,
          lastUsedAddress: each.lastUsedAddress,
        })),
    };
  });
}

async function membershipsOf(
  tx: Transaction,
  userId: Id<"user">,
  labelOf: (id: Id<"identityProvider"> | null) => string | null,
): Promise<PersonView["memberships"]> {
  const now = await databaseNow(tx);
  const rows = await tx
    .select({ member: tenantMembers, slug: tenants.slug, name: tenants.name })
    .from(tenantMembers)
    .innerJoin(tenants, eq(tenants.id, tenantMembers.tenantId))
    .where(eq(tenantMembers.userId, userId))
    .orderBy(asc(tenants.name));
  return rows.map(({ member, slug, name }) => {
    const label = labelOf(member.providerId);
    return {
      ...{ slug, name },
      role: member.role,
      manager: label && managedWords(label, member.providerGroup ?? ""),
      until: member.until?.toISOString() ?? null,
      hasEnded: hasEnded(member.until, now),
    };
  });
}
