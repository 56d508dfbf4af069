import { and, desc, eq, gt, isNull, lt, ne, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { sessions } from "#db/schema/users";
import type { Id } from "#lib/domain/id";

type Reader = Database | Transaction;
export type SessionRow = typeof sessions.$inferSelect;

export async function insertSession(
  tx: Transaction,
  session: Omit<typeof sessions.$inferInsert, "provedAt"> & { provedAt?: SQL | null },
): Promise<void> {
  await tx.insert(sessions).values(session);
}

/** A person's sessions that have not ended, the last used first. */
export async function listSessions(db: Reader, userId: Id<"user">): Promise<SessionRow[]> {
  return db
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, sql`now()`),
      ),
    )
    .orderBy(desc(sessions.lastSeenAt));
}

/** Ends one session of a person; false when they have no such session that is still open. */
export async function revokeSession(
  db: Reader,
  userId: Id<"user">,
  id: Id<"session">,
  now: Date,
): Promise<boolean> {
  const rows = await db
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(eq(sessions.id, id), eq(sessions.userId, userId), isNull(sessions.revokedAt)))
    .returning({ id: sessions.id });
  return rows.length > 0;
}

/** A session of a person, kept from being ended until the transaction is; undefined when it is over. */
export async function holdSession(
  tx: Transaction,
  userId: Id<"user">,
  id: Id<"session">,
): Promise<SessionRow | undefined> {
  const [row] = await tx
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, id), eq(sessions.userId, userId), isNull(sessions.revokedAt)))
    .for("update");
  return row;
}

/**
 * Gives a session another id, as when its person has proved again that it is they: whoever had the old
 * one has nothing. False when it is over.
 */
export async function renewSession(
  tx: Transaction,
  userId: Id<"user">,
  id: Id<"session">,
  next: Id<"session">,
  provedAt: SQL = sql`now()`,
): Promise<boolean> {
  const rows = await tx
    .update(sessions)
    .set({ id: next, provedAt })
    .where(and(eq(sessions.id, id), eq(sessions.userId, userId), isNull(sessions.revokedAt)))
    .returning({ id: sessions.id });
  return rows.length > 0;
}

/** Ends all sessions of a person, or all but one; gives how many. */
export async function revokeSessions(
  db: Reader,
  userId: Id<"user">,
  now: Date,
  except?: Id<"session">,
): Promise<number> {
  const rows = await db
    .update(sessions)
    .set({ revokedAt: now })
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.revokedAt),
        except ? ne(sessions.id, except) : undefined,
      ),
    )
    .returning({ id: sessions.id });
  return rows.length;
}

/** Has a person's open sessions end no later than so long after they were opened. */
export async function shortenSessions(
  tx: Transaction,
  userId: Id<"user">,
  lifeMs: number,
): Promise<void> {
  const latest = sql`${sessions.createdAt} + make_interval(secs => ${lifeMs / 1000})`;
  await tx
    .update(sessions)
    .set({ expiresAt: sql`least(${sessions.expiresAt}, ${latest})` })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt)));
}

/** Notes that a session is in use, unless that was noted since `olderThan`. */
export async function touchSession(
  db: Reader,
  id: Id<"session">,
  now: Date,
  olderThan: Date,
): Promise<void> {
  await db
    .update(sessions)
    .set({ lastSeenAt: now })
    .where(and(eq(sessions.id, id), lt(sessions.lastSeenAt, olderThan)));
}

/** Forgets a person's sessions that ended before a moment. */
export async function forgetSessions(
  db: Reader,
  userId: Id<"user">,
  endedBefore: Date,
): Promise<void> {
  await db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), lt(sessions.expiresAt, endedBefore)));
}
