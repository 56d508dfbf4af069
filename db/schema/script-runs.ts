import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { dryCalls } from "#db/schema/dry-runs";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { scriptRunStates } from "#lib/domain/hook/script";

/**
 * One attempt at a script on one node: of a hook, or of a dry run, which is of no tenant. The row is the
 * order: a node is offered what is here and open, and one runner begins it. Values of secrets are hidden
 * in all that a node sends of it.
 */
export const scriptRuns = pgTable(
  "script_runs",
  {
    id: id("scriptRun", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id"),
    projectId: id("project", "project_id"),
    environmentId: id("environment", "environment_id"),
    hookRunId: id("hookRun", "hook_run_id").references(() => hookRuns.id, { onDelete: "cascade" }),
    dryCallId: id("dryCall", "dry_call_id").references(() => dryCalls.id, { onDelete: "cascade" }),
    /** The node's operation that waits for it; the environment's, where no node's does. */
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id, { onDelete: "cascade" }),
    /** Whose node may fetch and report it; null for a node that is lent, which is known by its operation. */
    allocationId: id("allocation", "allocation_id").references(() => allocations.id, {
      onDelete: "cascade",
    }),
    hostname: text("hostname").notNull(),
    attempt: integer("attempt").notNull(),
    state: text("state", { enum: scriptRunStates }).notNull().default("offered"),
    /** The runner that began it, by the name it made for itself. */
    begunBy: text("begun_by"),
    /** When that runner was last heard; null of one that has not said it would let itself be heard. */
    heardAt: instant("heard_at"),
    exitCode: integer("exit_code"),
    /** Why it ended as it did. */
    words: text("words").notNull().default(""),
    outputs: jsonb("outputs").$type<Record<string, unknown>>(),
    /** The beginning of what it wrote, its end, and how many bytes between them are not kept. */
    log: text("log").notNull().default(""),
    logTail: text("log_tail").notNull().default(""),
    logLeftOut: integer("log_left_out").notNull().default(0),
    /** Values that are hidden in what comes, where no boot window has them; sealed, gone when it has ended. */
    sealedSecrets: text("sealed_secrets"),
    /** The end of what came, which may be the beginning of a secret; sealed, gone when it has ended. */
    sealedEnd: text("sealed_end"),
    /** How many bytes the node has sent of its log. */
    logBytes: integer("log_bytes").notNull().default(0),
    createdAt: instant("created_at").notNull().defaultNow(),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    // One order for each attempt on each node, however often a worker comes to give it.
    uniqueIndex("script_runs_once").on(t.hookRunId, t.allocationId, t.attempt),
    uniqueIndex("script_runs_once_dry").on(t.dryCallId, t.attempt),
    index("script_runs_by_operation").on(t.operationId),
    index("script_runs_by_allocation").on(t.allocationId),
    index("script_runs_by_environment").on(t.environmentId, t.createdAt),
    // Of nothing that changes while it runs: each piece of a log writes the row.
    index("script_runs_running").on(t.id).where(sql`${t.state} = 'running'`),
    foreignKey({
      name: "script_runs_environment",
      columns: [t.tenantId, t.projectId, t.environmentId],
      foreignColumns: [environments.tenantId, environments.projectId, environments.id],
    }),
    check(
      "script_runs_of_one",
      sql`num_nonnulls(${t.hookRunId}, ${t.tenantId}, ${t.projectId}, ${t.environmentId})
        = case when ${t.dryCallId} is null then 4 else 0 end`,
    ),
  ],
);
