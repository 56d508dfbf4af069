import { sql } from "drizzle-orm";
import {
  check,
  doublePrecision,
  index,
  integer,
  pgTable,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";
import { sites } from "#db/schema/sites";
import { fabricKinds, placeSources } from "#lib/domain/fabric/fabric";

/** InfiniBand fabrics of a site, and NVLink domains that reach over several nodes. */
export const fabrics = pgTable(
  "fabrics",
  {
    id: id("fabric", "id").primaryKey(),
    siteId: id("site", "site_id")
      .notNull()
      .references(() => sites.id),
    kind: text("kind", { enum: fabricKinds }).notNull(),
    name: text("name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** Where the places of its ports, or its nodes, were last taken from; null before the first time. */
    placesFrom: text("places_from", { enum: placeSources }),
    /** What the source says of itself. */
    placesDetail: text("places_detail"),
    placesAt: instant("places_at"),
    placesBy: text("places_by"),
  },
  (t) => [
    uniqueIndex("fabrics_name_per_site").on(t.siteId, t.name),
    check("fabrics_places_have_a_time", sql`(${t.placesFrom} is null) = (${t.placesAt} is null)`),
  ],
);

/** Ports that are plugged into the leaves of an InfiniBand fabric. */
export const fabricPorts = pgTable(
  "fabric_ports",
  {
    /** A port is in one fabric: 16 hexadecimal digits in lower case. */
    guid: text("guid").primaryKey(),
    fabricId: id("fabric", "fabric_id")
      .notNull()
      .references(() => fabrics.id, { onDelete: "cascade" }),
    nodeGuid: text("node_guid"),
    leaf: text("leaf").notNull(),
    leafPort: integer("leaf_port"),
    rail: text("rail"),
    rateGbps: doublePrecision("rate_gbps"),
    description: text("description"),
    /** Whose it is by an operator's word, where the node's own inventory does not tell. */
    nodeId: id("node", "node_id").references(() => nodes.id, { onDelete: "set null" }),
  },
  (t) => [
    index("fabric_ports_by_fabric").on(t.fabricId, t.leaf),
    check("fabric_ports_guid", sql`${t.guid} ~ '^[0-9a-f]{16}$'`),
  ],
);

/** Which nodes share an NVLink domain, by an operator's word. A node is in one. */
export const nvlinkMembers = pgTable("nvlink_members", {
  nodeId: id("node", "node_id")
    .primaryKey()
    .references(() => nodes.id, { onDelete: "cascade" }),
  fabricId: id("fabric", "fabric_id")
    .notNull()
    .references(() => fabrics.id, { onDelete: "cascade" }),
});
