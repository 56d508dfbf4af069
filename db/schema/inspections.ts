import { bigserial, boolean, index, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { type BurnInOutcome, burnInResults, burnInTests } from "#lib/domain/inspection/burn-in";
import type { HostConflict } from "#lib/domain/inspection/conflicts";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import type { InspectionOrder } from "#lib/domain/inspection/order";

/**
 * What a host said of itself, and what was made of it: written once, with the step that judged it.
 * Of a host that fell silent there are no facts, and that is kept, too.
 */
export const inspections = pgTable(
  "inspections",
  {
    id: id("inspection", "id").primaryKey(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id, { onDelete: "cascade" }),
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id),
    ordered: jsonb("ordered").$type<InspectionOrder>().notNull(),
    /** Name and version of the program that inspected; null when it did not report. */
    tool: text("tool"),
    facts: jsonb("facts").$type<HostFacts>(),
    conflicts: jsonb("conflicts").$type<HostConflict[]>().notNull().default([]),
    accepted: boolean("accepted").notNull(),
    verdict: text("verdict").notNull(),
    judgedAt: instant("judged_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("inspections_one_per_operation").on(t.operationId),
    index("inspections_by_node").on(t.nodeId, t.judgedAt),
  ],
);

/** The tests of a burn-in, one row each, with what was measured. Never changed afterwards. */
export const burnIns = pgTable(
  "burn_ins",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    inspectionId: id("inspection", "inspection_id")
      .notNull()
      .references(() => inspections.id, { onDelete: "cascade" }),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id, { onDelete: "cascade" }),
    test: text("test", { enum: burnInTests }).notNull(),
    result: text("result", { enum: burnInResults }).notNull(),
    startedAt: instant("started_at").notNull(),
    endedAt: instant("ended_at").notNull(),
    figures: jsonb("figures").$type<BurnInOutcome["figures"]>().notNull(),
    words: text("words").notNull(),
    log: text("log").notNull(),
  },
  (t) => [
    uniqueIndex("burn_ins_once_per_inspection").on(t.inspectionId, t.test),
    index("burn_ins_by_node").on(t.nodeId, t.id),
  ],
);
