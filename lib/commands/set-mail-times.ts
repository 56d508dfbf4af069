import type { Database } from "#db/client";
import { keepMailTimes } from "#db/queries/mail-times";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import { ok, type Result } from "#lib/domain/result";
import type { SetMailTimesInput } from "#lib/schemas/notification";

/** Says when a person wants mail. What waits already comes when it was to come, or later. */
export async function setMailTimes(
  db: Database,
  actor: Actor,
  input: SetMailTimesInput,
): Promise<Result<void, never>> {
  return withUser(db, actor.userId, async (tx) => {
    await keepMailTimes(tx, actor.userId, input);
    return ok(undefined);
  });
}
