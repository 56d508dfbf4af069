import { type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { insertPendingSignIn } from "#db/queries/second-factors";
import { forgetSessions, insertSession, revokeSession } from "#db/queries/sessions";
import { newPendingToken } from "#lib/access/second-factor";
import { sessionLife } from "#lib/domain/access/session-life";
import type { ShownFactor, WayIn } from "#lib/domain/access/way-in";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";

export type SignInRequest = {
  requestId: string;
  ipAddress: string | null;
  userAgent: string | null;
  /** The session the browser came with: it ends when another begins. */
  earlier: { userId: Id<"user">; sessionId: Id<"session"> } | null;
};

/** A sign-in that opened nothing yet: the token names it when the second factor is shown. */
export type SecondFactorDue = RefusalOf<"second_factor_due"> & { token: string };

export type SignedIn = { userId: Id<"user">; sessionId: Id<"session">; name: string };

/** Ended sessions are kept so long for whoever looks into what happened. */
const keepEndedSessionsMs = 30 * 24 * 60 * 60_000;

/** Begins a session of someone who has shown who they are, and ends the one the browser had. */
export async function openSession(
  tx: Transaction,
  request: SignInRequest,
  user: {
    id: Id<"user">;
    isOperator: boolean;
    wayIn: WayIn;
    providerId: Id<"identityProvider"> | null;
    shownFactor: ShownFactor | null;
  },
  instead?: Date,
  /** When they showed it, where that was not now: by their provider's word, null when it says nothing. */
  provedAt: SQL | null = sql`now()`,
): Promise<Id<"session">> {
  const now = await databaseNow(tx, instead);
  await forgetSessions(tx, user.id, new Date(now.getTime() - keepEndedSessionsMs));
  if (request.earlier) {
    await revokeSession(tx, request.earlier.userId, request.earlier.sessionId, now);
  }
  const sessionId = newId("session");
  const life = user.isOperator ? sessionLife.operator : sessionLife.member;
  await insertSession(tx, {
    id: sessionId,
    userId: user.id,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + life.absoluteMs),
    provedAt,
    wayIn: user.wayIn,
    providerId: user.providerId,
    shownFactor: user.shownFactor,
    userAgent: request.userAgent?.slice(0, 300) ?? null,
    ipAddress: request.ipAddress,
  });
  return sessionId;
}

/** Keeps the sign-in of someone who has shown the first of two factors. It is no session. */
export async function awaitSecondFactor(
  tx: Transaction,
  user: { id: Id<"user">; providerId: Id<"identityProvider"> | null },
): Promise<SecondFactorDue> {
  const { token, tokenHash } = newPendingToken(user.id);
  await insertPendingSignIn(tx, { tokenHash, userId: user.id, providerId: user.providerId });
  return { kind: "second_factor_due", token };
}
