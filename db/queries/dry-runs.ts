import { and, asc, eq, inArray, isNull, lt, or, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { announce, Fenced, wakeWorkers } from "#db/queries/operations";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { dryRunSeconds } from "#lib/domain/hook/dry-run";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { type ActorId, type Id, newId } from "#lib/domain/id";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";

export type DryCallRow = typeof dryCalls.$inferSelect;

/** A call as its worker needs it: with its run's deadline, and what earlier hooks gave before it. */
export type ClaimedDryCall = DryCallRow & {
  /** How long its dry run may still take; 0 and less when its time is over. */
  leftMs: number;
  /** Of a replay: what earlier hooks had given before the run that is replayed. */
  recordedOutputs: Record<string, unknown>;
};

/** Whether a dry run of this version is under way. The version's row has to be held. */
export async function isDryRunning(
  tx: Transaction,
  templateVersionId: Id<"templateVersion">,
): Promise<boolean> {
  const [open] = await tx
    .select({ id: dryCalls.id })
    .from(dryCalls)
    .innerJoin(dryRuns, eq(dryRuns.id, dryCalls.dryRunId))
    .where(
      and(
        eq(dryRuns.templateVersionId, templateVersionId),
        inArray(dryCalls.state, ["ready", "running"]),
      ),
    )
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
  await tx.insert(dryRuns).values({
    ...rest,
    id,
    createdAt: sql`now()`,
    deadlineAt: sql`now() + make_interval(secs => ${dryRunSeconds(calls.length)}::integer)`,
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
      ...(skipped ? { state: "skipped" as const, words: skipped, finishedAt: sql`now()` } : {}),
    })),
  );
  await announce(tx, `dry_run:${id}`);
  await wakeWorkers(tx);
  return id;
}

/**
 * Takes up to `limit` calls for `leaseMs`, as runs of hooks are claimed: one whose holder is gone is
 * taken over and its fence raised. The calls of one dry run are made one after the other.
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
        inArray(dryCalls.state, ["ready", "running"]),
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
      outputs: dryRuns.outputs,
      leftMs: sql<number>`(extract(epoch from ${dryRuns.deadlineAt} - now()) * 1000)::float8`,
    })
    .from(dryRuns)
    .where(inArray(dryRuns.id, ids));
  return rows.flatMap((row) => {
    const run = runs.find((each) => each.id === row.dryRunId);
    return run ? [{ ...row, leftMs: run.leftMs, recordedOutputs: run.outputs }] : [];
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

/** What the calls before this one gave that the same dry run has made, by hook. */
export async function listDryOutputs(
  db: Database,
  call: Pick<DryCallRow, "dryRunId" | "position">,
): Promise<Record<string, unknown>> {
  const rows = await db
    .select({ name: dryCalls.name, outputs: dryCalls.outputs })
    .from(dryCalls)
    .where(and(eq(dryCalls.dryRunId, call.dryRunId), lt(dryCalls.position, call.position)))
    .orderBy(asc(dryCalls.position));
  return Object.fromEntries(rows.flatMap((row) => (row.outputs ? [[row.name, row.outputs]] : [])));
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
  // The next one of the same dry run.
  await wakeWorkers(tx);
}

function held(call: Pick<DryCallRow, "id" | "fence">) {
  return and(
    eq(dryCalls.id, call.id),
    eq(dryCalls.fence, call.fence),
    eq(dryCalls.state, "running"),
  );
}
