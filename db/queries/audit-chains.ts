import { and, eq, isNull, notExists, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { auditChains, auditEvents, auditLinks } from "#db/schema/audit-events";
import type { Id } from "#lib/domain/id";

export type ChainHead = { chain: string; length: number; hash: Buffer };

/** The ends of the chains that the scope may see, or of one of them. */
export function listChainHeads(tx: Transaction, chain?: string): Promise<ChainHead[]> {
  return tx
    .select()
    .from(auditChains)
    .where(chain === undefined ? undefined : eq(auditChains.chain, chain))
    .orderBy(auditChains.chain);
}

/** A part of a chain that was walked: how far, to which hash, and where it first did not hold. */
export type WalkedPart = {
  checked: number;
  last: number | null;
  hash: Buffer | null;
  fault: {
    kind: "gap" | "removed" | "changed";
    sequence: number;
    eventId: Id<"auditEvent">;
  } | null;
};

/** Walks the links of a chain after one, at most so many of them. */
export async function walkChain(
  tx: Transaction,
  chain: string,
  after: { sequence: number; hash: Buffer },
  most: number,
): Promise<WalkedPart> {
  const { rows } = await tx.execute<{
    checked: number;
    last: string | null;
    last_hash: Buffer | null;
    fault_at: string | null;
    fault_event: Id<"auditEvent"> | null;
    fault: "gap" | "removed" | "changed" | null;
  }>(
    sql`select * from check_audit_chain(${chain}, ${after.sequence}::bigint, ${after.hash}::bytea, ${most}::integer)`,
  );
  const [row] = rows;
  if (!row) throw new Error("the walk of a chain gave nothing");
  return {
    checked: row.checked,
    last: row.last === null ? null : Number(row.last),
    hash: row.last_hash,
    fault:
      row.fault && row.fault_event
        ? { kind: row.fault, sequence: Number(row.fault_at), eventId: row.fault_event }
        : null,
  };
}

/** An event that is in no chain, though it would belong to this one. */
export async function findUnlinked(
  tx: Transaction,
  tenantId: Id<"tenant"> | null,
): Promise<Id<"auditEvent"> | undefined> {
  const [row] = await tx
    .select({ id: auditEvents.id })
    .from(auditEvents)
    .where(
      and(
        tenantId === null ? isNull(auditEvents.tenantId) : eq(auditEvents.tenantId, tenantId),
        notExists(
          tx.select({ one: sql`1` }).from(auditLinks).where(eq(auditLinks.eventId, auditEvents.id)),
        ),
      ),
    )
    .limit(1);
  return row?.id;
}
