import { asc, eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { listIdentities, listIdentityProviders } from "#db/queries/identity";
import { listPasskeys } from "#db/queries/passkeys";
import { countRecoveryCodes, findTotp } from "#db/queries/second-factors";
import { listSessions } from "#db/queries/sessions";
import { findUser } from "#db/queries/users";
import { sshKeys } from "#db/schema/ssh-keys";
import { tenantMembers, tenants } from "#db/schema/tenants";
import type { LoadedSession } from "#lib/access/load-actor";
import { onlyWayIn, waysIn } from "#lib/access/ways-in";
import { withUser } from "#lib/access/with-grant";
import { managedWords } from "#lib/domain/access/group-roles";
import { hasEnded } from "#lib/domain/access/term";
import { wayInWords } from "#lib/domain/access/way-in";
import type { ActorId, Id } from "#lib/domain/id";

export type AccountView = {
  name: string;
  email: string;
  /** In words, one per place: "fleet admin", "owner of Acme". */
  roles: string[];
  sessions: {
    id: Id<"session">;
    isThis: boolean;
    browser: string;
    /** In words: "password, then authenticator app". */
    signedInBy: string;
    ipAddress: string | null;
    createdAt: string;
    lastSeenAt: string;
  }[];
  memberships: {
    tenantId: Id<"tenant">;
    name: string;
    slug: string;
    role: string;
    manager: string | null;
    until: string | null;
    /** It asks for a second factor, which this person does not have. */
    isShut: boolean;
  }[];
  hasPassword: boolean;
  secondFactors: {
    /** Null without one. */
    app: { setUpAt: string; lastUsedAt: string } | null;
    passkeys: {
      id: Id<"passkey">;
      name: string;
      isSynced: boolean;
      addedAt: string;
      lastUsedAt: string | null;
      isDistrusted: boolean;
    }[];
    codesLeft: number;
  };
  linked: {
    issuer: string;
    label: string;
    name: string;
    linkedAt: string;
    lastUsedAt: string;
    whyKept: string | null;
  }[];
  /** Providers that could be linked. */
  linkable: { id: Id<"identityProvider">; label: string }[];
  sshKeys: {
    id: Id<"sshKey">;
    name: string;
    type: string;
    fingerprint: string;
    createdAt: string;
  }[];
};

/** What a person sees of their own account. */
export async function accountView(
  db: Database,
  { actor, sessionId }: LoadedSession,
): Promise<AccountView> {
  return withUser(db, actor.userId, async (tx) => {
    const sessions = await listSessions(tx, actor.userId);
    const user = await findUser(tx, actor.userId);
    const providers = await listIdentityProviders(tx);
    const identities = await listIdentities(tx, actor.userId);
    const ways = await waysIn(tx, actor);
    const now = await databaseNow(tx);
    const members = await tx
      .select({ member: tenantMembers, slug: tenants.slug, name: tenants.name })
      .from(tenantMembers)
      .innerJoin(tenants, eq(tenants.id, tenantMembers.tenantId))
      .where(eq(tenantMembers.userId, actor.userId))
      .orderBy(asc(tenants.name));
    return {
      name: actor.name,
      email: actor.email,
      roles: [
        ...(actor.operatorRole ? [actor.operatorRole.replace("_", " ")] : []),
        ...actor.memberships.map((each) => `${each.role} of ${each.tenantName}`),
      ],
      sessions: sessions.map((session) => ({
        id: session.id,
        isThis: session.id === sessionId,
        browser: browserOf(session.userAgent),
        signedInBy: wayInWords({
          ...session,
          provider: providers.find((each) => each.id === session.providerId)?.label ?? null,
        }),
        ipAddress: session.ipAddress,
        createdAt: session.createdAt.toISOString(),
        lastSeenAt: session.lastSeenAt.toISOString(),
      })),
      sshKeys: await listKeys(tx, actor.userId),
      memberships: members
        .filter(({ member }) => !hasEnded(member.until, now))
        .map(({ member, slug, name }) => {
          const provider = providers.find(({ id }) => id === member.providerId);
          return {
            ...{ slug, name, tenantId: member.tenantId },
            role: member.role,
            manager: provider ? managedWords(provider.label, member.providerGroup ?? "") : null,
            until: member.until?.toISOString() ?? null,
            isShut: actor.memberships.every(({ tenantId }) => tenantId !== member.tenantId),
          };
        }),
      hasPassword: user?.passwordHash != null,
      secondFactors: await secondFactorsOf(tx, actor.userId),
      linked: identities.map((identity) => ({
        issuer: identity.issuer,
        label: providers.find((each) => each.issuer === identity.issuer)?.label ?? identity.issuer,
        name: identity.name,
        linkedAt: identity.linkedAt.toISOString(),
        lastUsedAt: identity.lastUsedAt.toISOString(),
        whyKept:
          !ways.password && ways.issuers.every((each) => each === identity.issuer)
            ? `${onlyWayIn.reason} ${onlyWayIn.advice}`
            : null,
      })),
      linkable: providers
        .filter((each) => each.enabled)
        .filter((each) => identities.every(({ issuer }) => issuer !== each.issuer))
        .map(({ id, label }) => ({ id, label })),
    };
  });
}

async function secondFactorsOf(
  tx: Transaction,
  userId: Id<"user">,
): Promise<AccountView["secondFactors"]> {
  const app = await findTotp(tx, userId);
  return {
    app: app?.confirmedAt
      ? {
          setUpAt: app.confirmedAt.toISOString(),
          lastUsedAt: (app.lastUsedAt ?? app.confirmedAt).toISOString(),
        }
      : null,
    passkeys: (await listPasskeys(tx, userId)).map((key) => ({
      id: key.id,
      name: key.name,
      isSynced: key.isSynced,
      addedAt: key.createdAt.toISOString(),
      lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
      isDistrusted: key.distrustedAt !== null,
    })),
    codesLeft: await countRecoveryCodes(tx, userId),
  };
}

/** A caller's own keys by name; a service account has none. */
export function ownKeys(db: Database, callerId: ActorId): Promise<AccountView["sshKeys"]> {
  return withUser(db, callerId, (tx) => listKeys(tx, callerId));
}

async function listKeys(tx: Transaction, ownerId: ActorId): Promise<AccountView["sshKeys"]> {
  const keys = await tx
    .select()
    .from(sshKeys)
    .where(eq(sql`${sshKeys.userId}`, ownerId))
    .orderBy(asc(sshKeys.name), asc(sshKeys.id));
  return keys.map((key) => ({
    id: key.id,
    name: key.name,
    type: key.publicKey.split(" ")[0] ?? "",
    fingerprint: key.fingerprint,
    createdAt: key.createdAt.toISOString(),
  }));
}

/** A browser and its system in two words; only a reminder of which device it was. */
function browserOf(userAgent: string | null): string {
  if (!userAgent) return "unknown browser";
  const browser = /Edg\//.test(userAgent)
    ? "Edge"
    : /Firefox\//.test(userAgent)
      ? "Firefox"
      : /Chrome\//.test(userAgent)
        ? "Chrome"
        : /Safari\//.test(userAgent)
          ? "Safari"
          : "another browser";
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(userAgent)?.[1];
  return system ? `${browser} on ${system.replace("Mac OS X", "macOS")}` : browser;
}
