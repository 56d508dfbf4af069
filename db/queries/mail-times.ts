import { eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { mailTimes } from "#db/schema/notifications";
import type { Id } from "#lib/domain/id";
import type { MailTimes } from "#lib/domain/notification/mail-times";

/** When a person wants mail; undefined where they have not said. */
export async function findMailTimes(
  db: Transaction | Database,
  userId: Id<"user">,
): Promise<MailTimes | undefined> {
  const [row] = await db.select().from(mailTimes).where(eq(mailTimes.userId, userId));
  return row && mailTimesOf(row);
}

/** Keeps when a person wants mail. */
export async function keepMailTimes(
  tx: Transaction,
  userId: Id<"user">,
  { timeZone, quiet, digestAt }: MailTimes,
): Promise<void> {
  const row = {
    timeZone,
    quietFrom: quiet?.from ?? null,
    quietUntil: quiet?.until ?? null,
    digestAt,
  };
  await tx
    .insert(mailTimes)
    .values({ userId, ...row })
    .onConflictDoUpdate({ target: mailTimes.userId, set: row });
}

export function mailTimesOf(row: Omit<typeof mailTimes.$inferSelect, "userId">): MailTimes {
  const { timeZone, quietFrom, quietUntil, digestAt } = row;
  const quiet =
    quietFrom === null || quietUntil === null ? null : { from: quietFrom, until: quietUntil };
  return { timeZone, quiet, digestAt };
}
