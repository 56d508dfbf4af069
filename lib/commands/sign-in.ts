import type { Database, Transaction } from "#db/client";
import { readPasswordRule } from "#db/queries/identity";
import { hasSecondFactor } from "#db/queries/second-factors";
import {
  type AttemptKey,
  beginAttempt,
  endAttempt,
  forgetAttempts,
} from "#db/queries/sign-in-attempts";
import { findUserByEmail, lockUser, type UserRow } from "#db/queries/users";
import { recordEvents } from "#lib/access/audit";
import { verifyNothing, verifyPassword } from "#lib/access/password";
import { withUser } from "#lib/access/with-grant";
import {
  awaitSecondFactor,
  openSession,
  type SecondFactorDue,
  type SignedIn,
  type SignInRequest,
} from "#lib/commands/open-session";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SignInInput } from "#lib/schemas/account";

const nobody = "" as Id<"user">;

/**
 * Opens a new session for the owner of an email address and password, or has it wait for their
 * second factor, if they have one. Unknown, disabled and wrong are the same answer after the same
 * time. Repeated failures by account or address must wait.
 */
export async function signIn(
  db: Database,
  request: SignInRequest,
  input: SignInInput,
  now?: Date,
): Promise<
  Result<
    SignedIn,
    RefusalOf<"sign_in_failed" | "too_many_attempts" | "passwords_off"> | SecondFactorDue
  >
> {
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
  const matches = user?.passwordHash
    ? await verifyPassword(input.password, user.passwordHash)
    : await verifyNothing(input.password);
  if (!user || !matches || user.disabledAt) {
    await withUser(db, nobody, (tx) => note(tx, request, "denied", input.email, user));
    return refuse({ kind: "sign_in_failed" });
  }
  // Said only to who knows the password: whose account it is, nobody else learns.
  const passwordsOff = !user.operatorRole && (await readPasswordRule(db)) === "operators";
  return withUser(db, user.id, async (tx) => {
    // A password that is being replaced, or a second factor that is being set up, comes before this or
    // after it, and ends what this opens.
    const locked = await lockUser(tx, user.id);
    if (locked?.passwordHash !== user.passwordHash || locked?.disabledAt) {
      await note(tx, request, "denied", input.email, user);
      return refuse({ kind: "sign_in_failed" });
    }
    await endAttempt(tx, keys, now);
    await forgetAttempts(tx, now);
    if (passwordsOff) {
      await note(tx, request, "denied", input.email, user);
      return refuse({ kind: "passwords_off" });
    }
    if (await hasSecondFactor(tx, user.id)) {
      await note(tx, request, "done", input.email, user, "session.begin");
      return refuse(await awaitSecondFactor(tx, { id: user.id, providerId: null }));
    }
    const isOperator = user.operatorRole !== null;
    const by = { wayIn: "password", providerId: null, shownFactor: null } as const;
    const opened = { id: user.id, isOperator, ...by };
    const sessionId = await openSession(tx, request, opened, now);
    await note(tx, request, "done", input.email, user, "session.sign_in", sessionId);
    return ok({ userId: user.id, sessionId, name: user.name });
  });
}

async function note(
  tx: Transaction,
  request: SignInRequest,
  outcome: "done" | "denied",
  email: string,
  user: UserRow | undefined,
  action = "session.sign_in",
  sessionId?: Id<"session">,
): Promise<void> {
  const doer = {
    actorId: user?.id ?? null,
    actorName: user?.name ?? email,
    requestId: request.requestId,
    ipAddress: request.ipAddress,
    sessionId,
  };
  await recordEvents(tx, doer, [{ action, detail: { email } }], outcome);
}
