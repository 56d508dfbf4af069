import type { Database, Transaction } from "#db/client";
import {
  type ChainPlace,
  findUnlinked,
  listChainHeads,
  type WalkFault,
  walkChain,
} from "#db/queries/audit-chains";
import { findLinkHashes, listSealedChains, listSeals } from "#db/queries/audit-seals";
import { tenants } from "#db/schema/tenants";
import { type AuditSeal, sealChecker, sealOf } from "#lib/access/audit-seal";
import type { Grant } from "#lib/access/authorize";
import { withGrant, withServer } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";
import { ok, type Result } from "#lib/domain/result";
import type { VerifiedAudit, VerifiedChain } from "#lib/schemas/audit-chain";

type AuditGrant = Grant<"fleet.audit"> | Grant<"tenant.audit">;
type Reader = <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;
type Fault = NonNullable<VerifiedChain["fault"]>;

/** What seals are held against: the public halves of the worker's keys, and the seals kept elsewhere. */
type SealsToHold = { auditKeys: string; kept: readonly AuditSeal[] };

const fleetChain = "fleet";
/** Links walked by one statement, which has its limit of time, and seals read by one. */
const part = 20_000;
const sealPart = 1_000;
const nowhere = { sequence: 0, hash: Buffer.alloc(0) };

/**
 * Walks the audit log's chains from their beginnings and says up to which event each holds: a
 * tenant's own, or for operators all of them. Finds events that were changed, removed, moved, or
 * added past the chain, and by the worker's seals also a chain that was cut off, taken away, or written
 * anew as a whole. Events that are written meanwhile are left for the next walk.
 */
export async function verifyAudit(
  db: Database,
  grant: AuditGrant,
  auditKeys: string,
  now = new Date(),
): Promise<Result<VerifiedAudit, never>> {
  const read: Reader = (work) => withGrant(db, grant, work);
  const wanted =
    grant.scope === "tenant"
      ? [{ chain: grant.tenantId, tenant: grant.tenantSlug }]
      : await read((tx) => everyChain(tx, []));
  return ok(await verifyChains(read, wanted, { auditKeys, kept: [] }, now));
}

/** As `verifyAudit`, every chain, for whoever has the server itself; also by seals that are kept elsewhere. */
export async function verifyWholeAudit(
  db: Database,
  seals: SealsToHold,
  now = new Date(),
): Promise<VerifiedAudit> {
  const read: Reader = (work) => withServer(db, work);
  const wanted = await read((tx) => everyChain(tx, seals.kept));
  return verifyChains(read, wanted, seals, now);
}

type Wanted = { chain: string; tenant: string | null };

/** The chains that there are or were: of every tenant, and of whoever else something was written or sealed. */
async function everyChain(tx: Transaction, kept: readonly AuditSeal[]): Promise<Wanted[]> {
  const all = await tx
    .select({ id: tenants.id, slug: tenants.slug })
    .from(tenants)
    .orderBy(tenants.slug);
  const known = [
    { chain: fleetChain, tenant: null },
    ...all.map(({ id, slug }) => ({ chain: id, tenant: slug })),
  ];
  const heads = await listChainHeads(tx);
  const named = [...heads, ...kept].map(({ chain }) => chain);
  const others = new Set([...named, ...(await listSealedChains(tx))]);
  for (const { chain } of known) others.delete(chain);
  return [...known, ...[...others].sort().map((chain) => ({ chain, tenant: chain }))];
}

async function verifyChains(
  read: Reader,
  wanted: readonly Wanted[],
  { auditKeys, kept }: SealsToHold,
  now: Date,
): Promise<VerifiedAudit> {
  const isGenuine = sealChecker(auditKeys);
  const chains: VerifiedChain[] = [];
  for (const { chain, tenant } of wanted) {
    const given = kept.filter((seal) => seal.chain === chain);
    chains.push({ tenant, ...(await verifyChain(read, chain, given, isGenuine)) });
  }
  return { at: now.toISOString(), chains };
}

