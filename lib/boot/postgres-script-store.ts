import { and, asc, eq, inArray, isNotNull, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { listOutputs } from "#db/queries/hook-runs";
import { announce, wakeWorkers } from "#db/queries/operations";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import type { DueScript, ScriptStore } from "#lib/boot/script-store";
import type { BootWindow } from "#lib/boot/store";
import { liveHookRunStates } from "#lib/domain/hook/hook";
import { scriptLimits } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";

/** The scripts of the database, under the role `ingot_worker`. */
export function postgresScriptStore(db: Database): ScriptStore {
  return {
    next: async (window) => {
      const [row] = await due(db, and(ofWindow(window), eq(scriptRuns.state, "offered")));
      return row && dueOf(row);
    },

    isNear: async (window) => {
      const rows = await db
        .select({ id: hookRuns.id })
        .from(operations)
        .innerJoin(hookRuns, eq(hookRuns.operationId, operations.parentId))
        .where(
          and(
            eq(operations.id, window.operationId),
            // Begun: those behind an approval may come days later.
            isNotNull(hookRuns.startedAt),
            inArray(hookRuns.state, [...liveHookRunStates]),
            sql`${hookRuns.definition} ->> 'kind' = 'script'`,
          ),
        )
        .limit(1);
      return rows.length > 0;
    },

    find: async (window, id) => {
      const isOpen = inArray(scriptRuns.state, ["offered", "running"]);
      const [row] = await due(db, and(ofWindow(window), eq(scriptRuns.id, id), isOpen));
      return row && dueOf(row);
    },

    outputs: (script) => listOutputs(db, script.environmentId),

    begin: (window, id, runner) =>
      db.transaction(async (tx) => {
        const row = await lock(tx, window, id);
        if (row?.state === "running") return row.begunBy === runner;
        if (row?.state !== "offered") return false;
        await tx
          .update(scriptRuns)
          .set({ state: "running", begunBy: runner, startedAt: sql`now()` })
          .where(eq(scriptRuns.id, id));
        await wakeHookRun(tx, row.hookRunId);
        await announce(tx, `environment:${row.environmentId}`);
        return true;
      }),

    addToLog: (window, id, { offset, bytes, fold }) =>
      db.transaction(async (tx) => {
        const row = await lock(tx, window, id);
        if (row?.state !== "running" || offset > row.logBytes) return false;
        if (offset < row.logBytes) return true;
        const { kept, sealedEnd } = fold(row.sealedEnd);
        await tx
          .update(scriptRuns)
          .set({ ...addedLog(kept), sealedEnd, logBytes: offset + bytes })
          .where(eq(scriptRuns.id, id));
        await announce(tx, `environment:${row.environmentId}`);
        return true;
      }),

    end: (window, id, { verdict, fold }) =>
      db.transaction(async (tx) => {
        const row = await lock(tx, window, id);
        if (row?.state !== "running") return false;
        const { kept } = fold(row.sealedEnd);
        await tx
          .update(scriptRuns)
          .set({ ...verdict, ...addedLog(kept), sealedEnd: null, finishedAt: sql`now()` })
          .where(eq(scriptRuns.id, id));
        await wakeHookRun(tx, row.hookRunId);
        await announce(tx, `environment:${row.environmentId}`);
        return true;
      }),
  };
}

/** No more than a script may write, whatever a node sends. */
function addedLog(kept: string) {
  return { log: sql`left(${scriptRuns.log} || ${kept}, ${scriptLimits.logBytes}::integer)` };
}

/** A script is of a window when its node's operation is the one that the window was opened for. */
function ofWindow(window: BootWindow): SQL | undefined {
  return and(
    eq(scriptRuns.operationId, window.operationId),
    inArray(hookRuns.state, [...liveHookRunStates]),
  );
}

function due(db: Database, which: SQL | undefined) {
  return db
    .select({
      script: scriptRuns,
      run: { name: hookRuns.name, point: hookRuns.point, definition: hookRuns.definition },
      secondsLeft: sql<number>`greatest(1, floor(extract(epoch from ${hookRuns.deadlineAt} - now())))::integer`,
    })
    .from(scriptRuns)
    .innerJoin(hookRuns, eq(hookRuns.id, scriptRuns.hookRunId))
    .where(which)
    .orderBy(asc(scriptRuns.createdAt), asc(scriptRuns.id))
    .limit(1);
}

function dueOf({ script, run, secondsLeft }: Awaited<ReturnType<typeof due>>[number]): DueScript {
  const { id, environmentId, attempt, hostname } = script;
  const { seconds, script: text } = run.definition;
  if (!text) throw new Error(`hook ${run.name} has no script`);
  return {
    ...{ id, environmentId, attempt, hostname, secondsLeft, seconds },
    ...{ hook: run.name, point: run.point, script: text },
  };
}

async function lock(tx: Transaction, window: BootWindow, id: Id<"scriptRun">) {
  const [row] = await tx
    .select({ script: scriptRuns })
    .from(scriptRuns)
    .innerJoin(hookRuns, eq(hookRuns.id, scriptRuns.hookRunId))
    .where(and(ofWindow(window), eq(scriptRuns.id, id)))
    .for("no key update", { of: scriptRuns });
  return row?.script;
}

/** The worker looks at the run again that waits for this. */
async function wakeHookRun(tx: Transaction, id: Id<"hookRun">): Promise<void> {
  await tx
    .update(hookRuns)
    .set({ runAfter: sql`now()` })
    .where(and(eq(hookRuns.id, id), inArray(hookRuns.state, [...liveHookRunStates])));
  await wakeWorkers(tx);
}
