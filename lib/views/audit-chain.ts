import type { Database, Transaction } from "#db/client";
import { findUnlinked, listChainHeads, type WalkedPart, walkChain } from "#db/queries/audit-chains";
import { tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";
import { ok, type Result } from "#lib/domain/result";
import type { VerifiedAudit, VerifiedChain } from "#lib/schemas/audit-chain";

type AuditGrant = Grant<"fleet.audit"> | Grant<"tenant.audit">;

const fleetChain = "fleet";
/** Links walked by one statement, which has its limit of time. */
const part = 20_000;
const nowhere = { sequence: 0, hash: Buffer.alloc(0) };

/**
 * Walks the audit log's chains from their beginnings and says up to which event each holds: a
 * tenant's own, or for operators all of them. Finds events that were changed, removed, moved, or
 * added past the chain. Events that are written meanwhile are left for the next walk.
 */
export async function verifyAudit(
  db: Database,
  grant: AuditGrant,
  now = new Date(),
): Promise<Result<VerifiedAudit, never>> {
  const wanted = await withGrant(db, grant, (tx) => chainsOf(tx, grant));
  const chains: VerifiedChain[] = [];
  for (const { chain, tenant } of wanted) chains.push(await verifyChain(db, grant, chain, tenant));
  return ok({ at: now.toISOString(), chains });
}

/** The chains that there must be, also of a tenant whose chain somebody has taken away. */
async function chainsOf(tx: Transaction, grant: AuditGrant) {
  if (grant.scope === "tenant")
    return [{ chain: grant.tenantId as string, tenant: grant.tenantSlug }];
  const all = await tx
    .select({ id: tenants.id, slug: tenants.slug })
    .from(tenants)
    .orderBy(tenants.slug);
  return [
    { chain: fleetChain, tenant: null },
    ...all.map(({ id, slug }) => ({ chain: id as string, tenant: slug })),
  ];
}

async function verifyChain(
  db: Database,
  grant: AuditGrant,
  chain: string,
  tenant: string | null,
): Promise<VerifiedChain> {
  const [head] = await withGrant(db, grant, (tx) => listChainHeads(tx, chain));
  const length = head?.length ?? 0;
  let at: { sequence: number; hash: Buffer } = nowhere;
  let fault: VerifiedChain["fault"] = null;
  while (at.sequence < length && !fault) {
    const most = Math.min(part, length - at.sequence);
    const from = at;
    const walked = await withGrant(db, grant, (tx) => walkChain(tx, chain, from, most));
    if (walked.fault) {
      fault = {
        words: faultWords[walked.fault.kind](walked.fault.sequence),
        eventId: walked.fault.eventId,
      };
      at = { sequence: walked.fault.sequence - 1, hash: at.hash };
    } else if (walked.last === null || walked.hash === null) {
      fault = endMissing(at.sequence);
      break;
    } else {
      at = { sequence: walked.last, hash: walked.hash };
    }
  }
  if (!fault && head && !at.hash.equals(head.hash)) fault = endMissing(at.sequence);
  if (!fault) {
    const tenantId: Id<"tenant"> | null = isId("tenant", chain) ? chain : null;
    const stray = await withGrant(db, grant, (tx) => findUnlinked(tx, tenantId));
    if (stray) fault = { words: "An event was added past the chain.", eventId: stray };
  }
  return { tenant, length, verifiedTo: at.sequence, head: head?.hash.toString("hex") ?? "", fault };
}

const faultWords: Record<NonNullable<WalkedPart["fault"]>["kind"], (sequence: number) => string> = {
  gap: (sequence) => `One or more events before event ${sequence} are missing.`,
  removed: (sequence) => `Event ${sequence} was removed.`,
  changed: (sequence) => `Event ${sequence} was changed, or is not where it was written.`,
};

const endMissing = (sequence: number) => ({
  words: `The chain does not end as it was written: events after event ${sequence} were removed.`,
  eventId: null,
});
