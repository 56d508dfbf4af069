import { sql } from "drizzle-orm";
import { boolean, check, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";
import { sites } from "#db/schema/sites";
import { networkDrivers } from "#lib/domain/network/driver";

/**
 * Which driver joins the nodes of a site to networks. The secret is sealed for the worker: the portal
 * may write it, never read it back.
 */
export const siteNetworks = pgTable(
  "site_networks",
  {
    siteId: id("site", "site_id")
      .primaryKey()
      .references(() => sites.id),
    driver: text("driver", { enum: networkDrivers }).notNull(),
    /** Of `http`: `host:port` of the site's controller, what it shows, and what signs. */
    address: text("address"),
    certificatePem: text("certificate_pem"),
    sealedSecret: text("sealed_secret"),
    /** Of `linux_bridge`: the bridge on the worker's machine, and its namespace if it is in one. */
    bridge: text("bridge"),
    namespace: text("namespace"),
    /** Raised by every change: an open driver of an older one is closed. */
    version: integer("version").notNull().default(1),
    changedAt: instant("changed_at").notNull().defaultNow(),
  },
  (t) => [
    check(
      "site_networks_settings",
      sql`case ${t.driver} when 'http' then ${t.address} is not null and ${t.certificatePem} is not null
        and ${t.sealedSecret} is not null else ${t.bridge} is not null end`,
    ),
  ],
);

/**
 * The port that joins a node to tenants' networks, what it should carry and what it was seen to.
 * `environmentId` stays until the port was seen to carry nothing: until then the environment's VLAN
 * is given to nobody.
 */
export const nodePorts = pgTable(
  "node_ports",
  {
    nodeId: id("node", "node_id")
      .primaryKey()
      .references(() => nodes.id, { onDelete: "cascade" }),
    siteId: id("site", "site_id")
      .notNull()
      .references(() => sites.id),
    /** As the driver calls it. */
    port: text("port").notNull(),
    environmentId: id("environment", "environment_id"),
    /** Null: it should carry none. */
    wantedVlan: integer("wanted_vlan"),
    /** True while a step is changing it, when a difference is no drift. */
    isChanging: boolean("is_changing").notNull().default(false),
    seenVlans: jsonb("seen_vlans").$type<number[]>(),
    seenAt: instant("seen_at"),
    /** How what was seen differs from what is wanted, or why it could not be read, in words. */
    drift: text("drift"),
    driftSince: instant("drift_since"),
  },
  (t) => [uniqueIndex("node_ports_one_node").on(t.siteId, t.port)],
);

/**
 * The fabric manager that puts a site's ports into InfiniBand partitions. The password is sealed for
 * the worker: the portal may write it, never read it back.
 */
export const siteFabricManagers = pgTable("site_fabric_managers", {
  siteId: id("site", "site_id")
    .primaryKey()
    .references(() => sites.id),
  /** `host:port`. */
  address: text("address").notNull(),
  certificatePem: text("certificate_pem").notNull(),
  username: text("username").notNull(),
  sealedPassword: text("sealed_password").notNull(),
  /** Raised by every change: an open driver of an older one is closed. */
  version: integer("version").notNull().default(1),
  changedAt: instant("changed_at").notNull().defaultNow(),
});

/**
 * The InfiniBand partition that a node's ports should be in, and how what was seen differs.
 * `environmentId` and `pkey` stay until the ports were seen to have left: until then the P_Key is
 * given to nobody.
 */
export const nodePartitions = pgTable(
  "node_partitions",
  {
    nodeId: id("node", "node_id")
      .primaryKey()
      .references(() => nodes.id, { onDelete: "cascade" }),
    siteId: id("site", "site_id")
      .notNull()
      .references(() => sites.id),
    environmentId: id("environment", "environment_id"),
    /** Null once its ports are in none. */
    pkey: integer("pkey"),
    /** Whether its ports should be in it; false while they leave. */
    isWanted: boolean("is_wanted").notNull().default(false),
    /** The ports that were put into it. */
    guids: jsonb("guids").$type<string[]>().notNull().default([]),
    isChanging: boolean("is_changing").notNull().default(false),
    seenAt: instant("seen_at"),
    drift: text("drift"),
    driftSince: instant("drift_since"),
  },
  (t) => [
    check("node_partitions_pkey", sql`${t.pkey} between 1 and 32767`),
    check("node_partitions_wants_one", sql`not ${t.isWanted} or ${t.pkey} is not null`),
  ],
);
