import type { LeaseState } from "#lib/domain/boot/lease-report";
import type { Id } from "#lib/domain/id";

/** A lease that a site's DHCP server told of, as operators see it. */
export type SiteLease = {
  mac: string;
  address: string;
  /** Whose interface it is; null where no node here has it. */
  node: { id: Id<"node">; name: string } | null;
  state: LeaseState;
  /** Null: it was given before it was told of. */
  since: string | null;
  until: string;
  endedAt: string | null;
  /** What its client said that it is, in words; null where it has not asked since we hear. */
  client: string | null;
  vendorClass: string | null;
  askedAt: string | null;
  /** When it was last given the boot server's address; null: never. */
  bootGivenAt: string | null;
  firstHeardAt: string;
  heardAt: string;
};
