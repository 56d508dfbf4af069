import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { environments } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import { callOutcomes } from "#lib/domain/hook/answer";
import { hookPoints, hookRunStates, type TemplateHook } from "#lib/domain/hook/hook";
import type { ActorId } from "#lib/domain/id";

/**
 * An HTTPS endpoint of the platform team's own that takes part in operations. The secret that signs
 * the calls is sealed for the worker: it is shown once, when it is made.
 */
export const providers = pgTable(
  "providers",
  {
    id: id("provider", "id").primaryKey(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    /** `host:port`, and where on it. */
    address: text("address").notNull(),
    path: text("path").notNull(),
    /** Its own certificate or the authority's that issued it; null: any that this machine trusts. */
    certificatePem: text("certificate_pem"),
    sealedSecret: text("sealed_secret").notNull(),
    state: text("state", { enum: ["active", "retired"] })
      .notNull()
      .default("active"),
    /** An operator wants it to be asked how it is; null when that is done. */
    checkRequestedAt: instant("check_requested_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** When its address, certificate or description was changed last, and by whom; null: not since it was registered. */
    changedAt: instant("changed_at").notNull().defaultNow(),
    changedByName: text("changed_by_name"),
  },
  (t) => [uniqueIndex("providers_name").on(t.name)],
);

/** Each call and what came of it: the health of a provider. Nothing of what was sent is kept here. */
export const providerCalls = pgTable(
  "provider_calls",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    providerId: id("provider", "provider_id")
      .notNull()
      .references(() => providers.id),
    /** Of a hook's run, or of a dry run; neither for a check. */
    hookRunId: id("hookRun", "hook_run_id"),
    dryCallId: id("dryCall", "dry_call_id"),
    at: instant("at").notNull().defaultNow(),
    durationMs: integer("duration_ms").notNull(),
    outcome: text("outcome", { enum: callOutcomes }).notNull(),
    words: text("words").notNull().default(""),
  },
  (t) => [
    index("provider_calls_by_provider").on(t.providerId, t.id),
    index("provider_calls_by_run").on(t.hookRunId, t.id),
  ],
);

/**
 * One run of a hook in an environment's operation, kept when it has ended. `round` is raised when it
 * is run again alone. Values of secret inputs are in no column.
 */
export const hookRuns = pgTable(
  "hook_runs",
  {
    id: id("hookRun", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    environmentId: id("environment", "environment_id").notNull(),
    /** The environment's operation, not a node's. */
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    point: text("point", { enum: hookPoints }).notNull(),
    /** Among the hooks of its point. */
    position: integer("position").notNull(),
    round: integer("round").notNull().default(0),
    /** As the template version defined it. */
    definition: jsonb("definition").$type<TemplateHook>().notNull(),
    /** Whether nodes wait for it. */
    isGate: boolean("is_gate").notNull(),

    state: text("state", { enum: hookRunStates }).notNull().default("ready"),
    /** What it waits for, or why it ended as it did, in words. */
    words: text("words").notNull().default(""),
    /** Calls that came to nothing since it last said something, and the one under way. */
    attempt: integer("attempt").notNull().default(0),
    input: jsonb("input").$type<Record<string, unknown>>().notNull(),
    outputs: jsonb("outputs").$type<Record<string, unknown>>(),
    /** Of what its provider wrote with its answers the beginning, the end, and how many bytes between are not kept. */
    log: text("log").notNull().default(""),
    logTail: text("log_tail").notNull().default(""),
    logLeftOut: integer("log_left_out").notNull().default(0),
    /** How often its provider was asked in all, whatever came of it. */
    calls: integer("calls").notNull().default(0),
    /** What the provider had kept with its answer; `turn` is raised by each write of it. */
    saved: jsonb("saved").$type<unknown>(),
    turn: integer("turn").notNull().default(0),
    /** The number of the call whose answer gave `saved`: which of several was the last, whatever a clock says. */
    answeredBy: bigint("answered_by", { mode: "number" }),

    decidedBy: text("decided_by").$type<ActorId>(),
    decidedByName: text("decided_by_name"),
    decidedAt: instant("decided_at"),

    // As of operations: raised by every claim, named by every commit.
    fence: bigint("fence", { mode: "number" }).notNull().default(0),
    leaseUntil: instant("lease_until"),
    runAfter: instant("run_after").notNull().defaultNow(),
    createdAt: instant("created_at").notNull().defaultNow(),
    startedAt: instant("started_at"),
    deadlineAt: instant("deadline_at"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    uniqueIndex("hook_runs_once").on(t.operationId, t.name, t.round),
    index("hook_runs_by_environment").on(t.environmentId, t.createdAt),
    index("hook_runs_by_tenant").on(t.tenantId, t.createdAt),
    index("hook_runs_due").on(t.runAfter).where(sql`${t.state} in ('ready','running','waiting')`),
    index("hook_runs_left_over")
      .on(t.operationId)
      .where(sql`${t.state} = 'failed' and ${t.input} ->> 'event' = 'destroy'`),
    foreignKey({
      name: "hook_runs_environment",
      columns: [t.tenantId, t.projectId, t.environmentId],
      foreignColumns: [environments.tenantId, environments.projectId, environments.id],
    }),
  ],
);

/**
 * Values of secret inputs, sealed for the worker: the portal may write one, never read one back. A row never
 * changes: another value is another row, and the newest of a name stands. Nodes may still have an older one,
 * which is hidden in what they write until they have been reinstalled.
 */
export const environmentSecrets = pgTable(
  "environment_secrets",
  {
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    environmentId: id("environment", "environment_id").notNull(),
    name: text("name").notNull(),
    /** The later a value was given, the greater: whoever gives one holds the environment. */
    id: bigserial("id", { mode: "number" }).notNull(),
    sealedValue: text("sealed_value").notNull(),
    givenAt: instant("given_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.environmentId, t.name, t.id] }),
    foreignKey({
      name: "environment_secrets_environment",
      columns: [t.tenantId, t.projectId, t.environmentId],
      foreignColumns: [environments.tenantId, environments.projectId, environments.id],
    }),
  ],
);
