import { eq, inArray, lt, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { signInAttempts } from "#db/schema/sign-in-attempts";
import {
  type AttemptKind,
  failuresForgottenAfterMs,
  waitAfterFailures,
} from "#lib/domain/access/sign-in-wait";

export type AttemptKey = { kind: AttemptKind; value: string };

const keyText = (key: AttemptKey) => `${key.kind}:${key.value}`;

// Waits begin and end by the database's clock; tests say another moment.

/**
 * Counts a try as failed before it is made, under a lock, so that a thousand tries at the same
 * moment are a thousand failures. Gives how many milliseconds to wait instead when one of the keys
 * is blocked; then nothing is counted.
 */
export async function beginAttempt(
  tx: Transaction,
  keys: readonly AttemptKey[],
  instead?: Date,
): Promise<number> {
  const now = await databaseNow(tx, instead);
  const ordered = [...keys].sort((a, b) => (keyText(a) < keyText(b) ? -1 : 1));
  for (const key of ordered) {
    await tx
      .insert(signInAttempts)
      .values({ key: keyText(key), failures: 0, lastAt: now, blockedUntil: now })
      .onConflictDoNothing();
  }
  const rows = await tx
    .select()
    .from(signInAttempts)
    .where(inArray(signInAttempts.key, ordered.map(keyText)))
    .orderBy(signInAttempts.key)
    .for("no key update");
  const waitMs = Math.max(0, ...rows.map((row) => row.blockedUntil.getTime() - now.getTime()));
  if (waitMs > 0) return waitMs;
  for (const key of ordered) {
    const row = rows.find((each) => each.key === keyText(key));
    const recent = row && now.getTime() - row.lastAt.getTime() < failuresForgottenAfterMs;
    const failures = (recent ? row.failures : 0) + 1;
    const blockedUntil = new Date(now.getTime() + waitAfterFailures(key.kind, failures));
    await tx
      .update(signInAttempts)
      .set({ failures, lastAt: now, blockedUntil })
      .where(eq(signInAttempts.key, keyText(key)));
  }
  return 0;
}

/** Takes a counted try back: the account starts anew, the address is as it was before. */
export async function endAttempt(
  tx: Transaction,
  keys: readonly AttemptKey[],
  instead?: Date,
): Promise<void> {
  const now = await databaseNow(tx, instead);
  for (const key of keys) {
    if (key.kind !== "address") {
      await tx.delete(signInAttempts).where(eq(signInAttempts.key, keyText(key)));
    } else {
      // Not deleted: one account of their own would give an attacker endless tries at others.
      await tx
        .update(signInAttempts)
        .set({ failures: sql`greatest(0, ${signInAttempts.failures} - 1)`, blockedUntil: now })
        .where(eq(signInAttempts.key, keyText(key)));
    }
  }
}

/** Forgets failures that no longer count, so that made-up addresses leave nothing behind. */
export async function forgetAttempts(tx: Transaction, instead?: Date): Promise<void> {
  const now = await databaseNow(tx, instead);
  const counting = new Date(now.getTime() - failuresForgottenAfterMs);
  await tx.delete(signInAttempts).where(lt(signInAttempts.lastAt, counting));
}
