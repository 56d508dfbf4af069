import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { racks } from "#db/schema/sites";
import { controllerProtocols } from "#lib/domain/node/controller-protocol";
import type { Inventory } from "#lib/domain/node/inventory";
import {
  controllerStates,
  nodeHealths,
  nodeLifecycles,
  powerStates,
} from "#lib/domain/node/lifecycle";
import type { Difference, NodeTypeSpec } from "#lib/domain/node/node-type";
import type { AcceptedDifference } from "#lib/domain/node/variant";

/** The hardware that is expected: discovery is compared with it field by field. */
export const nodeTypes = pgTable(
  "node_types",
  {
    id: id("nodeType", "id").primaryKey(),
    name: text("name").notNull(),
    spec: jsonb("spec").$type<NodeTypeSpec>().notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("node_types_name").on(t.name)],
);

export const nodes = pgTable(
  "nodes",
  {
    id: id("node", "id").primaryKey(),
    name: text("name").notNull(),
    rackId: id("rack", "rack_id")
      .notNull()
      .references(() => racks.id),
    /** Lowest unit of the rack it fills, when known. */
    unit: integer("unit"),
    nodeTypeId: id("nodeType", "node_type_id")
      .notNull()
      .references(() => nodeTypes.id),

    lifecycle: text("lifecycle", { enum: nodeLifecycles }).notNull().default("enrolled"),
    lifecycleSince: instant("lifecycle_since").notNull().defaultNow(),
    /** Why it is where it is, in words: set for failed and quarantined. */
    lifecycleReason: text("lifecycle_reason"),
    /** Raised by every move; writers name the one they read. */
    generation: integer("generation").notNull().default(0),

    powerObserved: text("power_observed", { enum: powerStates }).notNull().default("unknown"),
    powerObservedAt: instant("power_observed_at"),
    health: text("health", { enum: nodeHealths }).notNull().default("unknown"),
    healthReasons: jsonb("health_reasons").$type<string[]>().notNull().default([]),
    maintenance: boolean("maintenance").notNull().default(false),
    cordoned: boolean("cordoned").notNull().default(false),
    flagReason: text("flag_reason"),

    controllerAddress: text("controller_address").notNull(),
    controllerProtocol: text("controller_protocol", { enum: controllerProtocols })
      .notNull()
      .default("redfish"),
    /**
     * What the controller says is its own: the UUID of its service root, or IPMI's GUID. Two nodes
     * with the same one are one controller under two addresses.
     */
    controllerUuid: text("controller_uuid"),
    controllerState: text("controller_state", { enum: controllerStates })
      .notNull()
      .default("unknown"),
    controllerStateAt: instant("controller_state_at"),
    /** What the controller showed when it was first asked; nothing was sent to it. */
    presentedFingerprint: text("presented_fingerprint"),
    presentedCertificate: text("presented_certificate"),
    /** What an operator confirmed: from then on the only certificate we speak to. */
    controllerFingerprint: text("controller_fingerprint"),
    controllerCertificate: text("controller_certificate"),
    controllerVendor: text("controller_vendor"),
    controllerProduct: text("controller_product"),

    /** Lower case with colons: what a network boot is recognised by. */
    bootMac: text("boot_mac"),
    /** Where the operating system answers; entered, or learnt from the last phone-home. */
    address: text("address"),
    addressEntered: boolean("address_entered").notNull().default(false),
    exporterPort: integer("exporter_port").notNull().default(9400),

    inventory: jsonb("inventory").$type<Inventory>(),
    inventoryAt: instant("inventory_at"),
    /** Where it lies on InfiniBand, told from its ports' places; null where that is not known. */
    fabricKey: text("fabric_key"),
    leafKeys: jsonb("leaf_keys").$type<string[]>(),
    differences: jsonb("differences").$type<Difference[]>().notNull().default([]),
    acceptedDifferences: jsonb("accepted_differences")
      .$type<AcceptedDifference[]>()
      .notNull()
      .default([]),
    serial: text("serial"),
    sanitizedAt: instant("sanitized_at"),
    /** The last hold on it. A hold that is over keeps nobody from the node. */
    holdId: id("hold", "hold_id"),
    holdUntil: instant("hold_until"),
    telemetryError: text("telemetry_error"),
    telemetryErrorSince: instant("telemetry_error_since"),
    /** The same of its host's exporter. A node without one is nothing to be told of. */
    hostTelemetryError: text("host_telemetry_error"),
    hostTelemetryErrorSince: instant("host_telemetry_error_since"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("nodes_name").on(t.name).where(sql`${t.lifecycle} <> 'retired'`),
    uniqueIndex("nodes_controller").on(t.controllerAddress).where(sql`${t.lifecycle} <> 'retired'`),
    // One controller is one node, and one port boots one node, whatever was entered.
    uniqueIndex("nodes_controller_uuid")
      .on(t.controllerUuid)
      .where(sql`${t.lifecycle} <> 'retired'`),
    uniqueIndex("nodes_boot_mac").on(t.bootMac).where(sql`${t.lifecycle} <> 'retired'`),
    index("nodes_by_lifecycle").on(t.lifecycle, t.nodeTypeId),
    // By which the same machine is found again under another name.
    index("nodes_by_serial").on(t.serial),
    check("nodes_hold_has_an_end", sql`(${t.holdId} is null) = (${t.holdUntil} is null)`),
    check("nodes_unit_is_positive", sql`${t.unit} is null or ${t.unit} > 0`),
  ],
);

/**
 * Sign-in data of controllers, sealed so that only the worker's private key opens it. The portal
 * may write a row and read its state, never its content.
 */
export const controllerCredentials = pgTable("controller_credentials", {
  nodeId: id("node", "node_id")
    .primaryKey()
    .references(() => nodes.id, { onDelete: "cascade" }),
  sealed: text("sealed").notNull(),
  version: integer("version").notNull().default(1),
  /** `rejected`: one sign-in failed, and nobody tries this version again. */
  state: text("state", { enum: ["untried", "good", "rejected"] })
    .notNull()
    .default("untried"),
  changedAt: instant("changed_at").notNull().defaultNow(),
});
