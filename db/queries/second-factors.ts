import { and, desc, eq, gt, inArray, isNotNull, isNull, lt, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import { identityProviders, userIdentities } from "#db/schema/identity";
import { passkeys, pendingSignIns, recoveryCodes, totpFactors } from "#db/schema/second-factors";
import { pendingMinutes } from "#lib/domain/access/second-factor";
import type { Id } from "#lib/domain/id";

export type TotpRow = typeof totpFactors.$inferSelect;
export type PendingSignInRow = typeof pendingSignIns.$inferSelect;

/** Sign-ins of one person that may wait at a time: whoever has the password fills no table. */
const mostPending = 5;

/** The database's clock in seconds, as authenticator apps count: every process of the portal tells the same time. */
export async function databaseSeconds(tx: Transaction): Promise<number> {
  return (await readDatabaseClock(tx)) / 1_000;
}

/** A person's authenticator app, also one that is still being set up. */
export async function findTotp(tx: Transaction, userId: Id<"user">): Promise<TotpRow | undefined> {
  const [row] = await tx.select().from(totpFactors).where(eq(totpFactors.userId, userId));
  return row;
}

/** How many second factors a person has: their app, if it is in use, and each passkey. */
export async function countSecondFactors(tx: Transaction, userId: Id<"user">): Promise<number> {
  const apps = (await findTotp(tx, userId))?.confirmedAt ? 1 : 0;
  return apps + (await tx.$count(passkeys, eq(passkeys.userId, userId)));
}

/**
 * True when the person has a second factor. A passkey that is trusted no more counts, too: with it
 * their password alone opens nothing.
 */
export async function hasSecondFactor(tx: Transaction, userId: Id<"user">): Promise<boolean> {
  return (await countSecondFactors(tx, userId)) > 0;
}

/** The name of a provider that this person can sign in with and that asks for a second factor itself. */
export async function findVouchingProvider(
  tx: Transaction,
  userId: Id<"user">,
): Promise<string | undefined> {
  const [row] = await tx
    .select({ label: identityProviders.label })
    .from(userIdentities)
    .innerJoin(identityProviders, eq(identityProviders.issuer, userIdentities.issuer))
    .where(
      and(
        eq(userIdentities.userId, userId),
        identityProviders.enabled,
        identityProviders.ownSecondFactor,
      ),
    );
  return row?.label;
}

/** Those of these people who have a second factor. */
export async function withSecondFactor(
  tx: Transaction,
  userIds: readonly Id<"user">[],
): Promise<Set<Id<"user">>> {
  if (userIds.length === 0) return new Set();
  const apps = await tx
    .select({ userId: totpFactors.userId })
    .from(totpFactors)
    .where(and(inArray(totpFactors.userId, [...userIds]), isNotNull(totpFactors.confirmedAt)));
  const keys = await tx
    .selectDistinct({ userId: passkeys.userId })
    .from(passkeys)
    .where(inArray(passkeys.userId, [...userIds]));
  return new Set([...apps, ...keys].map((row) => row.userId));
}

/** Begins a set-up anew. An app in use stays as it is until a code confirms the new one. */
export async function beginTotp(
  tx: Transaction,
  userId: Id<"user">,
  sealedSecret: string,
): Promise<void> {
  const fresh = { sealedSecret, createdAt: sql`now()`, lastStep: 0 };
  const begun = await tx
    .insert(totpFactors)
    .values({ userId, sealedSecret })
    .onConflictDoUpdate({
      target: totpFactors.userId,
      set: fresh,
      setWhere: isNull(totpFactors.confirmedAt),
    })
    .returning({ userId: totpFactors.userId });
  if (begun.length > 0) return;
  await tx
    .update(totpFactors)
    .set({ sealedNext: sealedSecret })
    .where(eq(totpFactors.userId, userId));
}

/** Puts the app that was being set up in use, by its code of a step; the one before it is void. */
export async function putTotpInUse(
  tx: Transaction,
  userId: Id<"user">,
  sealedSecret: string,
  step: number,
): Promise<void> {
  await tx
    .update(totpFactors)
    .set({
      ...{ sealedSecret, sealedNext: null, lastStep: step },
      ...{ confirmedAt: sql`now()`, lastUsedAt: sql`now()` },
    })
    .where(eq(totpFactors.userId, userId));
}

/**
 * Takes the code of a step, once: false when that one, or a later one, was taken before. Of two at
 * the same moment the second waits for the row, and finds it taken.
 */
export async function takeTotpStep(
  tx: Transaction,
  userId: Id<"user">,
  step: number,
): Promise<boolean> {
  const rows = await tx
    .update(totpFactors)
    .set({ lastStep: step, lastUsedAt: sql`now()` })
    .where(
      and(
        eq(totpFactors.userId, userId),
        lt(totpFactors.lastStep, step),
        isNotNull(totpFactors.confirmedAt),
      ),
    )
    .returning({ userId: totpFactors.userId });
  return rows.length > 0;
}

/** Removes all second factors of a person, with their recovery codes; false when they have none. */
export async function deleteFactors(tx: Transaction, userId: Id<"user">): Promise<boolean> {
  const keys = await tx
    .delete(passkeys)
    .where(eq(passkeys.userId, userId))
    .returning({ id: passkeys.id });
  const hadApp = await deleteTotp(tx, userId);
  await deleteRecoveryCodes(tx, userId);
  return hadApp || keys.length > 0;
}

/** Removes a person's authenticator app; false when none is in use. */
export async function deleteTotp(tx: Transaction, userId: Id<"user">): Promise<boolean> {
  const rows = await tx
    .delete(totpFactors)
    .where(eq(totpFactors.userId, userId))
    .returning({ confirmedAt: totpFactors.confirmedAt });
  return rows[0]?.confirmedAt != null;
}

export async function deleteRecoveryCodes(tx: Transaction, userId: Id<"user">): Promise<void> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
}

