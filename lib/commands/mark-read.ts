import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { bellEntries } from "#db/schema/notifications";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import { ok, type Result } from "#lib/domain/result";
import type { MarkReadInput } from "#lib/schemas/notification";

/** Marks one of a person's own notifications as read, or all of them. What is not theirs stays as it is. */
export async function markRead(
  db: Database,
  actor: Actor,
  { notificationId }: MarkReadInput,
): Promise<Result<void, never>> {
  return withUser(db, actor.userId, async (tx) => {
    await tx
      .update(bellEntries)
      .set({ readAt: sql`now()` })
      .where(
        and(
          eq(bellEntries.userId, actor.userId),
          isNull(bellEntries.readAt),
          notificationId === "all" ? undefined : eq(bellEntries.notificationId, notificationId),
        ),
      );
    return ok(undefined);
  });
}
