import type { Database } from "#db/client";
import {
  listOwnTokens,
  listServiceAccounts,
  listTokensOf,
  type TokenLine,
} from "#db/queries/api-tokens";
import type { Actor, Grant } from "#lib/access/authorize";
import { effectiveProjectRole, scopesOfPerson, scopesOfProjectRole } from "#lib/access/policy";
import { withGrant, withUser } from "#lib/access/with-grant";
import type { OwnTokens, ServiceAccountView, TokenView } from "#lib/schemas/api-token-view";

/** A project's service accounts and their tokens, as its admins see them. */
export async function automation(
  db: Database,
  grant: Grant<"project.automation">,
): Promise<ServiceAccountView[]> {
  return withGrant(db, grant, async (tx) => {
    const accounts = await listServiceAccounts(tx, grant);
    const tokens = await listTokensOf(
      tx,
      accounts.map((account) => account.id),
    );
    return accounts.map((account) => ({
      id: account.id,
      name: account.name,
      role: account.role,
      createdByName: account.createdByName,
      createdAt: account.createdAt.toISOString(),
      scopes: scopesOfProjectRole(account.role),
      tokens: tokens
        .filter((token) => token.serviceAccountId === account.id)
        .map((token) => tokenView(token, `${grant.tenantSlug}/${grant.projectSlug}`)),
    }));
  });
}

/** A person's own tokens, and the places they can make more for. */
export async function ownTokens(db: Database, actor: Actor): Promise<OwnTokens> {
  const projects = actor.memberships.flatMap((membership) =>
    membership.projects.map((project) => {
      const role = effectiveProjectRole(membership.role, project.role);
      return {
        projectId: project.projectId,
        name: `${membership.tenantSlug}/${project.slug}`,
        scopes: role ? scopesOfProjectRole(role) : [],
      };
    }),
  );
  const lines = await withUser(db, actor.userId, (tx) => listOwnTokens(tx, actor.userId));
  return {
    tokens: lines.map((line) => {
      const bound = projects.find((project) => project.projectId === line.projectId);
      return tokenView(line, line.projectId && (bound?.name ?? "a project you have left"));
    }),
    // The narrowest first: it is what is chosen when nobody chooses.
    places: [
      ...projects,
      { projectId: null, name: "Everywhere I have a role", scopes: scopesOfPerson(actor) },
    ],
  };
}

function tokenView(token: TokenLine, place: string | null): TokenView {
  return {
    id: token.id,
    begins: `ingot_${token.key}`,
    name: token.name,
    scopes: token.scopes,
    place,
    createdByName: token.createdByName,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt.toISOString(),
    revokedAt: token.revokedAt?.toISOString() ?? null,
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    lastUsedAddress: token.lastUsedAddress,
    state: token.revokedAt ? "revoked" : token.expired ? "expired" : "live",
  };
}
