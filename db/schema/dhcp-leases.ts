import {
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { siteProvisioning } from "#db/schema/sites";

/**
 * Who may tell of the leases of a site's provisioning network: whoever has the secret that the site's
 * script was made with. It is kept as SHA-256 only, and the portal never reads it back.
 */
export const leaseReporters = pgTable(
  "lease_reporters",
  {
    siteId: id("site", "site_id")
      .primaryKey()
      .references(() => siteProvisioning.siteId, { onDelete: "cascade" }),
    tokenHash: text("token_hash").notNull(),
    madeAt: instant("made_at").notNull().defaultNow(),
    /** When its DHCP server last told of anything; null: never, by this secret or one before. */
    heardAt: instant("heard_at"),
  },
  (t) => [uniqueIndex("lease_reporters_token").on(t.tokenHash)],
);

/** What a site's DHCP server said of leases: one row for each MAC address that it ever gave one. */
export const dhcpLeases = pgTable(
  "dhcp_leases",
  {
    siteId: id("site", "site_id")
      .notNull()
      .references(() => leaseReporters.siteId, { onDelete: "cascade" }),
    /** Lower case with colons. */
    mac: text("mac").notNull(),
    address: text("address").notNull(),
    firstHeardAt: instant("first_heard_at").notNull().defaultNow(),
    heardAt: instant("heard_at").notNull().defaultNow(),
    /** When it was given; null: before it was told of. */
    startedAt: instant("started_at"),
    expiresAt: instant("expires_at").notNull(),
    /** When the DHCP server said that it is no more. */
    endedAt: instant("ended_at"),
    /** When its client last asked, and what it then said that it is; null: it has not, since we hear. */
    askedAt: instant("asked_at"),
    vendorClass: text("vendor_class"),
    isIpxe: boolean("is_ipxe").notNull().default(false),
    /** When it was last given the boot server's address. */
    bootGivenAt: instant("boot_given_at"),
  },
  (t) => [
    primaryKey({ columns: [t.siteId, t.mac] }),
    index("dhcp_leases_by_address").on(t.siteId, t.address),
  ],
);

/** Who asked the boot server by a MAC address that nobody awaited: one row for each at a site. */
export const bootRequests = pgTable(
  "boot_requests",
  {
    siteId: id("site", "site_id")
      .notNull()
      .references(() => siteProvisioning.siteId, { onDelete: "cascade" }),
    /** Lower case with colons. */
    mac: text("mac").notNull(),
    /** From which it asked last. */
    address: text("address").notNull(),
    count: integer("count").notNull().default(1),
    firstAt: instant("first_at").notNull().defaultNow(),
    lastAt: instant("last_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.siteId, t.mac] })],
);
