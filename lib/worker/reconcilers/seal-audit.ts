import type { Database } from "#db/client";
import {
  insertSeals,
  listUnsealed,
  type SealRow,
  type UnsealedChain,
} from "#db/queries/audit-seals";
import { type AuditSeal, sealEnd, sealOf } from "#lib/access/audit-seal";
import type { Log } from "#lib/config/log";

/** Chains that are sealed by one statement. */
const part = 500;

/**
 * Signs the ends of the chains of audit events that have grown, and keeps each seal twice: in the
 * database, and as a line of the log, for whoever keeps that elsewhere. A chain that is no longer as it
 * was sealed is not sealed again: its end would vouch for what somebody wrote.
 */
export async function sealAudit(input: {
  db: Database;
  privateKeys: string;
  log: Log;
  now?: Date;
}): Promise<void> {
  const { db, privateKeys, now = new Date() } = input;
  // Whatever else is left out of the log: what is not written cannot be kept elsewhere.
  const log = input.log.child({}, { level: "info" });
  let after = "";
  for (let chains: UnsealedChain[]; ; ) {
    chains = await listUnsealed(db, after, part);
    const last = chains.at(-1);
    if (!last) return;
    after = last.chain;
    const seals = chains.filter(isAsSealed).map(({ chain, length, hash }) => {
      const end = { chain, length, hash: hash.toString("hex"), at: now.toISOString() };
      return sealEnd(privateKeys, end);
    });
    for (const { chain, length, sealed } of chains.filter((chain) => !isAsSealed(chain))) {
      log.error({ chain, length, sealed: sealed?.length }, "audit chain is not as it was sealed");
    }
    if (seals.length === 0) continue;
    for (const row of await insertSeals(db, seals.map(rowOf))) {
      log.info({ seal: sealOf(row) }, "audit chain sealed");
    }
  }
}

/** It has grown since, and what was sealed of it is where it was. */
function isAsSealed({ length, sealed }: UnsealedChain): boolean {
  if (sealed === null) return true;
  return length > sealed.length && sealed.found !== null && sealed.found.equals(sealed.hash);
}

function rowOf({ hash, at, ...seal }: AuditSeal): SealRow {
  return { ...seal, hash: Buffer.from(hash, "hex"), at: new Date(at) };
}
