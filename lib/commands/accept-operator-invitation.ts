import { eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { lockOperators } from "#db/queries/identity";
import { invitationHash } from "#db/queries/invitations";
import {
  changePendingOperatorInvitation,
  findOperatorInvitation,
  lockOperatorInvitation,
  type OperatorInvitationRow,
} from "#db/queries/operator-invitations";
import { holdSession } from "#db/queries/sessions";
import { lockUser } from "#db/queries/users";
import { users } from "#db/schema/users";
import { recordDenied, recordOwnAct } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import { withOperatorInvitation } from "#lib/access/with-grant";
import { closed } from "#lib/commands/accept-invitation";
import { hasAccount, makeAccount, newAccount } from "#lib/commands/make-account";
import { renewForRole } from "#lib/commands/renew-session";
import { operatorInvitationState } from "#lib/domain/access/operator-invitation";
import { isSessionLive, sessionEnded } from "#lib/domain/access/session-life";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { JoinInput } from "#lib/schemas/invitation";

type Person = Pick<Actor, "userId" | "name" | "email" | "requestId" | "ipAddress" | "sessionId">;
type No = RefusalOf<"not_now">;

/**
 * Makes the account that is signed in an operator's, if it is that of the address invited. What it is in
 * tenants stays. Its session goes on under another id, and for no longer than an operator's.
 */
export async function acceptOperatorInvitation(
  db: Database,
  actor: Person,
  { token }: { token: string },
  instead?: Date,
): Promise<Result<{ sessionId: Id<"session"> }, No>> {
  const { userId, sessionId } = actor;
  if (!sessionId) return sessionEnded;
  const tokenHash = invitationHash(token);
  const answer = await withOperatorInvitation(db, tokenHash, userId, async (tx) => {
    const invitation = await takeOpen(tx, tokenHash, instead);
    if (!invitation) return closed;
    const user = await lockUser(tx, userId);
    const denied = async (reason: string, advice: string) => {
      const detail = { invited: invitation.email, reason };
      await recordDenied(tx, actor, { action: "operator.join", detail });
      return refuse<No>({ kind: "not_now", reason, advice });
    };
    if (!user || user.disabledAt) {
      return denied("This account is closed.", "Ask an admin of the fleet to open it again.");
    }
    if (user.email !== invitation.email) {
      return denied(
        `The invitation is for ${invitation.email}, and you are ${user.email}.`,
        "Sign out and open the link again, or ask for an invitation of your address.",
      );
    }
    if (user.operatorRole) {
      return refuse<No>({
        kind: "not_now",
        reason: "You are an operator already.",
        advice: "Ask an admin of the fleet to change your role.",
      });
    }
    const session = await holdSession(tx, userId, sessionId);
    if (!session) return sessionEnded;
    // It would end here, without a word.
    if (!isSessionLive(session, true, await databaseNow(tx, instead))) {
      return refuse<No>({
        kind: "not_now",
        reason: "You have been signed in for longer than operators are.",
        advice: "Sign in again and open this link once more.",
      });
    }
    await tx.update(users).set({ operatorRole: invitation.role }).where(eq(users.id, userId));
    const renewedAs = newId("session");
    await renewForRole(tx, { userId, sessionId }, renewedAs, true);
    await settle(tx, invitation, actor, { renewedAs });
    return ok({ sessionId: renewedAs });
  });
  return answer ?? closed;
}

/** Makes an account for the address invited, with a password, and an operator's at once. */
export async function joinAsOperator(
  db: Database,
  request: { requestId: string; ipAddress: string | null },
  { token, name, password }: JoinInput,
  instead?: Date,
): Promise<Result<{ email: string }, RefusalOf<"not_now" | "invalid_input">>> {
  const tokenHash = invitationHash(token);
  // Asked before the costly hash, so that nobody can make us hash without a link.
  const email = await withOperatorInvitation(db, tokenHash, null, async (tx) => {
    const found = await findOperatorInvitation(tx, tokenHash);
    return found && (await isOpen(tx, found, instead)) ? found.email : null;
  });
  if (!email) return closed;
  const account = await newAccount(db, { email, name, password });
  if (!account.ok) return account;
  const { id: userId } = account.value;
  const answer = await withOperatorInvitation(db, tokenHash, userId, async (tx) => {
    const invitation = await takeOpen(tx, tokenHash, instead);
    if (!invitation) return closed;
    if (!(await makeAccount(tx, account.value, invitation.role))) return hasAccount;
    await settle(tx, invitation, { userId, name, email, ...request }, {});
    return ok({ email });
  });
  return answer ?? closed;
}

/** The invitation of a link that is open, which nobody else takes up or changes meanwhile. */
async function takeOpen(tx: Transaction, tokenHash: string, instead: Date | undefined) {
  await lockOperators(tx);
  const found = await lockOperatorInvitation(tx, tokenHash);
  return found && (await isOpen(tx, found, instead)) ? found : undefined;
}

async function isOpen(tx: Transaction, found: OperatorInvitationRow, instead: Date | undefined) {
  return operatorInvitationState(found, await databaseNow(tx, instead)) === "open";
}

/** Uses an invitation up for whom it has just made an operator. */
async function settle(
  tx: Transaction,
  { id, role, invitedByName }: OperatorInvitationRow,
  person: Person,
  detail: Record<string, unknown>,
): Promise<void> {
  const used = { acceptedAt: await databaseNow(tx), acceptedBy: person.userId };
  await changePendingOperatorInvitation(tx, id, used);
  await recordOwnAct(tx, person, {
    action: "operator.join",
    object: { kind: "user", id: person.userId, name: person.email },
    detail: { role, invitedBy: invitedByName, ...detail },
  });
}
