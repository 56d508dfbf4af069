import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { findIdentityProvider, listIdentities } from "#db/queries/identity";
import { databaseSeconds, hasSecondFactor } from "#db/queries/second-factors";
import { renewSession } from "#db/queries/sessions";
import { sessions } from "#db/schema/users";
import { recordDenied, recordOwnAct } from "#lib/access/audit";
import { loadSession } from "#lib/access/load-actor";
import { withUser } from "#lib/access/with-grant";
import type { SignedIn, SignInRequest } from "#lib/commands/open-session";
import { proofByProvider } from "#lib/domain/access/auth-time";
import type { ProviderClaims } from "#lib/domain/access/claims";
import type { ProviderRefusal } from "#lib/domain/access/provider-refusal";
import { type Id, newId } from "#lib/domain/id";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Notes that the person at a session has just shown their provider that it is they: the one that the
 * session was opened with, about the same person, and only when it says that they signed in there in
 * the last minutes. Whoever has a second factor here shows that instead, unless the provider asks for
 * one itself. The session goes on under another id.
 */
export async function proveAtProvider(
  db: Database,
  request: SignInRequest,
  providerId: Id<"identityProvider">,
  claims: ProviderClaims,
  began: { userId: Id<"user">; sessionId: Id<"session"> },
): Promise<Result<SignedIn, ProviderRefusal>> {
  const provider = await findIdentityProvider(db, providerId);
  if (!provider?.enabled) return refuse("provider_gone");
  if (claims.issuer !== provider.issuer) return refuse("wrong_issuer");
  const { earlier } = request;
  if (earlier?.sessionId !== began.sessionId || earlier.userId !== began.userId) {
    return refuse("stale");
  }
  const { requestId, ipAddress } = request;
  const session = await loadSession(db, earlier, { requestId, ipAddress, counts: false });
  if (!session) return refuse("stale");
  const { actor, sessionId } = session;
  const { userId, name } = actor;
  return withUser(db, userId, async (tx) => {
    const denied = async (why: ProviderRefusal) => {
      const detail = { by: provider.label, why };
      await recordDenied(tx, actor, { action: "session.prove", detail });
      return refuse(why);
    };
    const [opened] = await tx
      .select({ providerId: sessions.providerId })
      .from(sessions)
      .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)));
    if (opened?.providerId !== provider.id) return denied("stale");
    const identities = await listIdentities(tx, userId);
    const isThey = identities.some(
      ({ issuer, subject }) => issuer === claims.issuer && subject === claims.subject,
    );
    if (!isThey) return denied("other_person");
    if (!provider.ownSecondFactor && (await hasSecondFactor(tx, userId))) {
      return denied("factor_instead");
    }
    const worth = proofByProvider(claims.authTime, await databaseSeconds(tx));
    if (worth !== "fresh") return denied(worth === "old" ? "proof_old" : "proof_unsaid");
    const next = newId("session");
    const provedAt = sql`least(now(), to_timestamp(${claims.authTime}))`;
    if (!(await renewSession(tx, userId, sessionId, next, provedAt))) return refuse("stale");
    await recordOwnAct(tx, actor, {
      action: "session.prove",
      detail: { by: provider.label, renewedAs: next },
    });
    return ok({ userId, sessionId: next, name });
  });
}
