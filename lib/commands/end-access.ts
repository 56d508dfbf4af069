import type { Database, Transaction } from "#db/client";
import { revokeAllTokens } from "#db/queries/api-tokens";
import { databaseNow } from "#db/queries/clock";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { endPendingSignIns } from "#db/queries/second-factors";
import { revokeSessions } from "#db/queries/sessions";
import { lockUser } from "#db/queries/users";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { PersonInput } from "#lib/schemas/person";

/** What was open of an account when it was ended. */
export type EndedAccess = { sessions: number; tokens: number };

/**
 * Ends everything that is open of a person's account: their sessions, sign-ins under way and tokens. The
 * account stays, and so do its ways in. For an account that somebody else may have had.
 */
export async function endAccess(
  db: Database,
  grant: Grant<"operator.edit">,
  { userId }: PersonInput,
): Promise<Result<EndedAccess, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const user = await lockUser(tx, userId);
    if (!user) return refuse({ kind: "not_found", resource: "user" });
    const ended = await endAll(tx, userId);
    await recordAudit(tx, grant, {
      action: "account.end_access",
      object: { kind: "user", id: userId, name: user.email },
      detail: ended,
    });
    const by = grant.actorName;
    await notifyOfAccount(tx, userId, { what: "access_ended", name: null, by });
    return ok(ended);
  });
}

/** Ends sessions, sign-ins under way and tokens of an account that is locked. */
export async function endAll(tx: Transaction, userId: Id<"user">): Promise<EndedAccess> {
  await endPendingSignIns(tx, userId);
  const sessions = await revokeSessions(tx, userId, await databaseNow(tx));
  return { sessions, tokens: await revokeAllTokens(tx, { userId }) };
}
