import type { Database } from "#db/client";
import { keepMailTimes } from "#db/queries/mail-times";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetMailTimesInput } from "#lib/schemas/notification";

/**
 * Says when a person wants mail. What waits already comes when it was to come, or later. Refuses quiet
 * hours that begin when they end.
 */
export async function setMailTimes(
  db: Database,
  actor: Actor,
  input: SetMailTimesInput,
): Promise<Result<void, RefusalOf<"invalid_input">>> {
  if (input.quiet && input.quiet.from === input.quiet.until) {
    const message = "Quiet hours end at another time than they begin.";
    return refuse({ kind: "invalid_input", fields: { "quiet.until": message } });
  }
  return withUser(db, actor.userId, async (tx) => {
    await keepMailTimes(tx, actor.userId, input);
    return ok(undefined);
  });
}
