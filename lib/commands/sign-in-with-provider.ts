import { and, eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import {
  findIdentityProvider,
  type IdentityProviderRow,
  insertIdentity,
  listGroupRoles,
  lockIdentity,
} from "#db/queries/identity";
import { findOpenInvitation, invitationHash } from "#db/queries/invitations";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { databaseSeconds, hasSecondFactor } from "#db/queries/second-factors";
import { lockTenant } from "#db/queries/tenants";
import { findUser, findUserByEmail, lockUser, type UserRow } from "#db/queries/users";
import { userIdentities } from "#db/schema/identity";
import { users } from "#db/schema/users";
import { recordEvents } from "#lib/access/audit";
import { loadSession } from "#lib/access/load-actor";
import { withProvider } from "#lib/access/with-grant";
import { settle } from "#lib/commands/accept-invitation";
import { applyGroupRoles } from "#lib/commands/apply-group-roles";
import {
  awaitSecondFactor,
  openSession,
  type SecondFactorDue,
  type SignedIn,
  type SignInRequest,
} from "#lib/commands/open-session";
import { proofByProvider } from "#lib/domain/access/auth-time";
import { isOfDomain, type ProviderClaims } from "#lib/domain/access/claims";
import { rolesOfGroups } from "#lib/domain/access/group-roles";
import type { ProviderRefusal } from "#lib/domain/access/provider-refusal";
import { type Id, newId } from "#lib/domain/id";
import { ok, type Result, refuse } from "#lib/domain/result";

/** What the person set out to do when they were sent to the provider. */
export type ProviderIntent =
  | { kind: "sign_in" }
  /** To link the provider to the account they are signed in to. */
  | { kind: "link"; userId: Id<"user">; sessionId: Id<"session"> }
  /** To show again that it is they. */
  | { kind: "prove"; userId: Id<"user">; sessionId: Id<"session"> }
  /** To accept an invitation with the account that the provider vouches for. */
  | { kind: "invitation"; token: string };

/**
 * Opens a session for whom a provider vouches: the account that its issuer and subject are linked to.
 * An account is never found by email address. One that is not linked yet is linked by its owner, who
 * is signed in; or it is made, where one of the provider's groups has a role and the address is
 * verified and free. Roles by group are brought up to date each time. Who has a second factor here is
 * asked for it, unless the provider asks for one itself.
 */
export async function signInWithProvider(
  db: Database,
  request: SignInRequest,
  providerId: Id<"identityProvider">,
  claims: ProviderClaims,
  intent: Exclude<ProviderIntent, { kind: "prove" }>,
  instead?: Date,
): Promise<Result<SignedIn, ProviderRefusal | SecondFactorDue>> {
  const provider = await findIdentityProvider(db, providerId);
  if (!provider?.enabled) return refuse("provider_gone");
  // Discovery says the issuer's name; only the one that an operator entered is believed.
  if (claims.issuer !== provider.issuer) return refuse("wrong_issuer");
  const linksTo = intent.kind === "link" ? await ownerOf(db, request, intent, instead) : null;
  if (intent.kind === "link" && !linksTo) return refuse("stale");
  if (linksTo === "unproved") return refuse("prove_first");

  const result = await withProvider(db, async (tx) => {
    const now = await databaseNow(tx, instead);
    const found = linksTo
      ? await link(tx, request, provider, claims, linksTo, now)
      : intent.kind === "invitation"
        ? await accept(tx, request, provider, claims, intent.token, now)
        : await find(tx, request, provider, claims, now);
    if (!found.ok) return found;
    const { id, email, name } = found.value;
    if (found.value.disabledAt) return refuse("disabled" as const);
    await applyGroupRoles(tx, provider, { id, email }, claims.groups, request.requestId);
    // Whatever changes how they sign in comes before this or after it, and ends what this opens. What came
    // before is seen here: an account that was closed meanwhile, an identity that was unlinked from it.
    const locked = await lockUser(tx, id);
    if (!locked || locked.disabledAt) return refuse("disabled" as const);
    const isOperator = locked.operatorRole !== null;
    const used = await tx
      .update(userIdentities)
      .set({ lastUsedAt: now, name: nameOf(claims) })
      .where(
        and(
          eq(userIdentities.issuer, claims.issuer),
          eq(userIdentities.subject, claims.subject),
          eq(userIdentities.userId, id),
        ),
      )
      .returning({ userId: userIdentities.userId });
    if (used.length === 0) return refuse("not_linked" as const);
    if (!provider.ownSecondFactor && (await hasSecondFactor(tx, id))) {
      await note(tx, request, provider, claims, "session.begin", "done", found.value);
      return refuse(await awaitSecondFactor(tx, { id, providerId }));
    }
    // The provider may have let them through on its own session: only what it says is a proof.
    const said = proofByProvider(claims.authTime, await databaseSeconds(tx)) !== "unsaid";
    const provedAt = said ? sql`least(now(), to_timestamp(${claims.authTime}))` : null;
    const by = { wayIn: "provider", providerId, shownFactor: null } as const;
    const opened = { id, isOperator, ...by };
    const sessionId = await openSession(tx, request, opened, now, provedAt);
    const session = { sessionId };
    await note(tx, request, provider, claims, "session.sign_in", "done", found.value, session);
    return ok({ userId: id, sessionId, name });
  });
  if (!result.ok && typeof result.refusal === "string") {
    const why = result.refusal;
    await withProvider(db, (tx) =>
      note(tx, request, provider, claims, "session.sign_in", "denied", linksTo, { why }),
    );
  }
  return result;
}

/**
 * The account of the browser's own session, when that is the one the linking began in. Whoever links
 * adds a way in for good, so the session must be good for that.
 */
async function ownerOf(
  db: Database,
  request: SignInRequest,
  intent: Extract<ProviderIntent, { kind: "link" }>,
  now: Date | undefined,
): Promise<UserRow | "unproved" | null> {
  const { earlier, requestId, ipAddress } = request;
  if (earlier?.sessionId !== intent.sessionId || earlier.userId !== intent.userId) return null;
  const session = await loadSession(db, earlier, { requestId, ipAddress, counts: false }, now);
  if (!session || session.mustChangePassword || session.mustSetUpFactor) return null;
  if (session.actor.proofDue) return "unproved";
  return (await findUser(db, earlier.userId)) ?? null;
}

async function link(
  tx: Transaction,
  request: SignInRequest,
  provider: IdentityProviderRow,
  claims: ProviderClaims,
  user: UserRow,
  now: Date,
): Promise<Result<UserRow, ProviderRefusal>> {
  const { issuer, subject } = claims;
  const known = await lockIdentity(tx, issuer, subject);
  if (known) return known.userId === user.id ? ok(user) : refuse("linked_elsewhere");
  const linked = await insertIdentity(tx, {
    ...{ issuer, subject, userId: user.id, name: nameOf(claims) },
    ...{ linkedAt: now, lastUsedAt: now },
  });
  if (!linked) return refuse("linked_already");
  await note(tx, request, provider, claims, "identity.link", "done", user);
  const name = provider.label;
  await notifyOfAccount(tx, user.id, { what: "provider_linked", name, by: null });
  return ok(user);
}

/** The account that is linked, or a new one for whom a group has a role. */
async function find(
  tx: Transaction,
  request: SignInRequest,
  provider: IdentityProviderRow,
  claims: ProviderClaims,
  now: Date,
): Promise<Result<UserRow, ProviderRefusal>> {
  const known = await lockIdentity(tx, claims.issuer, claims.subject);
  if (known) {
    const user = await findUser(tx, known.userId);
    return user ? ok(user) : refuse("not_linked");
  }
  const given = rolesOfGroups(await listGroupRoles(tx, provider.id), claims.groups);
  if (!given.operator && given.tenants.length === 0) return refuse("not_linked");
  return makeAccount(tx, request, provider, claims, now);
}

/**
 * The account that accepts an invitation: linked already, or made for it. The provider must vouch for
 * the very address that was invited.
 */
async function accept(
  tx: Transaction,
  request: SignInRequest,
  provider: IdentityProviderRow,
  claims: ProviderClaims,
  token: string,
  now: Date,
): Promise<Result<UserRow, ProviderRefusal>> {
  const open = () => findOpenInvitation(tx, invitationHash(token), now);
  const seen = await open();
  // Invitations of a tenant are used up one after the other: it is still open, or it is not.
  if (seen) await lockTenant(tx, seen.tenantId);
  const invitation = await open();
  if (!invitation) return refuse("invitation_closed");
  if (!claims.emailVerified) return refuse("not_verified");
  if (claims.email !== invitation.email) return refuse("invitation_for_other");
  const known = await lockIdentity(tx, claims.issuer, claims.subject);
  const user = known && (await findUser(tx, known.userId));
  if (user?.disabledAt) return refuse("disabled");
  const found = user ? ok(user) : await makeAccount(tx, request, provider, claims, now);
  if (!found.ok) return found;
  const settled = await settle(tx, invitation, found.value, request, now);
  return settled.ok ? found : refuse("invitation_closed");
}

async function makeAccount(
  tx: Transaction,
  request: SignInRequest,
  provider: IdentityProviderRow,
  claims: ProviderClaims,
  now: Date,
): Promise<Result<UserRow, ProviderRefusal>> {
  const { email } = claims;
  if (!email || !claims.emailVerified) return refuse("not_verified");
  if (!isOfDomain(email, provider.emailDomains)) return refuse("other_domain");
  if (await findUserByEmail(tx, email)) return refuse("address_taken");
  const [user] = await tx
    .insert(users)
    .values({ id: newId("user"), email, name: claims.name ?? email })
    .onConflictDoNothing({ target: users.email })
    .returning();
  // Someone else took the address in this very moment.
  if (!user) return refuse("address_taken");
  await note(tx, request, provider, claims, "user.create", "done", user);
  return link(tx, request, provider, claims, user, now);
}

const nameOf = (claims: ProviderClaims) => claims.email ?? claims.name ?? claims.subject;

async function note(
  tx: Transaction,
  request: SignInRequest,
  provider: IdentityProviderRow,
  claims: ProviderClaims,
  action: string,
  outcome: "done" | "denied",
  user: UserRow | null,
  { why, sessionId }: { why?: ProviderRefusal; sessionId?: Id<"session"> } = {},
): Promise<void> {
  const doer = {
    actorId: user?.id ?? null,
    actorName: user?.name ?? nameOf(claims),
    requestId: request.requestId,
    ipAddress: request.ipAddress,
    sessionId,
  };
  const detail = { provider: provider.label, subject: claims.subject, ...(why && { why }) };
  await recordEvents(tx, doer, [{ action, detail }], outcome);
}
