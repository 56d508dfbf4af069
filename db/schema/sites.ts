import { integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { dhcpModes } from "#lib/domain/boot/dnsmasq-config";

export const sites = pgTable(
  "sites",
  {
    id: id("site", "id").primaryKey(),
    name: text("name").notNull(),
    /** The address this site's nodes reach our boot server at, when it is not the general one. */
    bootOrigin: text("boot_origin"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("sites_name").on(t.name)],
);

export const racks = pgTable(
  "racks",
  {
    id: id("rack", "id").primaryKey(),
    siteId: id("site", "site_id")
      .notNull()
      .references(() => sites.id),
    name: text("name").notNull(),
    units: integer("units").notNull().default(42),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("racks_name_per_site").on(t.siteId, t.name)],
);

/**
 * The network that a site's nodes boot from by PXE, as far as a DHCP server's configuration is made
 * of it. Nothing here is sent anywhere.
 */
export const siteProvisioning = pgTable("site_provisioning", {
  siteId: id("site", "site_id")
    .primaryKey()
    .references(() => sites.id),
  mode: text("mode", { enum: dhcpModes }).notNull(),
  /** Of the machine that dnsmasq runs on; null for any. */
  networkInterface: text("network_interface"),
  /** CIDR. */
  subnet: text("subnet").notNull(),
  /** Addresses to lease; null in proxy mode, where another server leases them. */
  firstAddress: text("first_address"),
  lastAddress: text("last_address"),
  router: text("router"),
  dns: text("dns"),
  leaseMinutes: integer("lease_minutes").notNull(),
  changedAt: instant("changed_at").notNull().defaultNow(),
});
