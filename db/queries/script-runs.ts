import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { type Id, newId } from "#lib/domain/id";
import { liveOperationStates } from "#lib/domain/operation/operation";

type Reader = Database | Transaction;

/** What came of an attempt on a node; what it wrote is left out, since it is long. */
export type ScriptRunRow = Pick<
  typeof scriptRuns.$inferSelect,
  "operationId" | "attempt" | "state" | "words" | "outputs"
>;

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

/** A node on which the script of a hook is to run, by its operation. */
export type ScriptPlace = { operationId: Id<"operation">; hostname: string };

/** The nodes of an environment's operation that are still on their way, in the order of their names. */
export async function listScriptPlaces(
  db: Reader,
  operationId: Id<"operation">,
): Promise<ScriptPlace[]> {
  return db
    .select({ operationId: operations.id, hostname: allocations.hostname })
    .from(operations)
    .innerJoin(allocations, eq(allocations.id, operations.allocationId))
    .where(
      and(
        eq(operations.parentId, operationId),
        eq(operations.phase, "forward"),
        inArray(operations.state, [...liveOperationStates]),
      ),
    )
    .orderBy(asc(allocations.hostname));
}

/** Every attempt at these scripts on every node, the earlier first. */
export async function listScriptRuns(db: Reader, of: ScriptsOf): Promise<ScriptRunRow[]> {
  return db
    .select({
      operationId: scriptRuns.operationId,
      attempt: scriptRuns.attempt,
      state: scriptRuns.state,
      words: scriptRuns.words,
      outputs: scriptRuns.outputs,
    })
    .from(scriptRuns)
    .where(which(of))
    .orderBy(asc(scriptRuns.hostname), asc(scriptRuns.attempt));
}

/** Orders an attempt at a script on nodes; what was ordered before stays, however often this is asked. */
export async function offerScripts(
  db: Reader,
  owner: ScriptOwner,
  places: readonly ScriptPlace[],
  attempt: number,
): Promise<void> {
  if (places.length === 0) return;
  await db
    .insert(scriptRuns)
    .values(places.map((place) => ({ id: newId("scriptRun"), ...owner, ...place, attempt })))
    .onConflictDoNothing();
}

/** Ends what is open of the scripts of hooks that have ended themselves. */
export async function endOpenScripts(db: Reader, of: ScriptsOf): Promise<void> {
  await db
    .update(scriptRuns)
    .set({
      state: "failed",
      words: sql`case ${scriptRuns.state} when 'offered' then 'The node never began it.'
        else 'Its hook ended before it did.' end`,
      sealedEnd: null,
      finishedAt: sql`now()`,
    })
    .where(and(which(of), inArray(scriptRuns.state, ["offered", "running"])));
}

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
