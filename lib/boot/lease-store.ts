import type { Database } from "#db/client";
import { findLeaseNetwork, keepLease } from "#db/queries/dhcp-leases";
import type { LeaseReport } from "#lib/domain/boot/lease-report";
import type { Id } from "#lib/domain/id";

/** What the boot server asks and keeps of leases that a site's DHCP server tells of. */
export type LeaseStore = {
  /** The network that a secret may tell of; undefined for one that was never made, or was replaced. */
  findNetwork: (tokenHash: string) => Promise<{ siteId: Id<"site">; subnet: string } | undefined>;
  /** False when the secret was replaced meanwhile. */
  keep: (tokenHash: string, report: LeaseReport) => Promise<boolean>;
};

/** The leases of the database, under the role `ingot_worker`. */
export function postgresLeaseStore(db: Database): LeaseStore {
  return {
    findNetwork: (tokenHash) => findLeaseNetwork(db, tokenHash),
    keep: (tokenHash, report) => keepLease(db, tokenHash, report),
  };
}
