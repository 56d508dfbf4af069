import { and, asc, eq, gt, isNull, lt, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { passkeyChallenges, passkeys } from "#db/schema/second-factors";
import { type ChallengePurpose, challengeMinutes } from "#lib/domain/access/second-factor";
import type { Id } from "#lib/domain/id";

export type PasskeyRow = typeof passkeys.$inferSelect;

/** What a challenge is good for: one purpose of one session or sign-in, of one person where it is known. */
export type ChallengeOf = {
  purpose: ChallengePurpose;
  boundTo: string;
  userId: Id<"user"> | null;
};

/** A person's passkeys, the oldest first. */
export async function listPasskeys(tx: Transaction, userId: Id<"user">): Promise<PasskeyRow[]> {
  return tx
    .select()
    .from(passkeys)
    .where(eq(passkeys.userId, userId))
    .orderBy(asc(passkeys.createdAt), asc(passkeys.id));
}

/** A person's passkey by what its authenticator calls it; it is theirs alone until the transaction ends. */
export async function lockPasskey(
  tx: Transaction,
  userId: Id<"user">,
  credentialId: string,
): Promise<PasskeyRow | undefined> {
  const [row] = await tx
    .select()
    .from(passkeys)
    .where(and(eq(passkeys.userId, userId), eq(passkeys.credentialId, credentialId)))
    .for("update");
  return row;
}

/** Keeps a new passkey; false when its credential is known, whoever's it is. */
export async function insertPasskey(
  tx: Transaction,
  passkey: typeof passkeys.$inferInsert,
): Promise<boolean> {
  const made = await tx
    .insert(passkeys)
    .values(passkey)
    .onConflictDoNothing({ target: passkeys.credentialId })
    .returning({ id: passkeys.id });
  return made.length > 0;
}

/** Gives one of a person's passkeys another name; gives the one it had, or nothing when there is none. */
export async function renamePasskey(
  tx: Transaction,
  userId: Id<"user">,
  id: Id<"passkey">,
  name: string,
): Promise<string | undefined> {
  const own = and(eq(passkeys.id, id), eq(passkeys.userId, userId));
  const [before] = await tx.select().from(passkeys).where(own).for("update");
  if (before) await tx.update(passkeys).set({ name }).where(own);
  return before?.name;
}

export async function deletePasskey(tx: Transaction, id: Id<"passkey">): Promise<void> {
  await tx.delete(passkeys).where(eq(passkeys.id, id));
}

/** Notes that a passkey was used, with what its authenticator counts. */
export async function notePasskeyUse(
  tx: Transaction,
  id: Id<"passkey">,
  now: { counter: number; isSynced: boolean },
): Promise<void> {
  await tx
    .update(passkeys)
    .set({ ...now, lastUsedAt: sql`now()` })
    .where(eq(passkeys.id, id));
}

/** From now on this passkey opens nothing. */
export async function distrustPasskey(tx: Transaction, id: Id<"passkey">): Promise<void> {
  await tx.update(passkeys).set({ distrustedAt: sql`now()` }).where(eq(passkeys.id, id));
}

/** Keeps a challenge in the place of the one before; those too old to be answered are forgotten. */
export async function keepChallenge(
  tx: Transaction,
  { purpose, boundTo, userId }: ChallengeOf,
  challenge: string,
): Promise<void> {
  await tx.delete(passkeyChallenges).where(lt(passkeyChallenges.expiresAt, sql`now()`));
  const values = {
    challenge,
    createdAt: sql`now()`,
    expiresAt: sql`now() + make_interval(mins => ${challengeMinutes})`,
  };
  await tx
    .insert(passkeyChallenges)
    .values({ purpose, boundTo, userId, ...values })
    .onConflictDoUpdate({
      target: [passkeyChallenges.boundTo, passkeyChallenges.purpose],
      set: values,
    });
}

/** Uses a challenge up, and gives it; nothing when there is none, it is too old, or it was used. */
export async function takeChallenge(
  tx: Transaction,
  { purpose, boundTo, userId }: ChallengeOf,
): Promise<string | undefined> {
  const [row] = await tx
    .delete(passkeyChallenges)
    .where(
      and(
        eq(passkeyChallenges.boundTo, boundTo),
        eq(passkeyChallenges.purpose, purpose),
        userId ? eq(passkeyChallenges.userId, userId) : isNull(passkeyChallenges.userId),
        gt(passkeyChallenges.expiresAt, sql`now()`),
      ),
    )
    .returning({ challenge: passkeyChallenges.challenge });
  return row?.challenge;
}
