import type { Database } from "#db/client";
import { notificationPreferences } from "#db/schema/notifications";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import { ok, type Result } from "#lib/domain/result";
import type { SetPreferenceInput } from "#lib/schemas/notification";

/** Says by what a person is told of one kind of thing, from the next one on. */
export async function setPreference(
  db: Database,
  actor: Actor,
  { kind, channel }: SetPreferenceInput,
): Promise<Result<void, never>> {
  return withUser(db, actor.userId, async (tx) => {
    await tx
      .insert(notificationPreferences)
      .values({ userId: actor.userId, kind, channel })
      .onConflictDoUpdate({
        target: [notificationPreferences.userId, notificationPreferences.kind],
        set: { channel },
      });
    return ok(undefined);
  });
}