async function verifyChain(
  read: Reader,
  chain: string,
  kept: readonly AuditSeal[],
  isGenuine: (seal: AuditSeal) => boolean,
): Promise<Omit<VerifiedChain, "tenant">> {
  // Before its end is read: a seal that is made meanwhile would be past that.
  const seals = [...(await sealsOf(read, chain)), ...kept].sort((a, b) => a.length - b.length);
  const [head] = await read((tx) => listChainHeads(tx, chain));
  const length = head?.length ?? 0;
  const walked = await walk(read, chain, length, head?.hash ?? nowhere.hash);
  const held = await holdSeals(read, chain, length, seals, isGenuine);
  const told = { length, head: head?.hash.toString("hex") ?? "", sealed: held.sealed };
  const broken = walked.fault ?? (await strayFault(read, chain));
  if (broken || !held.fault) return { ...told, verifiedTo: walked.to, fault: broken };
  // Links that fit each other, but not what was sealed: nothing past the last seal that fits is sure.
  return { ...told, verifiedTo: held.sealed?.length ?? 0, fault: held.fault };
}

async function walk(
  read: Reader,
  chain: string,
  length: number,
  head: Buffer,
): Promise<{ to: number; fault: Fault | null }> {
  let at: ChainPlace = nowhere;
  while (at.sequence < length) {
    const from = at;
    const most = Math.min(part, length - from.sequence);
    const walked = await read((tx) => walkChain(tx, chain, from, most));
    at = walked.at;
    if (walked.fault) {
      const { kind, sequence, eventId } = walked.fault;
      return { to: at.sequence, fault: { words: walkWords[kind](sequence), eventId } };
    }
    if (at.sequence === from.sequence) break;
  }
  const isWhole = at.sequence === length && at.hash.equals(head);
  return { to: at.sequence, fault: isWhole ? null : endMissing(at.sequence) };
}

async function strayFault(read: Reader, chain: string): Promise<Fault | null> {
  const tenantId: Id<"tenant"> | null = isId("tenant", chain) ? chain : null;
  if (tenantId === null && chain !== fleetChain) return null;
  const stray = await read((tx) => findUnlinked(tx, tenantId));
  return stray ? { words: "An event was added past the chain.", eventId: stray } : null;
}

/** The seals of a chain that the database has. */
async function sealsOf(read: Reader, chain: string): Promise<AuditSeal[]> {
  const seals: AuditSeal[] = [];
  for (let after = -1; ; ) {
    const from = after;
    const rows = await read((tx) => listSeals(tx, chain, from, sealPart));
    seals.push(...rows.map(sealOf));
    const last = rows.at(-1);
    if (!last || rows.length < sealPart) return seals;
    after = last.length;
  }
}

/** Holds seals, the shortest first, against a chain: the last that fits, and what is wrong with the next. */
async function holdSeals(
  read: Reader,
  chain: string,
  length: number,
  seals: readonly AuditSeal[],
  isGenuine: (seal: AuditSeal) => boolean,
): Promise<{ sealed: VerifiedChain["sealed"]; fault: Fault | null }> {
  let sealed: VerifiedChain["sealed"] = null;
  for (let from = 0; from < seals.length; from += sealPart) {
    const some = seals.slice(from, from + sealPart);
    const places = some.map((seal) => seal.length);
    const hashes = await read((tx) => findLinkHashes(tx, chain, places));
    for (const seal of some) {
      const words = sealFault(seal, length, hashes.get(seal.length), isGenuine);
      if (words) return { sealed, fault: { words, eventId: null } };
      sealed = { length: seal.length, at: seal.at };
    }
  }
  return { sealed, fault: null };
}

function sealFault(
  seal: AuditSeal,
  length: number,
  found: Buffer | undefined,
  isGenuine: (seal: AuditSeal) => boolean,
): string | null {
  const at = `${seal.at.slice(0, 16).replace("T", " ")} UTC`;
  if (!isGenuine(seal)) return `The seal of event ${seal.length} was not made by Ingot's worker.`;
  if (seal.length > length) {
    return `The chain was sealed up to event ${seal.length} on ${at}, and now ends at event ${length}.`;
  }
  if (found?.toString("hex") === seal.hash) return null;
  return `Event ${seal.length} is not the one that was sealed on ${at}: the chain was written anew.`;
}

const walkWords: Record<WalkFault["kind"], (sequence: number) => string> = {
  gap: (sequence) => `One or more events before event ${sequence} are missing.`,
  removed: (sequence) => `Event ${sequence} was removed.`,
  changed: (sequence) => `Event ${sequence} was changed, or is not where it was written.`,
};

const endMissing = (sequence: number): Fault => ({
  words: `The chain does not end as it was written: events after event ${sequence} were removed.`,
  eventId: null,
});