/** Puts new recovery codes in the place of all that there were. */
export async function replaceRecoveryCodes(
  tx: Transaction,
  userId: Id<"user">,
  hashes: readonly string[],
): Promise<void> {
  await deleteRecoveryCodes(tx, userId);
  await tx.insert(recoveryCodes).values(hashes.map((codeHash) => ({ userId, codeHash })));
}

/** Uses a recovery code up; false when there is no such one, or it was used. */
export async function spendRecoveryCode(
  tx: Transaction,
  userId: Id<"user">,
  codeHash: string,
): Promise<boolean> {
  const rows = await tx
    .update(recoveryCodes)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(recoveryCodes.userId, userId),
        eq(recoveryCodes.codeHash, codeHash),
        isNull(recoveryCodes.usedAt),
      ),
    )
    .returning({ userId: recoveryCodes.userId });
  return rows.length > 0;
}

/** How many recovery codes a person has left. */
export async function countRecoveryCodes(tx: Transaction, userId: Id<"user">): Promise<number> {
  return tx.$count(
    recoveryCodes,
    and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt)),
  );
}

/** Keeps a sign-in until its second factor; those too old, and the oldest beyond a few, are forgotten. */
export async function insertPendingSignIn(
  tx: Transaction,
  pending: Pick<PendingSignInRow, "tokenHash" | "userId" | "providerId">,
): Promise<void> {
  const { userId } = pending;
  await tx
    .delete(pendingSignIns)
    .where(and(eq(pendingSignIns.userId, userId), lt(pendingSignIns.expiresAt, sql`now()`)));
  const others = await tx
    .select({ tokenHash: pendingSignIns.tokenHash })
    .from(pendingSignIns)
    .where(eq(pendingSignIns.userId, userId))
    .orderBy(desc(pendingSignIns.createdAt));
  const tooMany = others.slice(mostPending - 1).map((row) => row.tokenHash);
  if (tooMany.length > 0) {
    await tx.delete(pendingSignIns).where(inArray(pendingSignIns.tokenHash, tooMany));
  }
  await tx.insert(pendingSignIns).values({
    ...pending,
    expiresAt: sql`now() + make_interval(mins => ${pendingMinutes})`,
  });
}

/** The sign-in of this token, while it waits; nobody else uses it up meanwhile. */
export async function findPendingSignIn(
  tx: Transaction,
  userId: Id<"user">,
  tokenHash: string,
): Promise<PendingSignInRow | undefined> {
  const [row] = await tx
    .select()
    .from(pendingSignIns)
    .where(
      and(
        eq(pendingSignIns.tokenHash, tokenHash),
        eq(pendingSignIns.userId, userId),
        isNull(pendingSignIns.usedAt),
        gt(pendingSignIns.expiresAt, sql`now()`),
      ),
    )
    .for("update");
  return row;
}

/** Uses up a waiting sign-in that was found in this transaction. */
export async function spendPendingSignIn(
  tx: Transaction,
  { userId, tokenHash }: PendingSignInRow,
): Promise<void> {
  await tx
    .update(pendingSignIns)
    .set({ usedAt: sql`now()` })
    .where(and(eq(pendingSignIns.tokenHash, tokenHash), eq(pendingSignIns.userId, userId)));
}

/** Ends every sign-in of a person that waits. */
export async function endPendingSignIns(tx: Transaction, userId: Id<"user">): Promise<void> {
  await tx.delete(pendingSignIns).where(eq(pendingSignIns.userId, userId));
}
