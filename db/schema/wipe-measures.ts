import { index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { allocations } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { measureKinds, measureOutcomes } from "#lib/domain/node/wipe-measure";

/**
 * What a wipe did beside the drives: to the controller and to the firmware's settings. One row for
 * each per wipe, with whose time on the node it was that came before. Words without secrets: a
 * tenant reads its own.
 */
export const wipeMeasures = pgTable(
  "wipe_measures",
  {
    id: id("wipeMeasure", "id").primaryKey(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id),
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id),
    allocationId: id("allocation", "allocation_id").references(() => allocations.id),
    tenantId: id("tenant", "tenant_id"),
    environmentId: id("environment", "environment_id"),
    kind: text("kind", { enum: measureKinds }).notNull(),
    outcome: text("outcome", { enum: measureOutcomes }).notNull(),
    /** One sentence for tenants and operators alike. */
    words: text("words").notNull(),
    at: instant("at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("wipe_measures_one_of_a_kind").on(t.operationId, t.kind),
    index("wipe_measures_by_node").on(t.nodeId),
    index("wipe_measures_by_environment").on(t.tenantId, t.environmentId),
  ],
);
