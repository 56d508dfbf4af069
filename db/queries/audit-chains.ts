import { createHash } from "node:crypto";
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

export type ChainPlace = { sequence: number; hash: Buffer };
export type WalkFault = {
  kind: "gap" | "removed" | "changed";
  sequence: number;
  eventId: Id<"auditEvent">;
};

/** A part of a chain that was walked: the place up to which it holds, and where it first does not. */
export type WalkedPart = { at: ChainPlace; fault: WalkFault | null };

/**
 * Walks the links of a chain after one, at most so many of them. The hashes are worked out here: who
 * owns the database owns its functions, too, and could have them find nothing.
 */
export async function walkChain(
  tx: Transaction,
  chain: string,
  after: ChainPlace,
  most: number,
): Promise<WalkedPart> {
  const { rows } = await tx.execute<{
    sequence: string;
    event_id: Id<"auditEvent">;
    hash: Buffer;
    text: string | null;
  }>(sql`
    select l.sequence, l.event_id, l.hash, case when e.id is not null then ${hashedText(chain)} end as text
    from audit_links l left join audit_events e on e.id = l.event_id
    where l.chain = ${chain} and l.sequence > ${after.sequence}::bigint
    order by l.sequence limit ${most}::integer`);
  let at = after;
  for (const { sequence: written, event_id: eventId, hash, text } of rows) {
    const sequence = Number(written);
    const fault = (kind: WalkFault["kind"]) => ({ at, fault: { kind, sequence, eventId } });
    if (sequence !== at.sequence + 1) return fault("gap");
    if (text === null) return fault("removed");
    if (!createHash("sha256").update(at.hash).update(text).digest().equals(hash)) {
      return fault("changed");
    }
    at = { sequence, hash };
  }
  return { at, fault: null };
}

/** What an event's hash is over beside the hash before it: the same as the database's `audit_event_text`. */
const hashedText = (chain: string) => sql`
  (jsonb_build_array(case when e.session_id is null then 1 else 2 end, ${chain}::text, l.sequence, e.id,
    to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.tenant_id, e.project_id,
    e.actor_id, e.actor_name, e.action, e.outcome, e.object_kind, e.object_id, e.object_name,
    e.detail, e.request_id, e.ip_address, e.token_id, e.token_name)
    || case when e.session_id is null then '[]'::jsonb else jsonb_build_array(e.session_id) end)::text`;

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
