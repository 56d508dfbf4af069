import type { Database, Transaction } from "#db/client";
import { forgetSessions, insertSession, revokeSession } from "#db/queries/sessions";
import {
  type AttemptKey,
  beginAttempt,
  endAttempt,
  forgetAttempts,
} from "#db/queries/sign-in-attempts";
import { findUserByEmail, type UserRow } from "#db/queries/users";
import { auditEvents } from "#db/schema/audit-events";
import { verifyNothing, verifyPassword } from "#lib/access/password";
import { withUser } from "#lib/access/with-grant";
import { sessionLife } from "#lib/domain/access/session-life";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SignInInput } from "#lib/schemas/account";

export type SignInRequest = {
  requestId: string;
  ipAddress: string | null;
  userAgent: string | null;
  /** The session the browser came with: it ends when another begins. */
  earlier: { userId: Id<"user">; sessionId: Id<"session"> } | null;
};

export type SignedIn = { userId: Id<"user">; sessionId: Id<"session">; name: string };

/** Ended sessions are kept so long for whoever looks into what happened. */
const keepEndedSessionsMs = 30 * 24 * 60 * 60_000;

const nobody = "" as Id<"user">;

/**
 * Opens a new session for the owner of an email address and password. Unknown, disabled and wrong
 * are the same answer after the same time. Repeated failures by account or address must wait.
 */
export async function signIn(
  db: Database,
  request: SignInRequest,
  input: SignInInput,
  now = new Date(),
): Promise<Result<SignedIn, RefusalOf<"sign_in_failed" | "too_many_attempts">>> {
  const keys: AttemptKey[] = [
    { kind: "account", value: input.email },
    ...(request.ipAddress ? [{ kind: "address" as const, value: request.ipAddress }] : []),
  ];
  const waitMs = await withUser(db, nobody, (tx) => beginAttempt(tx, keys, now));
  if (waitMs > 0) {
    return refuse({ kind: "too_many_attempts", retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
  // Hashing takes tens of milliseconds: no transaction is held meanwhile.
  const user = await findUserByEmail(db, input.email);
  const matches = user
    ? await verifyPassword(input.password, user.passwordHash)
    : await verifyNothing(input.password);
  if (!user || !matches || user.disabledAt) {
    await withUser(db, nobody, (tx) => note(tx, request, "denied", input.email, user));
    return refuse({ kind: "sign_in_failed" });
  }
  const sessionId = newId("session");
  const life = user.operatorRole ? sessionLife.operator : sessionLife.member;
  await withUser(db, user.id, async (tx) => {
    await endAttempt(tx, keys, now);
    await forgetAttempts(tx, now);
    await forgetSessions(tx, user.id, new Date(now.getTime() - keepEndedSessionsMs));
    if (request.earlier) {
      await revokeSession(tx, request.earlier.userId, request.earlier.sessionId, now);
    }
    await insertSession(tx, {
      id: sessionId,
      userId: user.id,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(now.getTime() + life.absoluteMs),
      userAgent: request.userAgent?.slice(0, 300) ?? null,
      ipAddress: request.ipAddress,
    });
    await note(tx, request, "done", input.email, user);
  });
  return ok({ userId: user.id, sessionId, name: user.name });
}

async function note(
  tx: Transaction,
  request: SignInRequest,
  outcome: "done" | "denied",
  email: string,
  user: UserRow | undefined,
): Promise<void> {
  await tx.insert(auditEvents).values({
    id: newId("auditEvent"),
    actorId: user?.id ?? null,
    actorName: user?.name ?? email,
    action: "session.sign_in",
    outcome,
    detail: { email },
    requestId: request.requestId,
    ipAddress: request.ipAddress,
  });
}
