import { and, asc, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { auditChains, auditLinks, auditSeals } from "#db/schema/audit-events";

export type SealRow = typeof auditSeals.$inferSelect;

/** A chain whose end is not sealed, with what was sealed of it last. */
export type UnsealedChain = {
  chain: string;
  length: number;
  hash: Buffer;
  sealed: {
    length: number;
    hash: Buffer;
    /** What the chain now has there; null where it has nothing. */
    found: Buffer | null;
  } | null;
};

/** Chains whose ends are not sealed, by name, after one of them. */
export async function listUnsealed(
  db: Database,
  after: string,
  most: number,
): Promise<UnsealedChain[]> {
  const last = db
    .select({ length: auditSeals.length, hash: auditSeals.hash })
    .from(auditSeals)
    .where(eq(auditSeals.chain, auditChains.chain))
    .orderBy(sql`${auditSeals.length} desc`)
    .limit(1)
    .as("last");
  const rows = await db
    .select({
      chain: auditChains.chain,
      length: auditChains.length,
      hash: auditChains.hash,
      sealedLength: last.length,
      sealedHash: last.hash,
      found: auditLinks.hash,
    })
    .from(auditChains)
    .leftJoinLateral(last, sql`true`)
    .leftJoin(
      auditLinks,
      and(eq(auditLinks.chain, auditChains.chain), eq(auditLinks.sequence, last.length)),
    )
    .where(
      and(
        gt(auditChains.chain, after),
        or(
          isNull(last.length),
          sql`${last.length} <> ${auditChains.length}`,
          sql`${last.hash} <> ${auditChains.hash}`,
        ),
      ),
    )
    .orderBy(auditChains.chain)
    .limit(most);
  return rows.map(({ chain, length, hash, sealedLength, sealedHash, found }) => ({
    chain,
    length,
    hash,
    sealed:
      sealedLength === null || sealedHash === null
        ? null
        : { length: sealedLength, hash: sealedHash, found },
  }));
}

/** Keeps seals; gives those that were not there, since another worker may have been quicker. */
export function insertSeals(db: Database, seals: readonly SealRow[]): Promise<SealRow[]> {
  return db
    .insert(auditSeals)
    .values([...seals])
    .onConflictDoNothing()
    .returning();
}

/** The seals of a chain past a length, the shortest first. */
export function listSeals(
  tx: Transaction,
  chain: string,
  afterLength: number,
  most: number,
): Promise<SealRow[]> {
  return tx
    .select()
    .from(auditSeals)
    .where(and(eq(auditSeals.chain, chain), gt(auditSeals.length, afterLength)))
    .orderBy(asc(auditSeals.length))
    .limit(most);
}

/** The chains that have been sealed. */
export async function listSealedChains(tx: Transaction): Promise<string[]> {
  const rows = await tx.selectDistinct({ chain: auditSeals.chain }).from(auditSeals);
  return rows.map(({ chain }) => chain);
}

/** The hashes of a chain's links at these places; a place that has no link is left out. */
export async function findLinkHashes(
  tx: Transaction,
  chain: string,
  sequences: readonly number[],
): Promise<Map<number, Buffer>> {
  const rows = await tx
    .select({ sequence: auditLinks.sequence, hash: auditLinks.hash })
    .from(auditLinks)
    .where(and(eq(auditLinks.chain, chain), inArray(auditLinks.sequence, [...sequences])));
  return new Map(rows.map(({ sequence, hash }) => [sequence, hash]));
}
