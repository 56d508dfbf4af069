import { and, asc, eq, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import type { hookRuns } from "#db/schema/hooks";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { gateStepsOf } from "#lib/domain/hook/hook";
import { isStandingPoint } from "#lib/domain/hook/script";
import { type Id, newId } from "#lib/domain/id";
import { liveOperationStates } from "#lib/domain/operation/operation";

type Reader = Database | Transaction;

/** What an attempt leaves behind when it ends: nothing that is sealed. */
export const ended = { sealedEnd: null, sealedSecrets: null, finishedAt: sql`now()` };

/** What came of an attempt on a node; what it wrote is left out, since it is long. */
export type ScriptRunRow = Pick<
  typeof scriptRuns.$inferSelect,
  | "id"
  | "operationId"
  | "allocationId"
  | "attempt"
  | "state"
  | "startedAt"
  | "exitCode"
  | "words"
  | "outputs"
> & {
  /** Since it was ordered, or since its node, which runs one at a time, was done with another. */
  ignoredSeconds: number;
};

/** Whose script it is: a hook's in an environment's operation, or a dry run's, which is of no tenant. */
export type ScriptOwner =
  | {
      hookRunId: Id<"hookRun">;
      tenantId: Id<"tenant">;
      projectId: Id<"project">;
      environmentId: Id<"environment">;
    }
  | { dryCallId: Id<"dryCall"> };

/** Of which hooks' runs, or of which dry runs' calls. */
export type ScriptsOf =
  | { hookRunIds: readonly Id<"hookRun">[] }
  | { dryCallIds: readonly Id<"dryCall">[] };

/** A node on which the script of a hook is to run. */
export type ScriptPlace = {
  operationId: Id<"operation">;
  /** By which it is known; null for a node that is lent, which is known by its operation. */
  allocationId: Id<"allocation"> | null;
  hostname: string;
  isOff: boolean;
};

/**
 * The nodes on which the script of this run is to run, in the order of their names: those of its
 * operation that wait there, since those that went on are turned off or given to others; where none
 * waits, at a point of no operation on nodes, those that are handed over.
 */
export async function listScriptPlaces(
  db: Reader,
  run: Pick<typeof hookRuns.$inferSelect, "operationId" | "environmentId" | "point">,
): Promise<ScriptPlace[]> {
  const place = {
    allocationId: allocations.id,
    hostname: allocations.hostname,
    isOff: sql<boolean>`${nodes.powerObserved} = 'off'`,
  };
  if (isStandingPoint(run.point)) {
    const rows = await db
      .select(place)
      .from(allocations)
      .innerJoin(nodes, eq(nodes.id, allocations.nodeId))
      .where(
        and(
          eq(allocations.environmentId, run.environmentId),
          isNull(allocations.releasedAt),
          eq(nodes.lifecycle, "active"),
        ),
      )
      .orderBy(asc(allocations.hostname));
    return rows.map((row) => ({ ...row, operationId: run.operationId }));
  }
  return db
    .select({ ...place, operationId: operations.id })
    .from(operations)
    .innerJoin(allocations, eq(allocations.id, operations.allocationId))
    .innerJoin(nodes, eq(nodes.id, allocations.nodeId))
    .where(
      and(
        eq(operations.parentId, run.operationId),
        eq(operations.phase, "forward"),
        inArray(operations.state, [...liveOperationStates]),
        inArray(operations.step, gateStepsOf(run.point)),
      ),
    )
    .orderBy(asc(allocations.hostname));
}

/** Every attempt at these scripts on every node, the earlier first. */
export async function listScriptRuns(db: Reader, of: ScriptsOf): Promise<ScriptRunRow[]> {
  return list(db, which(of));
}

/** What nodes have done of a hook's script in other runs of the hook; of a dry run nothing. */
export async function listDoneBefore(db: Reader, owner: ScriptOwner): Promise<ScriptRunRow[]> {
  if (!("hookRunId" in owner)) return [];
  const inOthers = sql`${scriptRuns.hookRunId} in (select other.id from hook_runs own
    join hook_runs other on other.environment_id = own.environment_id and other.name = own.name
    where own.id = ${owner.hookRunId} and other.id <> own.id)`;
  return list(db, and(eq(scriptRuns.state, "succeeded"), inOthers));
}

function list(db: Reader, what: SQL | undefined): Promise<ScriptRunRow[]> {
  return db
    .select({
      id: scriptRuns.id,
      operationId: scriptRuns.operationId,
      allocationId: scriptRuns.allocationId,
      attempt: scriptRuns.attempt,
      state: scriptRuns.state,
      startedAt: scriptRuns.startedAt,
      exitCode: scriptRuns.exitCode,
      words: scriptRuns.words,
      outputs: scriptRuns.outputs,
      ignoredSeconds: sql<number>`extract(epoch from now() - greatest(script_runs.created_at,
        (select max(coalesce(other.finished_at, now())) from script_runs other
          where other.allocation_id = script_runs.allocation_id and other.id <> script_runs.id
            and other.started_at is not null)))::float8`,
    })
    .from(scriptRuns)
    .where(what)
    .orderBy(asc(scriptRuns.hostname), asc(scriptRuns.attempt));
}

/**
 * Orders an attempt at a script on nodes; what was ordered before stays, however often this is asked.
 * @param seal Gives what is to be hidden in what a node sends, sealed for this row; null where nothing is.
 */
export async function offerScripts(
  db: Reader,
  owner: ScriptOwner,
  places: readonly Omit<ScriptPlace, "isOff">[],
  attempt: number,
  seal: (id: Id<"scriptRun">) => string | null = () => null,
): Promise<void> {
  if (places.length === 0) return;
  const rows = places.map(({ operationId, allocationId, hostname }) => {
    const id = newId("scriptRun");
    const sealedSecrets = seal(id);
    return { id, ...owner, operationId, allocationId, hostname, attempt, sealedSecrets };
  });
  await db.insert(scriptRuns).values(rows).onConflictDoNothing();
}

/** Removes the attempts before this one that have failed: of what is asked every few seconds they would be many. */
export async function forgetAttempts(
  db: Reader,
  owner: ScriptOwner,
  attempt: number,
): Promise<void> {
  await db
    .delete(scriptRuns)
    .where(
      and(which(scriptsOf(owner)), eq(scriptRuns.state, "failed"), lt(scriptRuns.attempt, attempt)),
    );
}

/** The end of what is kept of what these attempts wrote, by attempt. */
export async function readLogEnds(
  db: Reader,
  ids: readonly Id<"scriptRun">[],
): Promise<Map<Id<"scriptRun">, string>> {
  const rows = await db
    .select({ id: scriptRuns.id, end: sql<string>`right(${keptLog}, 2000)` })
    .from(scriptRuns)
    .where(inArray(scriptRuns.id, [...ids]));
  return new Map(rows.map(({ id, end }) => [id, end]));
}

/** Ends attempts that nothing is to be waited for any more, if they are as they were seen. */
export async function giveUpScripts(
  db: Reader,
  seen: readonly Pick<ScriptRunRow, "id" | "state">[],
  words: string,
): Promise<void> {
  for (const { id, state } of seen) {
    await db
      .update(scriptRuns)
      .set({ ...ended, state: "failed", words })
      .where(and(eq(scriptRuns.id, id), eq(scriptRuns.state, state)));
  }
}

/** Ends what is open of the scripts of hooks that have ended themselves. */
export async function endOpenScripts(db: Reader, of: ScriptsOf): Promise<void> {
  await db
    .update(scriptRuns)
    .set({
      ...ended,
      state: "failed",
      words: sql`case ${scriptRuns.state} when 'offered' then 'The node never began it.'
        else 'Its hook ended before it did.' end`,
    })
    .where(and(which(of), inArray(scriptRuns.state, ["offered", "running"])));
}

/** What is kept of a log as it is read, with a line where something is left out. */
export const keptLog = sql<string>`${scriptRuns.log} || case when ${scriptRuns.logLeftOut} > 0 then
  E'\\n[' || ${scriptRuns.logLeftOut} || E' bytes left out]\\n' else '' end || ${scriptRuns.logTail}`;

/** The scripts of one owner. */
export function scriptsOf(owner: ScriptOwner): ScriptsOf {
  return "hookRunId" in owner
    ? { hookRunIds: [owner.hookRunId] }
    : { dryCallIds: [owner.dryCallId] };
}

function which(of: ScriptsOf) {
  return "hookRunIds" in of
    ? inArray(scriptRuns.hookRunId, [...of.hookRunIds])
    : inArray(scriptRuns.dryCallId, [...of.dryCallIds]);
}
