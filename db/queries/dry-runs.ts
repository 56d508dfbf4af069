import { and, asc, eq, inArray, isNull, lt, not, notInArray, or, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import {
  announce,
  announceWork,
  Fenced,
  wakeOperations,
  wakeWorkers,
} from "#db/queries/operations";
import { endOpenScripts } from "#db/queries/script-runs";
import { templateVersions } from "#db/schema/catalogue";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { dryRunSeconds } from "#lib/domain/hook/dry-run";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import { type ActorId, type Id, newId } from "#lib/domain/id";
import {
  type EnvironmentOperation,
  liveOperationStates,
  type OperationState,
} from "#lib/domain/operation/operation";

type Reader = Database | Transaction;

export type DryCallRow = typeof dryCalls.$inferSelect;

/** A call as its worker needs it: with how long its dry run may still take; 0 and less when its time is over. */
export type ClaimedDryCall = DryCallRow & { leftMs: number };

/** Whether a dry run of this version is under way. The version's row has to be held. */
export async function isDryRunning(
  tx: Transaction,
  templateVersionId: Id<"templateVersion">,
): Promise<boolean> {
  const [open] = await tx
    .select({ id: dryCalls.id })
    .from(dryCalls)
    .innerJoin(dryRuns, eq(dryRuns.id, dryCalls.dryRunId))
    .where(and(eq(dryRuns.templateVersionId, templateVersionId), isOpen))
    .limit(1);
  return open !== undefined;
}

/** Writes a dry run with its calls, in their order, and wakes the workers. */
export async function insertDryRun(
  tx: Transaction,
  run: {
    templateVersionId: Id<"templateVersion">;
    replayOf?: Id<"hookRun">;
    outputs?: Record<string, unknown>;
    /** Of a rehearsal. */
    operationId?: Id<"operation">;
    requestedBy: ActorId;
    requestedByName: string;
    calls: readonly {
      hook: TemplateHook;
      operation: EnvironmentOperation;
      input: Record<string, unknown>;
      skipped: string | null;
    }[];
  },
): Promise<Id<"dryRun">> {
  const { calls, ...rest } = run;
  const id = newId("dryRun");
  const scripts = calls
    .filter(({ hook, skipped }) => runsOnNodes(hook) && skipped === null)
    .map(({ hook }) => hook.seconds);
  await tx.insert(dryRuns).values({
    ...rest,
    id,
    createdAt: sql`now()`,
    deadlineAt: sql`now() + make_interval(secs => ${dryRunSeconds(calls.length, scripts)}::integer)`,
  });
  await tx.insert(dryCalls).values(
    calls.map(({ hook, operation, input, skipped }, position) => ({
      id: newId("dryCall"),
      dryRunId: id,
      position,
      name: hook.name,
      point: hook.point,
      operation,
      definition: hook,
      input,
      // It is never claimed. Workers that know no scripts of dry runs pass over it for this.
      ...(runsOnNodes(hook) ? { leaseUntil: sql`now() + interval '1 year'` } : {}),
      ...(skipped ? { state: "skipped" as const, words: skipped, finishedAt: sql`now()` } : {}),
    })),
  );
  await announce(tx, `dry_run:${id}`);
  await wakeWorkers(tx);
  return id;
}

/**
 * Takes up to `limit` calls of providers for `leaseMs`, as runs of hooks are claimed: one whose holder is
 * gone is taken over and its fence raised. The calls of one dry run are made one after the other, and a
 * script's is the node's that is lent.
 */
export async function claimDryCalls(
  db: Database,
  input: { leaseMs: number; limit: number },
): Promise<ClaimedDryCall[]> {
  if (input.limit <= 0) return [];
  const due = db
    .select({ id: dryCalls.id })
    .from(dryCalls)
    .where(
      and(
        isOpen,
        not(isScript),
        or(isNull(dryCalls.leaseUntil), sql`${dryCalls.leaseUntil} < now()`),
        sql`not exists (select from dry_calls earlier
          where earlier.dry_run_id = ${dryCalls.dryRunId} and earlier.position < ${dryCalls.position}
            and earlier.state in ('ready', 'running'))`,
      ),
    )
    .orderBy(asc(dryCalls.id))
    .limit(input.limit)
    .for("no key update", { skipLocked: true });
  const rows = await db
    .update(dryCalls)
    .set({
      state: "running",
      fence: sql`${dryCalls.fence} + 1`,
      leaseUntil: sql`now() + ${`${input.leaseMs} milliseconds`}::interval`,
      startedAt: sql`coalesce(${dryCalls.startedAt}, now())`,
    })
    .where(sql`${dryCalls.id} = any(array(${due}))`)
    .returning();
  if (rows.length === 0) return [];
  const ids = [...new Set(rows.map((row) => row.dryRunId))];
  const runs = await db
    .select({
      id: dryRuns.id,
      leftMs: sql<number>`(extract(epoch from ${dryRuns.deadlineAt} - now()) * 1000)::float8`,
    })
    .from(dryRuns)
    .where(inArray(dryRuns.id, ids));
  return rows.flatMap((row) => {
    const run = runs.find((each) => each.id === row.dryRunId);
    return run ? [{ ...row, leftMs: run.leftMs }] : [];
  });
}

/** Prolongs the lease of a call; false when it was lost. */
export async function renewDryCall(
  db: Database,
  call: Pick<DryCallRow, "id" | "fence">,
  leaseMs: number,
): Promise<boolean> {
  const rows = await db
    .update(dryCalls)
    .set({ leaseUntil: sql`now() + ${`${leaseMs} milliseconds`}::interval` })
    .where(held(call))
    .returning({ id: dryCalls.id });
  return rows.length === 1;
}

/**
 * What the calls before this one gave that the same dry run has made, or all of them, by hook; in a replay
 * what hooks had given before the run that is replayed, too.
 */
export async function listDryOutputs(
  db: Reader,
  call: Pick<DryCallRow, "dryRunId"> & { position?: number },
): Promise<Record<string, unknown>> {
  const rows = await db
    .select({ name: dryCalls.name, outputs: dryCalls.outputs })
    .from(dryCalls)
    .where(
      and(
        eq(dryCalls.dryRunId, call.dryRunId),
        call.position === undefined ? undefined : lt(dryCalls.position, call.position),
      ),
    )
    .orderBy(asc(dryCalls.position));
  const [run] = await db
    .select({ recorded: dryRuns.outputs })
    .from(dryRuns)
    .where(eq(dryRuns.id, call.dryRunId));
  const given = rows.flatMap((row) => (row.outputs ? [[row.name, row.outputs]] : []));
  return { ...run?.recorded, ...Object.fromEntries(given) };
}

/** Writes what came of a call, if this holder still has it. Throws `Fenced` otherwise. */
export async function endDryCall(
  tx: Transaction,
  call: Pick<DryCallRow, "id" | "fence">,
  end: Pick<DryCallRow, "answer" | "words" | "outputs" | "log" | "durationMs">,
): Promise<void> {
  const [row] = await tx
    .update(dryCalls)
    .set({ ...end, state: "ended", leaseUntil: null, finishedAt: sql`now()` })
    .where(held(call))
    .returning({ dryRunId: dryCalls.dryRunId });
  if (!row) throw new Fenced();
  await announce(tx, `dry_run:${row.dryRunId}`);
  // The next one of the same dry run, or a node that is lent to it.
  await wakeOperations(
    tx,
    eq(operations.id, sql`(select d.operation_id from dry_runs d where d.id = ${row.dryRunId})`),
  );
}

/** A call of a rehearsal that has not ended. */
export type RehearsedCall = DryCallRow & { isScript: boolean };

/** What is still to be done in the dry run that an operation rehearses, in order. */
export async function listOpenCalls(
  db: Reader,
  operationId: Id<"operation">,
): Promise<RehearsedCall[]> {
  const rows = await db
    .select({ call: dryCalls })
    .from(dryCalls)
    .innerJoin(dryRuns, eq(dryRuns.id, dryCalls.dryRunId))
    .where(and(eq(dryRuns.operationId, operationId), isOpen))
    .orderBy(asc(dryCalls.position));
  return rows.map(({ call }) => ({ ...call, isScript: runsOnNodes(call.definition) }));
}

/**
 * The template version that an operation rehearses, the past run of a hook that it replays, null where it
 * replays none, and what hooks have given by then.
 */
export async function findRehearsed(db: Reader, operationId: Id<"operation">) {
  const [row] = await db
    .select({
      id: dryRuns.id,
      version: templateVersions,
      replayed: { definition: hookRuns.definition, projectId: hookRuns.projectId },
    })
    .from(dryRuns)
    .innerJoin(templateVersions, eq(templateVersions.id, dryRuns.templateVersionId))
    .leftJoin(hookRuns, eq(hookRuns.id, dryRuns.replayOf))
    .where(eq(dryRuns.operationId, operationId));
  if (!row) throw new Error(`operation ${operationId} rehearses no dry run`);
  const { id, ...rest } = row;
  return { ...rest, outputs: await listDryOutputs(db, { dryRunId: id }) };
}

/** A script's turn has come: its time runs from the first time that this is asked. */
export async function beginDryScript(
  db: Reader,
  id: Id<"dryCall">,
): Promise<{ isExpired: boolean }> {
  const [row] = await db
    .update(dryCalls)
    .set({ state: "running", startedAt: sql`coalesce(${dryCalls.startedAt}, now())` })
    .where(and(eq(dryCalls.id, id), isOpen))
    .returning({
      isExpired: sql<boolean>`now() >= ${scriptDeadline}`,
      hasBegun: sql<boolean>`${dryCalls.startedAt} = now()`,
      dryRunId: dryCalls.dryRunId,
    });
  if (row?.hasBegun) await announce(db, `dry_run:${row.dryRunId}`);
  return { isExpired: row?.isExpired ?? false };
}

/** When the script of a dry run that has begun has to have ended. */
export const scriptDeadline = sql`${dryCalls.startedAt}
  + make_interval(secs => (${dryCalls.definition} ->> 'seconds')::float8)`;

type ScriptEnd = Pick<DryCallRow, "answer" | "words" | "outputs">;

/** Writes how the script of a dry run has ended, with what is open of it, unless it has ended already. */
export async function endDryScript(
  tx: Transaction,
  id: Id<"dryCall">,
  end: ScriptEnd,
): Promise<void> {
  // Scripts before their call, in the order in which the boot server locks them.
  await endOpenScripts(tx, { dryCallIds: [id] });
  const [row] = await tx
    .update(dryCalls)
    .set({
      ...end,
      state: "ended",
      finishedAt: sql`now()`,
      durationMs: sql`(extract(epoch from now() - ${dryCalls.startedAt}) * 1000)::integer`,
    })
    .where(and(eq(dryCalls.id, id), isOpen))
    .returning({ dryRunId: dryCalls.dryRunId });
  if (!row) return;
  await announceWork(tx, `dry_run:${row.dryRunId}`);
}

/** The scripts of dry runs whose node is not theirs any more, with why. */
export async function listForsaken(
  db: Reader,
): Promise<{ id: Id<"dryCall">; state: OperationState; reason: string | null }[]> {
  return db
    .select({ id: dryCalls.id, state: operations.state, reason: operations.reason })
    .from(dryCalls)
    .innerJoin(dryRuns, eq(dryRuns.id, dryCalls.dryRunId))
    .innerJoin(operations, eq(operations.id, dryRuns.operationId))
    .where(and(isOpen, isScript, notInArray(operations.state, [...liveOperationStates])));
}

const isOpen = inArray(dryCalls.state, ["ready", "running"]);
/** What is no provider's runs on the node. */
const isScript = sql`${dryCalls.definition} ->> 'kind' <> 'http'`;

function held(call: Pick<DryCallRow, "id" | "fence">) {
  return and(
    eq(dryCalls.id, call.id),
    eq(dryCalls.fence, call.fence),
    eq(dryCalls.state, "running"),
  );
}
