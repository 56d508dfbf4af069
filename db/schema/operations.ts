import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import type { ActorId } from "#lib/domain/id";
import {
  type OperationInput,
  operationKinds,
  operationPhases,
  operationStates,
  stepStates,
} from "#lib/domain/operation/operation";

/**
 * A durable change. A row with a node is carried out by a worker, step by step, under a lease; a
 * row with an environment and no node is settled by the last of its children, or, an action, by the
 * last of its hooks' runs.
 */
export const operations = pgTable(
  "operations",
  {
    id: id("operation", "id").primaryKey(),
    kind: text("kind", { enum: operationKinds }).notNull(),
    /** Of the workflow's steps: a worker that does not know it leaves the operation alone. */
    version: integer("version").notNull().default(1),
    tenantId: id("tenant", "tenant_id"),
    projectId: id("project", "project_id"),
    parentId: id("operation", "parent_id"),
    environmentId: id("environment", "environment_id").references(() => environments.id),
    nodeId: id("node", "node_id").references(() => nodes.id),
    allocationId: id("allocation", "allocation_id").references(() => allocations.id),

    state: text("state", { enum: operationStates }).notNull().default("ready"),
    phase: text("phase", { enum: operationPhases }).notNull().default("forward"),
    /** The step being done, by name; null before the first and after the last. */
    step: text("step"),
    stepSince: instant("step_since"),
    attempt: integer("attempt").notNull().default(0),
    /** What it waits for, in words. */
    waitReason: text("wait_reason"),
    /** Why it is going back or has ended badly, in words. */
    reason: text("reason"),
    abortRequested: boolean("abort_requested").notNull().default(false),
    /** Taken back because a hook said no: it ends as aborted, since the node is not to blame. */
    isWithdrawn: boolean("is_withdrawn").notNull().default(false),

    // Raised by every claim; a commit names the one it was claimed with, so a worker that lost its
    // lease can write nothing.
    fence: bigint("fence", { mode: "number" }).notNull().default(0),
    leaseOwner: text("lease_owner"),
    leaseUntil: instant("lease_until"),
    runAfter: instant("run_after").notNull().defaultNow(),

    requestedBy: text("requested_by").$type<ActorId>(),
    /** What was asked for, where the kind alone does not say it. */
    input: jsonb("input").$type<OperationInput>(),
    requestedByName: text("requested_by_name"),
    /** The same key is the same request: a double click makes one operation. */
    requestKey: text("request_key"),
    createdAt: instant("created_at").notNull().defaultNow(),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    uniqueIndex("operations_one_live_per_node")
      .on(t.nodeId)
      .where(sql`${t.nodeId} is not null and ${t.state} in ('ready','running','waiting','stuck')`),
    uniqueIndex("operations_one_action")
      .on(t.environmentId)
      .where(sql`${t.kind} = 'environment.act' and ${t.state} = 'running'`),
    uniqueIndex("operations_request_key").on(sql`coalesce(${t.tenantId}, '')`, t.requestKey),
    index("operations_due")
      .on(t.runAfter)
      .where(sql`${t.nodeId} is not null and ${t.state} in ('ready','running','waiting','stuck')`),
    index("operations_launching")
      .on(t.id)
      .where(sql`${t.kind} = 'environment.launch' and ${t.state} = 'running'`),
    index("operations_by_environment").on(t.environmentId, t.createdAt),
    index("operations_by_node").on(t.nodeId, t.createdAt),
    index("operations_by_parent").on(t.parentId),
    check(
      "operations_have_an_object",
      sql`${t.environmentId} is not null or ${t.nodeId} is not null`,
    ),
  ],
);

/** The journal: one row per step, kept after the operation has ended. */
export const operationSteps = pgTable(
  "operation_steps",
  {
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id, { onDelete: "cascade" }),
    tenantId: id("tenant", "tenant_id"),
    name: text("name").notNull(),
    position: integer("position").notNull(),
    state: text("state", { enum: stepStates }).notNull(),
    attempts: integer("attempts").notNull().default(1),
    startedAt: instant("started_at").notNull().defaultNow(),
    finishedAt: instant("finished_at"),
    detail: text("detail"),
    output: jsonb("output").$type<Record<string, unknown>>(),
  },
  (t) => [primaryKey({ columns: [t.operationId, t.name] })],
);

/** What an operation said while it worked; what a node reports about its own boot comes here too. */
export const operationLogs = pgTable(
  "operation_logs",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id, { onDelete: "cascade" }),
    tenantId: id("tenant", "tenant_id"),
    environmentId: id("environment", "environment_id"),
    nodeId: id("node", "node_id"),
    at: instant("at").notNull().defaultNow(),
    /** `node`: told by the node itself, which is its tenant's word and no evidence. */
    source: text("source", { enum: ["worker", "boot", "node"] }).notNull(),
    level: text("level", { enum: ["info", "warning", "error"] }).notNull(),
    step: text("step"),
    message: text("message").notNull(),
  },
  (t) => [
    index("operation_logs_by_operation").on(t.operationId, t.id),
    index("operation_logs_by_environment").on(t.environmentId, t.id),
  ],
);

/** Requests to controllers and what they answered, secrets removed: for operators only. */
export const exchanges = pgTable(
  "exchanges",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    operationId: id("operation", "operation_id").references(() => operations.id, {
      onDelete: "cascade",
    }),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id, { onDelete: "cascade" }),
    step: text("step"),
    at: instant("at").notNull(),
    method: text("method").notNull(),
    path: text("path").notNull(),
    status: integer("status"),
    durationMs: integer("duration_ms").notNull(),
    requestBody: text("request_body"),
    responseBody: text("response_body"),
    error: text("error"),
  },
  (t) => [
    index("exchanges_by_operation").on(t.operationId, t.id),
    index("exchanges_by_node").on(t.nodeId, t.id),
  ],
);
