import { bigserial, index, jsonb, pgTable } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import type { ConformanceReport } from "#lib/domain/node/conformance";
import type { ControllerRecord } from "#lib/domain/node/controller-record";
import type {
  InventoryAccount,
  InventoryLogEntry,
  InventoryReading,
  InventorySource,
} from "#lib/domain/node/inventory";
import type { InventoryChange } from "#lib/domain/node/inventory-change";

/**
 * What the last discovery found beside the parts of a node. Kept apart from the node because a
 * tenant may read the rows of free nodes, and none of this is a tenant's business.
 */
export const nodeFindings = pgTable("node_findings", {
  nodeId: id("node", "node_id")
    .primaryKey()
    .references(() => nodes.id, { onDelete: "cascade" }),
  at: instant("at").notNull().defaultNow(),
  conformance: jsonb("conformance").$type<ConformanceReport>(),
  sources: jsonb("sources").$type<InventorySource[]>().notNull().default([]),
  unread: jsonb("unread").$type<{ path: string; reason: string }[]>().notNull().default([]),
  readings: jsonb("readings").$type<InventoryReading[]>().notNull().default([]),
  log: jsonb("log").$type<InventoryLogEntry[]>().notNull().default([]),
  /** The controller's accounts; null while they are not known. */
  accounts: jsonb("accounts").$type<InventoryAccount[]>(),
  /** What the controller was when the node last became available: what a wipe compares it with. */
  record: jsonb("record").$type<ControllerRecord>(),
});

/** What changed in a node from one inventory to the next; one row for each that differs. */
export const nodeChanges = pgTable(
  "node_changes",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id, { onDelete: "cascade" }),
    operationId: id("operation", "operation_id").references(() => operations.id, {
      onDelete: "set null",
    }),
    at: instant("at").notNull().defaultNow(),
    changes: jsonb("changes").$type<InventoryChange[]>().notNull(),
  },
  (t) => [index("node_changes_by_node").on(t.nodeId, t.id)],
);
