import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { renewSession, shortenSessions } from "#db/queries/sessions";
import { sessions } from "#db/schema/users";
import { sessionLife } from "#lib/domain/access/session-life";
import type { Id } from "#lib/domain/id";

/**
 * Has a session go on under another id when its person may do more from now on: whoever had the old one
 * has nothing of that. It proves nothing, so what was proved stays as old as it is; and none of their
 * sessions lasts longer than their role allows. The session is held by the caller, who says its next id.
 */
export async function renewForRole(
  tx: Transaction,
  { userId, sessionId }: { userId: Id<"user">; sessionId: Id<"session"> },
  next: Id<"session">,
  isOperator: boolean,
): Promise<void> {
  if (!(await renewSession(tx, userId, sessionId, next, sql`${sessions.provedAt}`))) {
    throw new Error("a session that was held is over");
  }
  const { absoluteMs } = isOperator ? sessionLife.operator : sessionLife.member;
  await shortenSessions(tx, userId, absoluteMs);
}
