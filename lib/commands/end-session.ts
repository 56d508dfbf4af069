import type { Database } from "#db/client";
import { revokeSession, revokeSessions } from "#db/queries/sessions";
import { recordOwnAct } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Ends one of a person's own sessions, at its next request. */
export async function endSession(
  db: Database,
  actor: Actor,
  { sessionId }: { sessionId: Id<"session"> },
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withUser(db, actor.userId, async (tx) => {
    const ended = await revokeSession(tx, actor.userId, sessionId, new Date());
    if (!ended) return refuse({ kind: "not_found", resource: "session" });
    await recordOwnAct(tx, actor, {
      action: "session.end",
      object: { kind: "session", id: sessionId, name: sessionId },
    });
    return ok(undefined);
  });
}

/** Ends all of a person's sessions, this one too. */
export async function endAllSessions(
  db: Database,
  actor: Actor,
): Promise<Result<{ ended: number }, never>> {
  return withUser(db, actor.userId, async (tx) => {
    const ended = await revokeSessions(tx, actor.userId, new Date());
    await recordOwnAct(tx, actor, { action: "session.end_all", detail: { ended } });
    return ok({ ended });
  });
}
