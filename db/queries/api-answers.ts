import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { apiAnswers } from "#db/schema/api-answers";
import type { ActorId } from "#lib/domain/id";

type Asked = { key: string; callerId: ActorId; bodyHash: string };
export type KeptAnswer = typeof apiAnswers.$inferSelect;

/** Somebody else's request of the same key may begin and be refused, and take its row away, so often. */
const mostTries = 10;

/** Writes down that this is being asked; gives what stands there when it was asked before. */
export async function claimAnswer(tx: Transaction, asked: Asked): Promise<KeptAnswer | null> {
  for (let tries = 0; tries < mostTries; tries++) {
    const claimed = await tx
      .insert(apiAnswers)
      .values(asked)
      .onConflictDoNothing()
      .returning({ key: apiAnswers.key });
    if (claimed.length > 0) return null;
    const [kept] = await tx.select().from(apiAnswers).where(eq(apiAnswers.key, asked.key));
    // Whoever asked it was refused in between, and has taken it away.
    if (kept) return kept;
  }
  throw new Error("a key stands for an answer that its caller may not read");
}

/** Keeps what was answered; an answer of `undefined` is not to be told again. */
export async function keepAnswer(
  tx: Transaction,
  key: string,
  { status, answer }: { status: number; answer: unknown },
): Promise<void> {
  await tx.update(apiAnswers).set({ status, answer }).where(eq(apiAnswers.key, key));
}

/** Nothing was done: the same key may be used again. */
export async function dropAnswer(tx: Transaction, key: string): Promise<void> {
  await tx.delete(apiAnswers).where(eq(apiAnswers.key, key));
}

/** Removes what is older than a day, a bounded number a time. */
export async function pruneAnswers(tx: Pick<Transaction, "execute">): Promise<void> {
  await tx.execute(
    sql`delete from api_answers where key in (select key from api_answers where asked_at < now() - interval '1 day' limit 10000)`,
  );
}
