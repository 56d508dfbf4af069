import { boolean, index, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { allocations } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import type { SanitizedDevice } from "#lib/domain/boot/sanitize-report";

/**
 * What a wipe did to each device of a node, and what was made of it: written once, with the step
 * that judged it, and kept longer than the operation's log.
 */
export const sanitizations = pgTable(
  "sanitizations",
  {
    id: id("sanitization", "id").primaryKey(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id),
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id),
    /** Whose data it was that was wiped; null when nobody held the node since the wipe before. */
    allocationId: id("allocation", "allocation_id").references(() => allocations.id),
    tenantId: id("tenant", "tenant_id"),
    environmentId: id("environment", "environment_id"),
    /** Name and version of the program that wiped. */
    tool: text("tool").notNull(),
    devices: jsonb("devices").$type<SanitizedDevice[]>().notNull(),
    accepted: boolean("accepted").notNull(),
    verdict: text("verdict").notNull(),
    judgedAt: instant("judged_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("sanitizations_one_per_operation").on(t.operationId),
    index("sanitizations_by_node").on(t.nodeId, t.judgedAt),
    index("sanitizations_by_environment").on(t.tenantId, t.environmentId),
  ],
);
