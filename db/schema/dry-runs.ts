import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { templateVersions } from "#db/schema/catalogue";
import { id, instant } from "#db/schema/columns";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { dryAnswers, dryCallStates } from "#lib/domain/hook/dry-run";
import { hookPoints, type TemplateHook } from "#lib/domain/hook/hook";
import type { ActorId } from "#lib/domain/id";
import { environmentOperationKinds } from "#lib/domain/operation/operation";

/**
 * One dry run of a template version's hooks, or of one past run of a hook: providers are asked with the
 * mark that says that nothing may be changed, and scripts run on a node that is lent for them. It belongs
 * to no tenant, and none sees it.
 */
export const dryRuns = pgTable(
  "dry_runs",
  {
    id: id("dryRun", "id").primaryKey(),
    templateVersionId: id("templateVersion", "template_version_id")
      .notNull()
      .references(() => templateVersions.id, { onDelete: "cascade" }),
    /** The past run whose input it replays; null where an operator entered the values. */
    replayOf: id("hookRun", "replay_of").references(() => hookRuns.id, { onDelete: "cascade" }),
    /** What earlier hooks had given before the run that is replayed, by hook. */
    outputs: jsonb("outputs").$type<Record<string, unknown>>().notNull().default({}),
    /** Of a rehearsal: what boots the node that is lent, and wipes it at its end. */
    operationId: id("operation", "operation_id").references(() => operations.id, {
      onDelete: "cascade",
    }),
    requestedBy: text("requested_by").$type<ActorId>().notNull(),
    requestedByName: text("requested_by_name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** What is not asked by then is not asked any more. */
    deadlineAt: instant("deadline_at").notNull(),
  },
  (t) => [
    index("dry_runs_by_version").on(t.templateVersionId, t.id),
    index("dry_runs_by_replayed").on(t.replayOf, t.id),
    index("dry_runs_by_age").on(t.createdAt),
    uniqueIndex("dry_runs_by_operation").on(t.operationId),
  ],
);

/** One question of a dry run to one provider, asked once, or one script; and what came of it. */
export const dryCalls = pgTable(
  "dry_calls",
  {
    id: id("dryCall", "id").primaryKey(),
    dryRunId: id("dryRun", "dry_run_id")
      .notNull()
      .references(() => dryRuns.id, { onDelete: "cascade" }),
    /** In this order they are asked, one after the other. */
    position: integer("position").notNull(),
    name: text("name").notNull(),
    point: text("point", { enum: hookPoints }).notNull(),
    operation: text("operation", { enum: environmentOperationKinds }).notNull(),
    /** As the template version defined it. */
    definition: jsonb("definition").$type<TemplateHook>().notNull(),
    /** As of a hook's run; values of secrets are not in it. */
    input: jsonb("input").$type<Record<string, unknown>>().notNull(),

    state: text("state", { enum: dryCallStates }).notNull().default("ready"),
    answer: text("answer", { enum: dryAnswers }),
    words: text("words").notNull().default(""),
    outputs: jsonb("outputs").$type<Record<string, unknown>>(),
    log: text("log").notNull().default(""),
    durationMs: integer("duration_ms"),

    // As of hooks' runs: raised by every claim, named by every commit.
    fence: bigint("fence", { mode: "number" }).notNull().default(0),
    leaseUntil: instant("lease_until"),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    uniqueIndex("dry_calls_once").on(t.dryRunId, t.position),
    index("dry_calls_open").on(t.id).where(sql`${t.state} in ('ready','running')`),
    check("dry_calls_answered", sql`(${t.state} = 'ended') = (${t.answer} is not null)`),
  ],
);
