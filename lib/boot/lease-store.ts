import { isIP } from "node:net";
import type { Database } from "#db/client";
import { findLeaseNetwork, keepBootRequest, keepLease } from "#db/queries/dhcp-leases";
import type { LeaseReport } from "#lib/domain/boot/lease-report";
import type { Id } from "#lib/domain/id";

/** What the boot server asks and keeps of a site's provisioning network: leases that its DHCP server tells of, and who asked in vain. */
export type LeaseStore = {
  /** The network that a secret may tell of; undefined for one that was never made, or was replaced. */
  findNetwork: (tokenHash: string) => Promise<{ siteId: Id<"site">; subnet: string } | undefined>;
  /** False when the secret was replaced meanwhile. */
  keep: (tokenHash: string, report: LeaseReport) => Promise<boolean>;
  /** Somebody asked by a MAC address that nobody awaits; kept where it can be told at which site. */
  noteUnawaited: (mac: string, peer: string) => Promise<void>;
};

/** The leases of the database, under the role `ingot_worker`. */
export function postgresLeaseStore(db: Database): LeaseStore {
  return {
    findNetwork: (tokenHash) => findLeaseNetwork(db, tokenHash),
    keep: (tokenHash, report) => keepLease(db, tokenHash, report),
    noteUnawaited: async (mac, peer) => {
      if (isIP(peer) === 4) await keepBootRequest(db, { mac, address: peer });
    },
  };
}
